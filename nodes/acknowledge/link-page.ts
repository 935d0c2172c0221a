import { BackOff, type PageAnswer, type PageRequest } from '../../src/http/hosting/index.js'
import {
  LedgerError,
  type Acknowledged,
  type Acknowledging,
  type ConfirmedLink,
  type Ledger,
  type LinkView,
} from '../../src/ledger/index.js'
import { ACT_KINDS, type Act } from '../../src/loop/index.js'
import { isoInZone, type Person, type Reason } from '../../src/messages/index.js'
import {
  actPage,
  askPage,
  donePage,
  filled,
  isProof,
  languageOf,
  LINK_TEXTS,
  personOf,
  proofOf,
  refusedPage,
  statePage,
  STYLE_HASH,
  whoOf,
  type PageFrame,
} from '../../src/board/index.js'
import { reasonOf } from './errors.js'

export interface LinkPageOptions {
  readonly ledger: Ledger
  /** By which an act is recorded; a lease for each. */
  readonly acknowledging: () => Acknowledging
  readonly hospital: string
  readonly zone: string
  /** Others who may take over a link. Never rejects. */
  readonly people: () => Promise<readonly Person[]>
  readonly linkMs: number
  /** Called with what was recorded. */
  readonly acted: (acknowledged: Acknowledged) => void
  /** Called where the commit of an act is not known. */
  readonly unknown: (acknowledging: Acknowledging) => void
  readonly now?: () => number
}

interface Visit {
  readonly request: PageRequest
  readonly token: string
  readonly frame: PageFrame
  readonly now: number
}

const STATUS = {
  used: 410,
  expired: 410,
  gone: 410,
  locked: 423,
  foreign: 404,
  forged: 404,
} as const

/** Answers whoever opens a one-time link. Only a POST of a page of ours records anything. */
export class LinkPage {
  readonly #options: LinkPageOptions
  readonly #backOff = new BackOff()
  readonly #now: () => number

