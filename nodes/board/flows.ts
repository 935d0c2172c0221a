import type { FlowOfActs } from '../../src/board/index.js'
import type { Actor, Ledger } from '../../src/ledger/index.js'
import { ACT_TAKER, type ActTaker } from '../acknowledge/index.js'
import type { Runtime } from '../face/index.js'
import { ACKNOWLEDGE_DEFAULTS } from '../settings/index.js'

/** Used where no flow hears of acts. */
interface Alone {
  readonly actor: () => Actor
  readonly zone: string
}

/**
 * The `crisis acknowledge` node that hears of acts on alerts of a PACS: one for that PACS before one for any. It sends
 * its flow on, and with it the feedback. Where none runs with this ledger, an act is recorded all the same.
 */
export function flowsOfActs(
  runtime: Runtime,
  ledger: Ledger,
  alone: Alone,
): (system: string) => FlowOfActs {
  return (system) => {
    const takers = runtime
      .inFlows()
      .flatMap(({ id }): readonly ActTaker[] => {
        const taker = runtime.config(ACT_TAKER, id)
        return taker ? [taker] : []
      })
      .filter((taker) => taker.ledger === ledger)
    const taker =
      takers.find((one) => one.system === system) ?? takers.find((one) => one.system === null)
    return taker ? { ...taker, isTold: true } : untold(ledger, alone)
  }
}

const untold = (ledger: Ledger, { actor, zone }: Alone): FlowOfActs => ({
  acknowledging: () => ({
    actor: actor(),
    target: '',
    message: '{}',
    system: null,
    zone,
    result: ACKNOWLEDGE_DEFAULTS.result,
  }),
  acted({ peers }) {
    for (const peer of peers) ledger.hint(`outbox/${peer}`)
  },
  unknown: () => {},
  isTold: false,
})
