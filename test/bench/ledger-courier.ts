// One of the instances that deliver from a ledger on PostgreSQL, a process of its own:
// `ledger-courier.js <address as JSON> <port of the receiver>`.
import { Courier } from '../../src/delivery/index.js'
import { Poster } from '../../src/http/calling/index.js'
import { DEFINITION, Ledger, PostgresEngine } from '../../src/ledger/index.js'
import { openRemote } from '../../src/soap/index.js'
import { answerParent } from './children.js'
import { SERVICE_PATH } from './samples.js'

export const PEER = 'bench-peer'

export interface CourierQuestion {
  /** How many documents may be on their way, over all processes; 0 = this one stops. */
  readonly parallel: number
}

/** Delivers what a ledger owes to the peer of the bench until it is closed. Any trouble ends the process. */
export function startCourier(
  ledger: Ledger,
  instance: string,
  chain: string,
  port: number,
  parallel: number,
): Courier {
  const poster = new Poster()
  const courier = new Courier({
    ledger,
    peer: PEER,
    instance,
    chain,
    open: (operation) =>
      openRemote({
        operation,
        transport: poster,
        address: `http://127.0.0.1:${port}${SERVICE_PATH}`,
      }),
    seal: (document) => document,
    parallel,
    onTrouble: ({ code }) => {
      throw new Error(`the receiver of the bench takes everything, but: ${code}`)
    },
  })
  courier.start()
  return courier
}

if (require.main === module) {
  const [, , address = '', port = ''] = process.argv
  const ledger = new Ledger(
    new PostgresEngine({
      address: JSON.parse(address) as { host: string; port: number; database: string },
      definition: DEFINITION,
    }),
  )
  const instance = `bench-${process.pid}`
  let courier: Courier | undefined
  answerParent(async ({ parallel }: CourierQuestion): Promise<object> => {
    await ledger.engine.ready()
    await courier?.close()
    courier =
      parallel > 0 ? startCourier(ledger, instance, instance, Number(port), parallel) : undefined
    return {}
  })
}