  constructor(options: LinkPageOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  async answer(request: PageRequest): Promise<PageAnswer> {
    const chosen = request.form.get('lang') ?? request.query.get('lang')
    const language = languageOf(chosen, request.acceptLanguage)
    const frame = { language, hospital: this.#options.hospital }
    const visit = { request, token: request.rest, frame, now: this.#now() }
    try {
      const view = await this.#options.ledger.run('readLink', { token: visit.token })
      if (view.state !== 'open') return await this.#closed(visit, view)
      if (!request.isPost) return this.#ask(visit, view, null)
      return await this.#post(visit, view)
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown
      return pageOf(503, refusedPage(frame, LINK_TEXTS.failing))
    }
  }

  async #post(visit: Visit, view: LinkView): Promise<PageAnswer> {
    const { request, now, frame } = visit
    // A browser that says so is believed; one that does not has the proof in the form.
    if (!['', 'same-origin', 'none'].includes(request.fetchSite)) {
      return pageOf(403, refusedPage(frame, LINK_TEXTS.oldForm))
    }
    const step = request.form.get('step')
    const who = step === 'who' ? '' : (request.form.get('who') ?? '')
    const isOurs = isProof(view.formKey, who, request.form.get('proof') ?? '', now)
    if (!isOurs) return this.#ask(visit, view, LINK_TEXTS.oldForm)
    if (step === 'who') return this.#confirm(visit, request.form.get('typed') ?? '', null)
    const person = personOf(who)
    if (!person) return this.#ask(visit, view, LINK_TEXTS.oldForm)
    if (step === 'act') return this.#act(visit, person)
    return this.#confirm(visit, person.code || person.name, null)
  }

  #ask({ frame, now }: Visit, { formKey, about }: LinkView, problem: Reason | null): PageAnswer {
    if (!about) return pageOf(STATUS.gone, statePage(frame, 'gone', null))
    const proof = proofOf(formKey, '', now)
    return pageOf(200, askPage(frame, { about, proof, problem, time: this.#time }))
  }

  async #confirm(visit: Visit, typed: string, problem: Reason | null): Promise<PageAnswer> {
    const { ledger, acknowledging } = this.#options
    const people = await this.#options.people()
    const { actor } = acknowledging()
    const { frame, now, token } = visit
    const link = await ledger.run('confirmLink', { actor, token, typed, people })
    if (link.state !== 'open') return this.#closed(visit, link)
    const { person, details, about } = link
    if (!person) return this.#ask(visit, link, wrong(link))
    if (!details || !about) return pageOf(STATUS.gone, statePage(frame, 'gone', null))
    const who = whoOf(person)
    const proof = proofOf(link.formKey, who, now)
    const { crisis, receivedBy } = details
    const { isTakenOver } = link
    const page = { about, crisis, person, isTakenOver, receivedBy, people, who, proof, problem }
    return pageOf(200, actPage(frame, { ...page, time: this.#time }))
  }

  async #act(visit: Visit, person: Person): Promise<PageAnswer> {
    const { ledger, acknowledging, linkMs, acted, unknown } = this.#options
    const { request, token, frame } = visit
    const kind = ACT_KINDS.find((one) => one === request.form.get('action'))
    const typed = person.code || person.name
    if (!kind) return this.#confirm(visit, typed, null)
    const act: Pick<Act, 'kind' | 'readBack' | 'note' | 'to'> = {
      kind,
      readBack: request.form.get('readBack') === 'yes',
      note: (request.form.get('note') ?? '').trim().slice(0, MOST_NOTE),
      to: kind === 'passedOn' ? await this.#personCalled(request.form.get('to') ?? '') : null,
    }
    const by = acknowledging()
    const used = await ledger
      .run('useLink', { ...by, token, person, act, nextMs: linkMs })
      .catch((error: unknown) => {
        if (error instanceof LedgerError && error.unknown) unknown(by)
        throw error
      })
    const { acknowledged, next } = used
    if (!acknowledged) return this.#closed(visit, used)
    acted(acknowledged)
    const { why } = acknowledged
    if (why === 'nobodyNamed') return this.#confirm(visit, typed, reasonOf(why))
    if (why) return pageOf(409, refusedPage(frame, reasonOf(why)))
    const at = this.#time(used.used?.at ?? visit.now)
    // Beside the address that the browser is at, whatever stands before ours.
    const address = next && `${next}?lang=${frame.language}`
    return pageOf(200, donePage(frame, { kind, person, at, next: address }))
  }

  /** A link that cannot be used: said, and noted once. Whoever tries many is told to wait, and fills no audit. */
  async #closed(visit: Visit, { state, used }: LinkView): Promise<PageAnswer> {
    const { request, frame, token } = visit
    if (state === 'open') return pageOf(STATUS.gone, statePage(frame, 'gone', null))
    const isGuess = state === 'forged' || state === 'foreign'
    const waitMs = isGuess ? this.#backOff.failed(request.caller) : 0
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      return { ...pageOf(429, statePage(frame, 'busy', null)), retryAfterSeconds: seconds }
    }
    const { actor } = this.#options.acknowledging()
    await this.#options.ledger.run('noteLink', { actor, token })
    const recorded = used && { kind: used.kind, at: this.#time(used.at) }
    return pageOf(STATUS[state], statePage(frame, state, recorded))
  }

  readonly #time = (at: string | number): string => {
    const epoch = typeof at === 'number' ? at : Date.parse(at)
    return isoInZone(epoch, this.#options.zone)
      .slice(0, 'yyyy-MM-ddTHH:mm'.length)
      .replace('T', ' ')
  }

  async #personCalled(typed: string): Promise<Person> {
    const wanted = typed.trim()
    const known = (await this.#options.people()).find(({ code, name }) =>
      [code, name].includes(wanted),
    )
    return known ?? { code: '', name: wanted }
  }
}

const MOST_NOTE = 1_000

const pageOf = (status: number, html: string): PageAnswer => ({
  status,
  html,
  styleHash: STYLE_HASH,
})

const wrong = ({ left }: ConfirmedLink): Reason => ({
  zh: filled(LINK_TEXTS.wrong.zh, { n: String(left) }),
  en: filled(LINK_TEXTS.wrong.en, { n: String(left) }),
})
