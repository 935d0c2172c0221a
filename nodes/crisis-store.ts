import type { NodeAPI } from 'node-red'
import { serveLedgerState, serveStoreTest } from './dialogs/index.js'
import { forgetLanguage, register } from './face/index.js'
import type { StoreConfig, StoreCredentials } from './settings/index.js'
import { STORE } from './store/index.js'

export = (RED: NodeAPI): void =>
  register<StoreConfig>(RED, {
    name: 'crisis store',
    credentials: { password: 'password' },
    load(runtime) {
      serveStoreTest(runtime)
      serveLedgerState(runtime)
    },
    create(face, config) {
      const password = () => face.credentials<StoreCredentials>().password ?? ''
      face.give(STORE, { config, password })
      // The language of the hospital is a setting of the first store.
      forgetLanguage()
      face.onClose(forgetLanguage)
    },
  })
