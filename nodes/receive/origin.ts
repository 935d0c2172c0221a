import type { HostedCall } from '../../src/http/hosting/index.js'
import type { Origin } from '../../src/ledger/index.js'
import type { Service } from '../service/index.js'

/** The origin of a hosted call, as the ledger keeps it. */
export const originOf = (call: HostedCall, service: Service): Origin => ({
  service: service.id,
  system: service.system,
  remoteAddress: call.remoteAddress,
  raw: service.conceal(call.raw),
  charset: call.charset,
})
