export { pageBy } from './page.js'
