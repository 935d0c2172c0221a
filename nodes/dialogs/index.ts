export { servePeerDialog } from './peer-dialog.js'
export { serveServiceDialog } from './service-dialog.js'
export { serveStoreTest } from './store-test.js'
