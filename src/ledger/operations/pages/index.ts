export { claimPages, releasePages } from './claim.js'
export { concludePage } from './conclude.js'
export { sendPage } from './send.js'
export { pageCounts, strandedPages } from './stranded.js'
