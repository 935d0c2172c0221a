import type { Node, NodeAPI, NodeDef } from 'node-red'
import { onClose } from './lib/input.js'
import { forgetLanguage } from './lib/language.js'
import { serveStoreTest } from './lib/store-test.js'
import type { StoreConfig, StoreCredentials } from './lib/settings.js'

export = (RED: NodeAPI): void => {
  serveStoreTest(RED)

  /** Only settings: the ledger itself is opened by the first node that uses it, and shared by all. */
  function CrisisStoreNode(
    this: Node<StoreCredentials> & { config: StoreConfig },
    config: NodeDef & StoreConfig,
  ): void {
    RED.nodes.createNode(this, config)
    this.config = config
    forgetLanguage()
    onClose(this, () => Promise.resolve(forgetLanguage()))
  }

  RED.nodes.registerType<
    Node<StoreCredentials> & { config: StoreConfig },
    NodeDef & StoreConfig,
    object,
    StoreCredentials
  >('crisis store', CrisisStoreNode, {
    credentials: { password: { type: 'password' } },
  })
}
