export { boardActs, type ActSources, type FlowOfActs } from './acts/index.js'
export * from './metrics/index.js'
export { isProof, personOf, proofOf, whoOf } from './link/form.js'
export { languageOf } from './link/language.js'
export {
  actPage,
  askPage,
  donePage,
  filled,
  refusedPage,
  statePage,
  type PageFrame,
} from './link/page.js'
export { STYLE_HASH } from './link/style.js'
export { T as LINK_TEXTS } from './link/texts.js'
export * from './server/index.js'
export { boardReads, type BoardNames, type BoardSources, type RosterNow } from './read/index.js'
