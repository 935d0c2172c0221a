import type { ActKind } from '../../../loop/index.js'
import type { Crisis, Person } from '../../../messages/index.js'
import type { Row, Step } from '../../../store/index.js'
import { audit, type Actor } from '../audit.js'
import { now, number, sql, text } from '../sql.js'
import { SUMMARY } from '../summaries.js'
import { formKeyOf, hashOfToken, kindOf, makeSecret, makeToken } from './tokens.js'

/** Wrong names that a link stands before it is locked: whoever has found a telephone must not try them all. */
export const MOST_WRONG = 5

export interface MintLink {
  /** The number of the alert, and the content that its person is told of. */
  readonly alert: number
  readonly revision: number
  /** The step of the plan that calls the person, from 1; absent = none does. */
  readonly step?: number | undefined
  readonly person: Person
  /** Time in which it can be used, in ms. */
  readonly expiresMs: number
}

/**
 * Makes a one-time link for a person; for whoever pages, in the transaction of the page.
 * @returns its token, which stands nowhere in the ledger
 */
export function* mintLink({ alert, revision, step, person, expiresMs }: MintLink): Step<string> {
  const at = yield* now()
  const expiresAt = at + expiresMs
  const token = makeToken(yield* secret(), expiresAt)
  yield sql(
    `insert into link (hash, alert, revision, step, code, name, at, expires_at, wrong, noted)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')`,
    hashOfToken(token),
    alert,
    revision,
    step ?? null,
    person.code,
    person.name,
    at,
    expiresAt,
  )
  return token
}

/** Made with the first link, and the same for ever: links outlive a restart, a move and a restored backup. */
export function* secret(): Step<string> {
  const known = yield* knownSecret()
  if (known !== null) return known
  yield sql('{lock:$1}', 'link_secret')
  yield sql(
    'insert into link_secret (id, secret) values (1, $1) on conflict (id) do nothing',
    makeSecret(),
  )
  return (yield* knownSecret())!
}

function* knownSecret(): Step<string | null> {
  const [row] = yield sql('select secret from link_secret where id = 1')
  return row ? text(row, 'secret') : null
}

/**
 * The state of a link.
 * - `used`: somebody has acted by it
 * - `locked`: too many wrong names
 * - `gone`: it was issued here, and its critical value is past its retention
 * - `foreign`: another ledger has issued it; `forged`: nobody has
 */
export type LinkState = 'open' | 'used' | 'expired' | 'locked' | 'gone' | 'foreign' | 'forged'

/** As much of a critical value as a text message may say. */
export interface LinkAbout {
  readonly examNo: string
  readonly level: string
  readonly setAt: string | null
  /** Epoch ms. */
  readonly openedAt: number
  readonly flags: readonly ('revision' | 'cancelled' | 'possibleWrongPatient' | 'revised')[]
}

export interface LinkView {
  readonly state: LinkState
  /** The key that signs its forms; '' for one that was not issued here. */
  readonly formKey: string
  /** null where nobody may be shown anything. */
  readonly about: LinkAbout | null
  readonly used: { readonly kind: ActKind; readonly at: number } | null
}

export interface Found {
  readonly state: LinkState
  readonly formKey: string
  readonly hash: string
  readonly row: Row | undefined
}

/** Looks at a link, and changes nothing: previews of messages do so too. */
export function* readLink({ token }: { readonly token: string }): Step<LinkView> {
  const { state, formKey, row } = yield* find(token, yield* now())
  const isShown = state === 'open' || state === 'used'
  return {
    state,
    formKey,
    about: row && isShown ? yield* aboutOf(row) : null,
    used:
      row && state === 'used'
        ? { kind: text(row, 'used_kind') as ActKind, at: number(row, 'used_at') }
        : null,
  }
}

export function* find(token: string, at: number): Step<Found> {
  const own = yield* knownSecret()
  const kind = kindOf(own, token)
  if (kind !== 'own' || own === null) {
    return { state: kind === 'own' ? 'forged' : kind, formKey: '', hash: '', row: undefined }
  }
  const hash = hashOfToken(token)
  const formKey = formKeyOf(own, token)
  const [row] = yield sql('select * from link where hash = $1', hash)
  return { state: row ? stateOf(row, at) : 'gone', formKey, hash, row }
}

function stateOf(row: Row, at: number): LinkState {
  if (row['used_at'] !== null) return 'used'
  if (number(row, 'expires_at') <= at) return 'expired'
  return number(row, 'wrong') >= MOST_WRONG ? 'locked' : 'open'
}

export const alertRow = (row: Row) => sql(`${SUMMARY} where a.id = $1`, number(row, 'alert'))

function* aboutOf(link: Row): Step<LinkAbout | null> {
  const [row] = yield alertRow(link)
  if (!row) return null
  const { CrisisCode = '' } = JSON.parse(text(row, 'document')) as Crisis
  const revision = number(row, 'revision')
  return {
    examNo: text(row, 'exam_no') || text(row, 'apply_no'),
    level: CrisisCode,
    setAt: row['set_at'] as string | null,
    openedAt: number(row, 'opened_at'),
    flags: [
      ...(revision > 1 ? (['revision'] as const) : []),
      ...(revision === number(link, 'revision') ? [] : (['revised'] as const)),
      ...(row['stage'] === 'cancelled' ? (['cancelled'] as const) : []),
      ...(row['hold'] === null ? [] : (['possibleWrongPatient'] as const)),
    ],
  }
}

export interface NoteLink {
  readonly actor: Actor
  readonly token: string
}

/**
 * Somebody has come by a link that cannot be used: one entry of the audit for each state of one that was issued here.
 * Whoever calls this limits how often strangers can.
 * @returns true where an entry was written
 */
export function* noteLink({ actor, token }: NoteLink): Step<boolean> {
  const at = yield* now()
  const { state, hash, row } = yield* find(token, at)
  if (state === 'open') return false
  if (row) {
    const noted = yield sql(
      'update link set noted = $2 where hash = $1 and noted <> $2 returning alert',
      hash,
      state,
    )
    if (noted.length === 0) return false
  }
  const alert = row ? number(row, 'alert') : null
  yield* audit(actor, at, { kind: 'linkRefused', alert, detail: { why: state } })
  return true
}
