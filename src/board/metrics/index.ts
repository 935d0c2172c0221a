export { METRICS, type MetricDefinition, type MetricName } from './definitions.js'
export type { Exposition } from './exposition.js'
export {
  healthOf,
  type Health,
  type HealthFacts,
  type NotReady,
  type ServiceHealth,
} from './health.js'
export { Meters, type TriedDelivery } from './meters.js'
export { Observer, type ObserverOptions } from './observer.js'
export { OperationsPages } from './operations-pages.js'
export { samplesOf, type LedgerSeen, type Seen } from './samples.js'
