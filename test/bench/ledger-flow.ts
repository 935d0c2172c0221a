import { randomUUID } from 'node:crypto'
import type { CrisisToStore, Ledger, Origin, Owed } from '../../src/ledger/index.js'
import { writeCrisisDocument } from '../../src/messages/index.js'
import { PEER, startCourier } from './ledger-courier.js'

const OUT = 'bench-out'
const ACTOR = { chain: 'file', actor: 'bench' }
const OWED_LEASE_MS = 30_000
const BATCH = 20
/** More than the default, so that the messages of a bench go through in minutes. */
const PARALLEL = 16

/** Passes every critical value that came in on to a receiver, as a flow of `crisis in` and `crisis out` does. */
export class Flow {
  readonly #ledger: Ledger
  #looking = false
  #again = false

  constructor(ledger: Ledger, receiverPort: number) {
    this.#ledger = ledger
    startCourier(ledger, 'bench', ACTOR.chain, receiverPort, PARALLEL)
    ledger.onHint((hint) => {
      if (hint === `owed/${OUT}`) void this.#takeOutcomes()
    })
  }

  async passOn(item: CrisisToStore, origin: Origin, owed: Owed): Promise<void> {
    await this.#ledger.run('sendCrisis', {
      actor: ACTOR,
      origin,
      crisis: item,
      item: {
        peer: PEER,
        operation: 'SynCrisisInfo',
        lane: item.examKey,
        document: writeCrisisDocument(item.crisis),
        node: OUT,
        message: JSON.stringify(owed.content),
        expiresAfterMs: null,
      },
      redelivered: false,
      owed: owed.id,
    })
    this.#ledger.hint(`outbox/${PEER}`)
  }

  async #takeOutcomes(): Promise<void> {
    this.#again = true
    if (this.#looking) return
    this.#looking = true
    while (this.#again) {
      const lease = `bench/${randomUUID()}`
      const what = { target: OUT, lease, leaseMs: OWED_LEASE_MS, limit: BATCH }
      const list = await this.#ledger.run('takeHandouts', what)
      this.#again = list.length === BATCH
      if (list.length > 0) {
        await this.#ledger.run('settleHandout', { ids: list.map(({ id }) => id), lease })
      }
    }
    this.#looking = false
  }
}
