import type { Registration } from '../../src/http/hosting/index.js'
import {
  LedgerError,
  type Acknowledged,
  type Acknowledging,
  type ActContent,
  type Owed,
} from '../../src/ledger/index.js'
import { wordTwice } from '../../src/loop/index.js'
import { asCrisisError, type CrisisError } from '../../src/messages/index.js'
import { Reported, type Face, type FlowMessage, type Send } from '../face/index.js'
import {
  given,
  HandingOut,
  leadsToOut,
  OWED_LEASE_MS,
  type ReadyHandout,
} from '../handout/index.js'
import { keptText } from '../send/index.js'
import { hosting } from '../service/index.js'
import {
  ACKNOWLEDGE_DEFAULTS,
  ACKNOWLEDGE_NUMBERS,
  numberSetting,
  SettingError,
  settingsOf,
  zoneSetting,
  type AcknowledgeConfig,
} from '../settings/index.js'
import { followStore, useStore, type UsedStore } from '../store/index.js'
import { actOf } from './acts.js'
import { Colleagues } from './colleagues.js'
import { notCounted } from './errors.js'
import { LinkPage } from './link-page.js'
import { issuerOf, LINKS, noHttp, warnOfLogin, warnOfPlain } from './links.js'
import { ACT_TAKER } from './taker.js'
import { countedMessage, refusedMessage } from './told.js'

/** Makes a node take what people did, from its flow and from its link page. */
export function acknowledgeBy(face: Face, saved: AcknowledgeConfig): void {
  try {
    const node = new Acknowledger(face, settingsOf<AcknowledgeConfig>(saved, ACKNOWLEDGE_DEFAULTS))
    face.onClose((removed) => node.close(removed))
    face.onceStarted(() => node.start())
    face.onInput((msg, send) => node.take(msg, send))
  } catch (thrown) {
    face.show('fault', 'badSetting')
    face.onceStarted(() => face.fail(thrown))
    face.onInput(async (msg, send) => {
      send([null, refusedMessage(face, msg, asCrisisError(thrown))])
      throw new Reported(thrown)
    })
  }
}

class Acknowledger {
  readonly #face: Face
  readonly #settings: AcknowledgeConfig
  readonly #zone: string
  readonly #linkMs: number
  readonly #colleagues: Colleagues
  readonly #used: UsedStore
  readonly #handing: HandingOut
  readonly #page: Registration | null
  #stopFollowing = (): void => {}
  #closed = false

  /** @throws SettingError; HttpError ADDRESS_TAKEN */
  constructor(face: Face, settings: AcknowledgeConfig) {
    this.#face = face
    this.#settings = settings
    this.#zone = zoneSetting(settings.zone)
    const twice = wordTwice(settings.words)
    if (twice !== undefined) throw wordForTwo(twice)
    const { linkHours, graceSeconds } = ACKNOWLEDGE_NUMBERS
    this.#linkMs = 3_600_000 * numberSetting('linkHours', settings.linkHours, linkHours)
    const seconds = numberSetting('graceSeconds', settings.graceSeconds, graceSeconds)
    const issuer = issuerOf(settings, this.#linkMs)
    if (issuer && face.runtime.settings.httpNodeRoot === false) throw noHttp()
    this.#colleagues = new Colleagues(face, settings)
    this.#used = useStore(face.runtime, settings.store)
    try {
      this.#page = issuer ? this.#host() : null
    } catch (thrown) {
      void this.#used.release()
      throw thrown
    }
    const { store } = this.#used
    this.#handing = new HandingOut(
      face,
      store,
      1000 * seconds,
      (owed, token) => this.#tell(owed, token),
      (owed) => this.#ready(owed),
    )
    if (issuer) face.give(LINKS, issuer)
    face.give(ACT_TAKER, {
      ledger: store.ledger,
      system: systemOf(settings),
      acknowledging: () => this.#acknowledging('{}'),
      acted: (acknowledged) => this.#acted(acknowledged),
      unknown: (by) => this.#free(by),
    })
    face.show('activity', 'ready')
  }

