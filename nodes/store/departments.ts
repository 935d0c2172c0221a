import type { Departments } from '../../src/loop/index.js'
import type { Runtime } from '../face/index.js'
import { departmentsIn, settingsOf, STORE_DEFAULTS, type StoreConfig } from '../settings/index.js'
import { STORE } from './store.js'

/** By which departments are known at the site of a store; {} where the setting cannot be read, of which the store tells. */
export function siteDepartments(runtime: Runtime, store: string): Departments {
  const saved = runtime.config(STORE, store)
  const { departments } = settingsOf<StoreConfig>(saved?.config ?? {}, STORE_DEFAULTS)
  return departmentsIn(departments) ?? {}
}
