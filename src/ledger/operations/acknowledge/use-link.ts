import { isNobody, isSamePerson, levelOf, type Act, type AlertStage } from '../../../loop/index.js'
import type { Crisis, Person } from '../../../messages/index.js'
import type { Row, Step } from '../../../store/index.js'
import { audit, type Actor } from '../audit.js'
import { now, number, sql, text } from '../sql.js'
import { actOn, keepAct, personIn, type Acknowledged, type Acknowledging } from './acknowledge.js'
import { alertRow, find, mintLink, MOST_WRONG, readLink, type LinkView } from './links.js'
import { hashOfToken } from './tokens.js'

export interface ConfirmLink {
  readonly actor: Actor
  readonly token: string
  /** The code or the name that somebody has typed. */
  readonly typed: string
  /** Others who may take over the link of somebody else. */
  readonly people: readonly Person[]
}

/** The critical value, for whoever has said who they are. */
export interface LinkDetails {
  readonly crisis: Crisis
  readonly stage: AlertStage
  readonly revision: number
  readonly receivedBy: Person | null
}

export interface ConfirmedLink extends LinkView {
  /** The person; null = nobody that may. */
  readonly person: Person | null
  /** True when the link is for somebody else. */
  readonly isTakenOver: boolean
  readonly details: LinkDetails | null
  readonly left: number
}

/** Somebody says who they are: the person that the link is for, or another who may take it over. */
export function* confirmLink(args: ConfirmLink): Step<ConfirmedLink> {
  const { actor, token, typed, people } = args
  yield* lockLink(token)
  const at = yield* now()
  const { hash, row } = yield* find(token, at)
  const view = yield* readLink({ token })
  const nobody = { ...view, person: null, isTakenOver: false, details: null, left: 0 }
  if (!row || view.state !== 'open') return nobody
  const own = personIn(row, '')
  const person = [own, ...people].find((one) => isCalled(one, typed))
  if (!person) {
    const wrong = number(row, 'wrong') + 1
    yield sql('update link set wrong = $2 where hash = $1', hash, wrong)
    const alert = number(row, 'alert')
    yield* audit(actor, at, { kind: 'linkPersonWrong', alert, detail: { wrong } })
    const state = wrong >= MOST_WRONG ? 'locked' : 'open'
    return { ...nobody, state, left: MOST_WRONG - wrong }
  }
  const isTakenOver = !isSamePerson(person, own)
  return { ...view, person, isTakenOver, details: yield* detailsOf(row), left: MOST_WRONG }
}

/** One at a time: neither a use nor a wrong name goes uncounted. */
function* lockLink(token: string): Step<void> {
  yield sql('{lock:$1}', `link/${hashOfToken(token)}`)
}

const isCalled = (person: Person, typed: string): boolean =>
  !isNobody(person) &&
  plain(typed) !== '' &&
  [person.code, person.name].some((word) => plain(word) === plain(typed))

const plain = (said: string): string => said.normalize('NFKC').trim().toLowerCase()

function* detailsOf(link: Row): Step<LinkDetails | null> {
  const [row] = yield alertRow(link)
  if (!row) return null
  const stage = text(row, 'stage') as AlertStage
  const [received] =
    levelOf(stage) < 1
      ? []
      : yield sql(
          "select code, name from stage where alert = $1 and stage = 'received' order by id desc limit 1",
          number(row, 'id'),
        )
  return {
    crisis: JSON.parse(text(row, 'document')) as Crisis,
    stage,
    revision: number(row, 'revision'),
    receivedBy: received ? personIn(received, '') : null,
  }
}

export interface UseLink extends Acknowledging {
  readonly token: string
  /** The person who has confirmed to be themselves. */
  readonly person: Person
  readonly act: Pick<Act, 'kind' | 'readBack' | 'note' | 'to'>
  /** Time in which the link for the processing that follows a reception can be used, in ms. */
  readonly nextMs: number
}

export interface UsedLink extends LinkView {
  /** null where the link cannot be used. */
  readonly acknowledged: Acknowledged | null
  /** The token of a link for the processing, after a reception. */
  readonly next: string | null
}

/** Acts by a link, once: of two at the same moment one finds it used. What does not count does not use it up. */
export function* useLink(args: UseLink): Step<UsedLink> {
  const { token, person, actor } = args
  yield* lockLink(token)
  const at = yield* now()
  const { hash, row, state } = yield* find(token, at)
  const view = yield* readLink({ token })
  const unused = { ...view, acknowledged: null, next: null }
  if (!row || state !== 'open') return unused
  const [alert] = yield alertRow(row)
  if (!alert) return { ...unused, state: 'gone' }
  const act: Act = {
    ...args.act,
    person,
    role: '',
    at,
    how: 'link',
    revision: number(row, 'revision'),
    step: (row['step'] as number | null) ?? undefined,
  }
  const acknowledged = yield* actOn({ ...args, act }, alert, hash)
  if (acknowledged.why !== null) return { ...unused, acknowledged }
  yield sql('update link set used_at = $2, used_kind = $3 where hash = $1', hash, at, args.act.kind)
  yield* noteTakenOver(actor, row, person, at)
  const next = args.act.kind === 'received' ? yield* mintNext(row, person, args.nextMs) : null
  return { ...(yield* readLink({ token })), acknowledged, next }
}

/** Another person has acted by the link: it was passed on. */
function* noteTakenOver(actor: Actor, row: Row, person: Person, at: number): Step<void> {
  const own = personIn(row, '')
  if (isNobody(own) || isSamePerson(own, person)) return
  const alert = number(row, 'alert')
  const act: Act = {
    kind: 'passedOn',
    person: own,
    role: '',
    at,
    how: 'link',
    readBack: null,
    note: '',
    to: person,
  }
  const revision = number(row, 'revision')
  yield* keepAct({ alert, revision, act, flags: ['takenOver'], link: text(row, 'hash'), at })
  yield* audit(actor, at, { kind: 'linkTakenOver', alert })
}

const mintNext = (row: Row, person: Person, expiresMs: number): Step<string> =>
  mintLink({
    alert: number(row, 'alert'),
    revision: number(row, 'revision'),
    step: undefined,
    person,
    expiresMs,
  })
