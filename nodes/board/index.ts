export { boardOf } from './board.js'
