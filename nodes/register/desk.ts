import { randomUUID } from 'node:crypto'
import { contextOf, type Face, type FlowMessage, type Send } from '../face/index.js'
import { watchUnclaimed } from '../handout/index.js'
import { REGISTER_DEFAULTS, settingsOf, type RegisterConfig } from '../settings/index.js'
import { showStore, useStore, type Store, type UsedStore } from '../store/index.js'
import { answer, isWhole } from './register.js'
import { registerParts } from './register-pages.js'

/** A `crisis register` node: answers messages out of the ledger. */
export class Desk {
  readonly #face: Face
  readonly #saved: RegisterConfig
  readonly #used: UsedStore | undefined
  readonly #problem: unknown
  readonly #stopUnclaimed: (() => void) | undefined

  constructor(face: Face, saved: RegisterConfig) {
    this.#face = face
    this.#saved = saved
    try {
      this.#used = useStore(face.runtime, saved.store)
      face.show('activity', 'ready')
      showStore(face, this.#used.store)
      this.#stopUnclaimed = watchUnclaimed(face, this.#used.store, true)
    } catch (error) {
      this.#problem = error
      face.show('fault', 'badSetting')
    }
  }

  async take(msg: FlowMessage, send: Send): Promise<void> {
    if (!this.#used) throw this.#problem
    const { store } = this.#used
    const settings = settingsOf<RegisterConfig>(this.#saved, REGISTER_DEFAULTS)
    this.#face.show('activity', 'busy')
    if (isWhole(settings)) {
      const result = await answer(this.#face, store, settings, msg)
      msg.payload = result
      msg.crisis = { ...contextOf(msg), count: Array.isArray(result) ? result.length : 1 }
      send([msg])
    } else await this.#sendParts(store, settings, msg, send)
    this.#face.show('activity', 'ready')
  }

  /** As the core's `split` does, so that `join` puts them together, and `file` writes one behind the other. */
  async #sendParts(
    { ledger }: Store,
    settings: RegisterConfig,
    msg: FlowMessage,
    send: Send,
  ): Promise<void> {
    const id = randomUUID()
    for await (const part of registerParts(this.#face.runtime, ledger, settings, msg)) {
      const { payload, count, index, isLast } = part
      // More than one item in a part is what has `join` make one array of them.
      const kind =
        typeof payload === 'string'
          ? { type: 'string', ch: '' }
          : { type: 'array', len: Math.max(2, count) }
      const parts = { id, ...kind, index, ...(isLast && { count: index + 1 }) }
      send([{ ...msg, payload, parts, crisis: { ...contextOf(msg), count } }])
    }
  }

  async close(): Promise<void> {
    this.#stopUnclaimed?.()
    await this.#used?.release()
  }
}
