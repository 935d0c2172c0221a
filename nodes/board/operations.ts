import { Observer, OperationsPages, type Seen } from '../../src/board/index.js'
import { Guard } from '../../src/http/hosting/index.js'
import { DEFAULT_ZONE } from '../../src/messages/index.js'
import type { Runtime } from '../face/index.js'
import { inFlows } from '../handout/index.js'
import { hosting } from '../service/index.js'
import { INSTANCE, ledgersInUse, type Store } from '../store/index.js'
import type { BoardSettings } from './settings.js'

/** The settings that say who may look at health and metrics. */
type OperationsSettings = Pick<
  BoardSettings,
  'healthAllow' | 'metricsAllow' | 'metricsToken' | 'proxies'
>

/** The pages for load balancers and monitoring systems. Health is that of the whole process, metrics are of one ledger. */
export function operationsPages(
  runtime: Runtime,
  store: Store,
  { healthAllow, metricsAllow, metricsToken: token, proxies }: OperationsSettings,
): OperationsPages {
  const observer = new Observer({
    ledger: store.ledger,
    facts: () => ({
      ledgers: ledgersInUse().map(({ engine, space }) => ({
        state: engine.state,
        trouble: engine.trouble,
        space: space?.space ?? 'enough',
      })),
      services: hosting.listening.all,
    }),
    sizes: store.sizes,
    meters: store.meters,
    names: () => namesIn(runtime),
    instance: INSTANCE,
    zone: DEFAULT_ZONE,
    startedAt: Date.now() - 1000 * process.uptime(),
  })
  return new OperationsPages({
    healthGuard: new Guard({ allow: healthAllow, proxies }),
    metricsGuard: new Guard({
      allow: metricsAllow,
      proxies,
      credential: token === '' ? undefined : { scheme: 'bearer', token },
    }),
    health: () => observer.health(),
    metrics: () => observer.metrics(),
  })
}

/** The names of all nodes of the flows, be they disabled: what stays there is nobody's to give up. */
function namesIn(runtime: Runtime): Seen['nameOf'] {
  const names = new Map(runtime.inFlows().map(({ id, name }) => [id, name || id]))
  const isInFlows = inFlows(runtime)
  return (key) => {
    // The pages of a channel that is a flow lie under the ids of the channel and of the node.
    const [id = ''] = key.split('/')
    return names.get(id) ?? (isInFlows(id) ? id : undefined)
  }
}
