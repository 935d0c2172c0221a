import type { HostedCall } from '../../src/http/hosting/index.js'
import type { Origin } from '../../src/ledger/index.js'
import type { ServiceNode } from './config-nodes.js'

/** Where a hosted call came from, as the ledger keeps it. */
export const originOf = (call: HostedCall, service: ServiceNode): Origin => ({
  service: service.id,
  system: service.system,
  remoteAddress: call.remoteAddress,
  raw: service.conceal(call.raw),
  charset: call.charset,
})
