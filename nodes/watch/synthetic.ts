import { randomUUID } from 'node:crypto'
import type { Outcome } from '../../src/delivery/index.js'
import { syntheticKey } from '../../src/loop/index.js'
import { splitInstant, writeCrisisDocument } from '../../src/messages/index.js'
import type { Face } from '../face/index.js'
import { PEER, type Peer } from '../peer/index.js'
import {
  numberSetting,
  SettingError,
  WATCHDOG_NUMBERS,
  type WatchConfig,
} from '../settings/index.js'
import type { Store } from '../store/index.js'

/** Interval between two looks whether one is due; and between one that failed and the next. */
const LOOK_MS = 30_000
/** After a deploy the services open their ports first. */
const FIRST_MS = 1_500

/**
 * Sends a synthetic critical value through a peer that leads to a service of our own, from time to time, and tells when
 * it does not come round twice in a row. Several instances may do so: the ledger lets one of them send it.
 */
export class Synthetic {
  readonly #face: Face
  readonly #store: Store
  readonly #peer: Peer
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined
  #failed = false
  #closed = false

  constructor(face: Face, store: Store, { peer, everyMs }: SyntheticPlan) {
    this.#face = face
    this.#store = store
    this.#peer = peer
    this.#everyMs = everyMs
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#look(), FIRST_MS).unref()
  }

  /** A call that is on its way is not waited for: its answer comes to nothing. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  /** Never rejects: a ledger that does not work is shown as such, and it is looked again. */
  async #look(): Promise<void> {
    try {
      await this.#send()
    } catch {
      // Tried again with the next look.
    }
    if (this.#closed) return
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS).unref()
  }

  async #send(): Promise<void> {
    const { ledger } = this.#store
    const key = syntheticKey(randomUUID())
    const target = this.#face.id
    const everyMs = this.#failed ? Math.min(LOOK_MS, this.#everyMs) : this.#everyMs
    if (!(await ledger.run('expectSynthetic', { target, key, everyMs }))) return
    const outcome = await this.#peer.probe('SynCrisisInfo', documentOf(key))
    if (this.#closed) return
    const isGood = await ledger.run('endSynthetic', {
      actor: this.#store.actor(this.#face),
      target,
      key,
      peer: this.#peer.id,
      refused: refusalOf(outcome),
      // One that fails may have met a deploy.
      tells: this.#failed,
    })
    this.#failed = !isGood
  }
}

const refusalOf = ({ class: kind, reason }: Outcome) => (kind === 'delivered' ? null : reason)

function documentOf(key: string): string {
  const { date, time } = splitInstant(Date.now())
  return writeCrisisDocument({
    ExamNo: key,
    ApplyNo: key,
    SickNo: 'SYNTHETIC',
    CrisisName: '合成危急值，仅用于自检 / synthetic, a self-test only',
    CrisisSetDate: date,
    CrisisSetTime: time,
  })
}

/** The peer that it goes to, and its interval. */
export interface SyntheticPlan {
  readonly peer: Peer
  readonly everyMs: number
}

/** As settings say; undefined = off. @throws SettingError, and whatever makes the peer unusable */
export function syntheticPlanOf(face: Face, settings: WatchConfig): SyntheticPlan | undefined {
  const { syntheticPeer, syntheticMinutes } = settings
  if (syntheticPeer === '' || syntheticMinutes.trim() === '') return undefined
  const name = 'syntheticMinutes'
  const minutes = numberSetting(name, syntheticMinutes, WATCHDOG_NUMBERS[name])
  const peer = face.runtime.config(PEER, syntheticPeer)
  if (!peer) throw noPeer()
  if (peer.problem) throw peer.problem
  return { peer, everyMs: minutes * 60_000 }
}

const noPeer = () =>
  new SettingError('SETTING_MISSING', {
    zh: '合成危急值所用的对方系统已被删除或停用',
    en: 'The peer of the synthetic critical value was deleted or disabled',
  })
