import type { NodeAPI } from 'node-red'
import { asCrisisError } from '../../src/messages/index.js'
import { route } from './editor-api.js'
import { DEFAULTS, settingsOf, type StoreConfig } from './settings.js'
import { findOpen, openEngine, passwordOf } from './store.js'

/** The "test" button of a store: opens it as the nodes would, and says what it found. */
export function serveStoreTest(RED: NodeAPI): void {
  route(RED, 'store-test', async (body) => {
    const { id, password, ...given } = body
    const config = settingsOf<StoreConfig>(given, DEFAULTS.store)
    const secret =
      typeof password === 'string' && password !== ''
        ? password
        : passwordOf(RED, typeof id === 'string' ? id : '')
    // A file has one owner: what our own nodes hold open already answers for itself.
    const shared = findOpen(config, secret)
    const engine = shared ?? openEngine(RED, config, secret)
    try {
      const report = await engine.ready()
      if (engine.trouble) throw engine.trouble
      return {
        engine: engine.kind,
        version: report.database,
        detail: {
          zh: report.warnings.map(({ zh }) => zh).join('；'),
          en: report.warnings.map(({ en }) => en).join('; '),
        },
      }
    } catch (thrown) {
      throw asCrisisError(thrown)
    } finally {
      if (!shared) await engine.close()
    }
  })
}
