import { Pager } from '../../src/delivery/index.js'
import { CrisisError } from '../../src/messages/index.js'
import type { Face, FlowMessage } from '../face/index.js'
import { INSTANCE, type Store } from '../store/index.js'
import type { UsableChannel } from './addressee.js'
import { FlowChannel } from './flow-channel.js'

/** Time between the limit of the flow and that of the pager, so that the former is what is told. */
const MARGIN_MS = 5_000

/** The pagers of the channels that are *this flow*: their pages leave by the node itself. */
export class FlowPagers {
  readonly #face: Face
  readonly #channels: readonly FlowChannel[]
  readonly #pagers: readonly Pager[]

  /** @param answerMs time in which the flow has to say what became of a page */
  constructor(face: Face, store: Store, channels: readonly UsableChannel[], answerMs: number) {
    this.#face = face
    const made = channels.map(({ id, name, rate }) => {
      const transport = new FlowChannel(face, name, answerMs)
      const pager = new Pager({
        ledger: store.ledger,
        channel: this.idOf(id),
        name,
        instance: INSTANCE,
        ...store.actor(face),
        transport,
        rate: rate && { rule: rate, per: 'channel' },
        timeoutMs: answerMs + MARGIN_MS,
        onAttempt: (outcome) => store.meters.paged(name, outcome),
        onTrouble({ kind, code, reason }) {
          const trouble = new CrisisError(code, reason)
          if (kind === 'channelUp') face.allClear(trouble)
          else if (kind === 'ledger') face.log(trouble)
          else face.fail(trouble)
        },
      })
      return { transport, pager }
    })
    this.#channels = made.map(({ transport }) => transport)
    this.#pagers = made.map(({ pager }) => pager)
  }

  get isAny(): boolean {
    return this.#pagers.length > 0
  }

  /** The id under which the ledger knows a channel of this node's flow. */
  idOf(channel: string): string {
    return `${channel}/${this.#face.id}`
  }

  start(): void {
    for (const pager of this.#pagers) pager.start()
  }

  async close(): Promise<void> {
    await Promise.all(this.#pagers.map((pager) => pager.close()))
  }

  /** Takes what the flow says of a page. @returns false when nobody waits for it */
  take(msg: FlowMessage): boolean {
    return this.#channels.some((channel) => channel.take(msg))
  }
}
