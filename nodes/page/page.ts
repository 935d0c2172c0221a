import { endStrandedPages, STRANDED_EVERY_MS } from '../../src/delivery/index.js'
import {
  LedgerError,
  type OneTimeLink,
  type Owed,
  type PagedContent,
} from '../../src/ledger/index.js'
import { asCrisisError, CrisisError, DEFAULT_ZONE, isoInZone } from '../../src/messages/index.js'
import { LINKS } from '../acknowledge/index.js'
import { CHANNEL } from '../channel/index.js'
import {
  contextOf,
  Reported,
  type Face,
  type FlowMessage,
  type PageOutcome,
} from '../face/index.js'
import { given, HandingOut, isLateAnswer, leadsToOut, OUTCOME_GRACE_MS } from '../handout/index.js'
import { keptText, withLiveParts } from '../send/index.js'
import {
  channelsOf,
  numberSetting,
  PAGE_DEFAULTS,
  PAGE_NUMBERS,
  SettingError,
  settingsOf,
  type PageConfig,
} from '../settings/index.js'
import { followStore, useStore, type UsedStore } from '../store/index.js'
import { addresseeOf, addressMissing, type UsableChannel } from './addressee.js'
import { subjectOf, wordsOf } from './content.js'
import { isAnswer } from './flow-channel.js'
import { FlowPagers } from './flow-pagers.js'

/** Makes a node page people by the channels that it is set to. */
export function pageBy(face: Face, saved: PageConfig): void {
  try {
    const page = new PageNode(face, settingsOf<PageConfig>(saved, PAGE_DEFAULTS))
    face.onClose(() => page.close())
    face.onceStarted(() => page.start())
    face.onInput((msg) => page.take(msg))
  } catch (problem) {
    face.show('fault', saved.channel ? 'badSetting' : 'noChannel')
    face.onceStarted(() => face.fail(problem))
    face.onInput(async (msg) => {
      throw refuse(face, msg, problem)
    })
  }
}

/** Interval at which the pages of a node are counted anew. */
const COUNT_EVERY_MS = 5_000

/**
 * Owes pages to people. A message is done when its page is in the ledger; the outcome comes out later: output 1 when a
 * channel has taken it, output 2 with the reason when none has, of which Catch then hears as well, or when it was not
 * needed any more.
 */
class PageNode {
  readonly #face: Face
  readonly #settings: PageConfig
  readonly #channels: readonly UsableChannel[]
  readonly #used: UsedStore
  readonly #handing: HandingOut
  readonly #flows: FlowPagers
  readonly #lifeMs: number
  readonly #stopUsing: readonly (() => void)[]
  #stopFollowing = (): void => {}
  #timers: readonly NodeJS.Timeout[] = []
  #closed = false

