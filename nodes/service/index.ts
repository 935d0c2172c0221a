export { hosting } from './hosting.js'
export { Service, SERVICE } from './service.js'
