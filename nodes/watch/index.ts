export { openPlan, PLAN } from './plan.js'
export { watchBy } from './watch.js'