  /** @throws SettingError */
  constructor(face: Face, settings: PageConfig) {
    const { lifeMinutes, answerSeconds } = PAGE_NUMBERS
    this.#lifeMs = 60_000 * numberSetting('lifeMinutes', settings.lifeMinutes, lifeMinutes)
    const seconds = numberSetting('answerSeconds', settings.answerSeconds, answerSeconds)
    this.#face = face
    this.#settings = settings
    this.#channels = usableChannels(face, settings)
    this.#used = useStore(face.runtime, settings.store)
    const { store } = this.#used
    this.#handing = new HandingOut(face, store, OUTCOME_GRACE_MS, (owed, token) =>
      this.#tell(owed, token),
    )
    this.#stopUsing = this.#channels.map((channel) => channel.use(face))
    const ofFlow = this.#channels.filter(({ pages }) => pages === 'flow')
    this.#flows = new FlowPagers(face, store, ofFlow, 1000 * seconds)
    face.show('activity', 'ready')
  }

  start(): void {
    if (this.#closed) return
    this.#stopFollowing = followStore(this.#face, this.#used.store)
    this.#flows.start()
    if (this.#settings.acknowledge !== '' && !this.#oneTimeLinks()) this.#face.fail(noLinks())
    const count = setInterval(() => void this.#count(), COUNT_EVERY_MS).unref()
    // Should all channels of this node be gone, nobody else would tell that its pages do not go.
    const stranded = setInterval(() => void this.#endStranded(), STRANDED_EVERY_MS).unref()
    this.#timers = [count, stranded]
    void this.#count()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timers.forEach((timer) => clearInterval(timer))
    this.#stopUsing.forEach((stop) => stop())
    this.#stopFollowing()
    await Promise.all([this.#handing.close(), this.#flows.close()])
    await this.#used.release()
  }

  /** Owes the page of a message, or takes what the flow says of one. @throws Reported for what was refused */
  async take(msg: FlowMessage): Promise<void> {
    if (isAnswer(this.#face, msg)) {
      // An answer that comes too late was told as unknown, and is nothing to page for.
      this.#flows.take(msg)
      return
    }
    try {
      await this.#send(msg)
    } catch (error) {
      throw error instanceof Reported ? error : refuse(this.#face, msg, error)
    }
  }

  async #send(msg: FlowMessage): Promise<void> {
    const face = this.#face
    const { store } = this.#used
    const { owed: token, paged: _paged, ...crisis } = contextOf(msg)
    if (isLateAnswer(store, contextOf(msg))) throw answerLate()
    const own = { ...msg, crisis }
    const { alert, revision, step } = subjectOf(msg)
    const isNamed = alert !== null && crisis.person !== undefined
    const oneTime = isNamed ? this.#oneTimeLinks() : null
    const words = wordsOf(msg, this.#settings, face.runtime.language, oneTime)
    const { person, ways } = addresseeOf(msg, this.#channels, (channel) => this.#idOf(channel))
    face.show('activity', 'storing')
    const accepted = given.find(store, token)
    let sent
    try {
      sent = await store.ledger.run('sendPage', {
        actor: store.actor(face),
        node: face.id,
        message: keptText(own),
        alert,
        revision,
        step,
        content: { ...words, person, ways },
        noWay: addressMissing().code,
        lifeMs: step ? null : this.#lifeMs,
        redelivered: crisis.flags?.includes('redelivered') ?? false,
        owed: accepted?.isStraight ? accepted.id : undefined,
      })
    } catch (error) {
      // An accepted message is paged in the end: it comes again when the ledger works.
      if (mayPass(error) && accepted) given.hold(store, accepted.id)
      throw error
    }
    if (accepted?.isStraight) given.forget(store, accepted.id)
    if (sent.page === null) throw addressMissing()
    face.show('activity', 'ready')
    void this.#count()
  }

  /** The links by which people answer; null = there are none, which was told at the start. */
  #oneTimeLinks(): OneTimeLink | null {
    const { acknowledge } = this.#settings
    const issuer = acknowledge === '' ? undefined : this.#face.runtime.config(LINKS, acknowledge)
    return issuer ? { prefix: issuer.url(''), expiresMs: issuer.expiresMs } : null
  }

  /** A channel of the flow belongs to this node alone, whose output its pages leave by. */
  #idOf({ id, pages }: UsableChannel): string {
    return pages === 'flow' ? this.#flows.idOf(id) : id
  }

  #tell(owed: Owed, token: string): void {
    const face = this.#face
    const content = owed.content as PagedContent
    const msg = withLiveParts(content.message as FlowMessage)
    const isAccepted = content.state === 'accepted'
    const flags = [
      ...(contextOf(msg).flags ?? []),
      ...(owed.handed > 0 ? (['redelivered'] as const) : []),
    ]
    msg.crisis = {
      ...contextOf(msg),
      ...(flags.length > 0 && { flags: [...new Set(flags)] }),
      owed: token,
      page: this.#outcomeOf(content),
    }
    if (leadsToOut(face, isAccepted ? 0 : 1)) given.leadsStraight(token)
    face.send(this.#flows.isAny ? [...ports(msg, isAccepted), null] : ports(msg, isAccepted))
    const reason = { zh: content.reasonZh, en: content.reasonEn }
    // That a page was not needed any more is good news.
    if (content.state === 'failed') face.fail(new CrisisError(content.code, reason), msg)
    void this.#count()
  }

  #outcomeOf(content: PagedContent): PageOutcome {
    const { page, person, channel, code, attempts, sentAt, endedAt, state } = content
    const ended = isoInZone(endedAt, DEFAULT_ZONE)
    const reason = this.#face.runtime.words({ zh: content.reasonZh, en: content.reasonEn })
    return {
      number: page,
      person,
      channel,
      code,
      ...(state !== 'accepted' && { reason }),
      attempts,
      sentAt: isoInZone(sentAt, DEFAULT_ZONE),
      ...(state === 'accepted' ? { acceptedAt: ended } : { endedAt: ended }),
    }
  }

  /** Never rejects: the ledger shows its own state. */
  async #count(): Promise<void> {
    try {
      const { ledger } = this.#used.store
      const { waiting, failed } = await ledger.run('pageCounts', { node: this.#face.id })
      if (this.#closed) return
      this.#face.show('dead', failed > 0 ? { word: 'notSent', count: failed } : null)
      this.#face.show('delivery', waiting > 0 ? { word: 'paging', count: waiting } : null)
    } catch {
      // Counted again with the next look.
    }
  }

  async #endStranded(): Promise<void> {
    const { store } = this.#used
    try {
      await endStrandedPages(store.ledger, store.actor(this.#face))
    } catch {
      // Looked for again.
    }
  }
}

const ports = (msg: FlowMessage, isFirst: boolean): (FlowMessage | null)[] =>
  isFirst ? [msg, null] : [null, msg]

/** True of a ledger that does not work: the same will be taken when it does. */
const mayPass = (error: unknown): boolean =>
  error instanceof LedgerError && error.code !== 'LEDGER_REFUSED'

/** Told at once: nobody will be paged for this message. */
function refuse(face: Face, msg: FlowMessage, thrown: unknown): Reported {
  const error = face.runtime.error(thrown)
  const at = isoInZone(Date.now(), DEFAULT_ZONE)
  const { person, ...context } = contextOf(msg)
  const { code = '', name = '' } = person ?? {}
  msg.crisis = {
    ...context,
    ...(person && { person }),
    page: {
      person: { code, name },
      channel: '',
      code: error.code,
      reason: error.message,
      attempts: 0,
      sentAt: at,
      endedAt: at,
    },
  }
  face.send([null, msg])
  face.show('activity', { word: 'refused', reason: asCrisisError(thrown).reason })
  return new Reported(thrown)
}

/** @throws SettingError where there is none; the reason of the first where none can be used */
function usableChannels(face: Face, settings: PageConfig): readonly UsableChannel[] {
  const ids = channelsOf(settings)
  const found = ids.flatMap((id) => face.runtime.config(CHANNEL, id) ?? [])
  const usable = found.flatMap((channel) => ('problem' in channel ? [] : [channel]))
  const [first] = found
  if (usable.length > 0) {
    if (found.length < ids.length) face.onceStarted(() => face.fail(channelGone()))
    return usable
  }
  throw first && 'problem' in first ? first.problem : noChannel()
}

const noLinks = () =>
  new SettingError('SETTING_MISSING', {
    zh: '所选的“危急值确认”（crisis acknowledge）已被删除、停用或未填公开地址：通知中没有确认链接',
    en: 'The crisis acknowledge that was chosen was deleted or disabled, or has no public address: pages have no link to answer by',
  })

const channelGone = () =>
  new SettingError('SETTING_MISSING', {
    zh: '所选的渠道（crisis channel）中有的已被删除或停用：通知只由其余渠道发送',
    en: 'Some of the chosen crisis channels were deleted or disabled: pages go by the others only',
  })

const noChannel = () =>
  new SettingError('SETTING_MISSING', {
    zh: '未选择渠道（crisis channel），或所选的已被删除或停用：无人会被通知',
    en: 'No crisis channel is chosen, or the chosen ones were deleted or disabled: nobody would be paged',
  })

const answerLate = () =>
  new CrisisError(
    'PAGE_ANSWER_LATE',
    {
      zh: '流程答复由谁接收时已超过时限，已改按值班表通知，本条不再发送',
      en: 'The flow has said too late who is to be called: the roster was asked instead, and this page is not sent',
    },
    '409',
  )
