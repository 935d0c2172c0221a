export { countSoon } from './count-soon.js'
export {
  closeStores,
  findOpen,
  INSTANCE,
  ledgersInUse,
  lookAtStore,
  STORE,
  useStore,
  type Store,
  type UsedStore,
} from './store.js'
export { followStore, showStore } from './store-watch.js'
export { siteDepartments } from './departments.js'