  start(): void {
    if (this.#closed) return
    this.#stopFollowing = followStore(this.#face, this.#used.store)
    if (!this.#page) return
    warnOfPlain(this.#face, this.#settings)
    void hosting.asksForLogin(this.#face.runtime).then((asks) => {
      if (asks && !this.#closed) warnOfLogin(this.#face)
    })
  }

  async close(removed: boolean): Promise<void> {
    this.#closed = true
    this.#stopFollowing()
    this.#colleagues.close()
    await Promise.all([this.#page?.release(removed), this.#handing.close()])
    await this.#used.release()
  }

  /** A message of the flow. @throws Reported for what does not count */
  async take(msg: FlowMessage, send: Send): Promise<void> {
    const face = this.#face
    try {
      const acknowledged = await this.#acknowledge(msg)
      const { why } = acknowledged
      if (why === null) return this.#acted(acknowledged)
      const error = notCounted(why)
      // The same said once more is no failure that a person has to be told of.
      if (why !== 'known') throw error
      send([null, refusedMessage(face, msg, error)])
      face.show('activity', 'ready')
    } catch (thrown) {
      const error: CrisisError = asCrisisError(thrown)
      send([null, refusedMessage(face, msg, error)])
      face.show('activity', { word: 'notCounted', reason: error.reason })
      throw new Reported(thrown)
    }
  }

  async #acknowledge(msg: FlowMessage): Promise<Acknowledged> {
    const face = this.#face
    const evaluate = (value: string, type: string, from: FlowMessage) =>
      face.evaluate(value, type, from)
    const said = await actOf(this.#settings, msg, evaluate, Date.now())
    const by = this.#acknowledging(keptText(msg))
    try {
      return await this.#used.store.ledger.run('acknowledgeAlert', { ...by, ...said })
    } catch (error) {
      if (error instanceof LedgerError && error.unknown) this.#free(by)
      throw error
    }
  }

  #acknowledging(message: string): Acknowledging {
    const { store } = this.#used
    const { result } = this.#settings
    return {
      actor: store.actor(this.#face),
      target: this.#face.id,
      message,
      lease: { lease: store.lease(), leaseMs: OWED_LEASE_MS },
      system: systemOf(this.#settings),
      zone: this.#zone,
      result: result.trim() || ACKNOWLEDGE_DEFAULTS.result,
    }
  }

  /** It may be recorded all the same: whoever asks next hands it out. */
  #free({ lease }: Acknowledging): void {
    if (lease) this.#handing.free(lease.lease)
  }

  #acted({ owed, peers }: Acknowledged): void {
    const { ledger } = this.#used.store
    for (const peer of peers) ledger.hint(`outbox/${peer}`)
    if (!owed) return
    // Something earlier of this alert is still to be handed out, which is done in order.
    if (owed.lease === '') this.#handing.look()
    else void this.#ready(owed).then((ready) => this.#handing.give(ready.owed))
  }

  /** Whoever it is passed on to can be paged. Never rejects. */
  async #ready(owed: Owed): Promise<ReadyHandout> {
    const content = owed.content as ActContent
    const { to } = content.act
    if (!to) return { owed }
    const act = { ...content.act, to: await this.#colleagues.withAddresses(to) }
    return { owed: { ...owed, content: { ...content, act } } }
  }

  #tell({ content, handed }: Owed, token: string): void {
    const face = this.#face
    const told = content as ActContent
    const port = told.feedback ? 0 : 1
    if (leadsToOut(face, port)) given.leadsStraight(token)
    const msg = countedMessage(told, this.#zone, handed, token)
    face.send(port === 0 ? [msg, null] : [null, msg])
    face.show('activity', 'acknowledged')
  }

  #host(): Registration {
    const { hospital, path } = this.#settings
    const page = new LinkPage({
      ledger: this.#used.store.ledger,
      acknowledging: () => this.#acknowledging('{}'),
      hospital: hospital.trim(),
      zone: this.#zone,
      people: () => this.#colleagues.all(),
      linkMs: this.#linkMs,
      acted: (acknowledged) => this.#acted(acknowledged),
      unknown: (by) => this.#free(by),
    })
    return hosting.pages.register(path, (request) => page.answer(request))
  }
}

const systemOf = ({ system }: Pick<AcknowledgeConfig, 'system'>): string | null =>
  system.trim() === '' ? null : system.trim()

const wordForTwo = (word: string) =>
  new SettingError('SETTING_INVALID', {
    zh: `回复用语“${word}”对应了几种操作，只能对应一种`,
    en: `The reply "${word}" stands for more than one act; it can stand for one only`,
  })
