export { parseFor } from './parser.js'
