import { contextOf, type Face, type FlowMessage, type Send } from '../face/index.js'
import { watchUnclaimed } from '../handout/index.js'
import { REGISTER_DEFAULTS, settingsOf, type RegisterConfig } from '../settings/index.js'
import { showStore, useStore, type UsedStore } from '../store/index.js'
import { answer } from './register.js'

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
    const settings = settingsOf<RegisterConfig>(this.#saved, REGISTER_DEFAULTS)
    this.#face.show('activity', 'busy')
    const result = await answer(this.#face, this.#used.store, settings, msg)
    msg.payload = result
    msg.crisis = { ...contextOf(msg), count: Array.isArray(result) ? result.length : 1 }
    this.#face.show('activity', 'ready')
    send([msg])
  }

  async close(): Promise<void> {
    this.#stopUnclaimed?.()
    await this.#used?.release()
  }
}
