export { respond } from './response.js'
