export { servePeerDialog } from './peer-dialog.js'
export { servePlanCheck } from './plan-check.js'
export { serveServiceDialog } from './service-dialog.js'
export { serveStoreTest } from './store-test.js'
