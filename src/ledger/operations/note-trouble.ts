import { LASTING_TROUBLES, lastingTrouble, type LastingTrouble } from '../../loop/index.js'
import type { Reason } from '../../messages/index.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor, type AuditEntry } from './audit.js'
import { listed, now, number, sql, text } from './sql.js'
import { tellTrouble, type Lasting } from './troubles.js'

export interface NoteTrouble {
  readonly actor: Actor
  /** The watch that found it, and that alone is told; absent = all watches are. */
  readonly target?: string
  readonly kind: LastingTrouble
  /** The thing that it is about, such as the id of a channel. */
  readonly key: string
  /** The name that people gave the thing. */
  readonly name?: string | undefined
  readonly on: boolean
  /** Why it has begun; absent = the words of its kind. Nothing of a patient. */
  readonly reason?: Reason | undefined
  /** For the audit: codes, counts and ids. */
  readonly detail?: AuditEntry['detail']
}

/**
 * Notes that a trouble lasts, or is over. May be said again at any time and by any instance.
 * @returns true when that is a change: only then flows are told
 */
export function* noteTrouble(args: NoteTrouble): Step<boolean> {
  const { actor, target = '', kind, key, name, on, reason, detail } = args
  yield sql('{lock:$1}', `trouble/${target}/${kind}/${key}`)
  const at = yield* now()
  const changed = on
    ? yield sql(
        `insert into trouble (target, kind, key, since) values ($1, $2, $3, $4)
         on conflict do nothing returning since`,
        target,
        kind,
        key,
        at,
      )
    : yield sql(
        'delete from trouble where target = $1 and kind = $2 and key = $3 returning since',
        target,
        kind,
        key,
      )
  const [row] = changed
  if (!row) return false
  yield* audit(actor, at, {
    kind: on ? 'troubleBegun' : 'troubleEnded',
    detail: { ...detail, trouble: kind, key },
    lasting: { ...lastingOf(kind, key, on, { target, name, reason }), since: number(row, 'since') },
  })
  return true
}

export interface KeepTroubles extends Pick<NoteTrouble, 'actor' | 'kind'> {
  readonly target: string
  /** All that are there now. */
  readonly present: readonly Pick<NoteTrouble, 'key' | 'reason'>[]
}

/**
 * Brings the troubles of a kind that a watch has found into line with those that are there now: restarts begin none anew.
 * @returns the keys of those that have begun
 */
export function* keepTroubles(args: KeepTroubles): Step<readonly string[]> {
  const { actor, target, kind, present } = args
  const rows = yield sql('select key from trouble where target = $1 and kind = $2', target, kind)
  const known = rows.map((row) => text(row, 'key'))
  const about = { actor, target, kind }
  for (const key of known) {
    if (present.every((one) => one.key !== key)) yield* noteTrouble({ ...about, key, on: false })
  }
  const begun: string[] = []
  for (const one of present) {
    if (known.includes(one.key)) continue
    if (yield* noteTrouble({ ...about, ...one, on: true })) begun.push(one.key)
  }
  return begun
}

/** Those whose key is the id of a peer. */
const OF_PEERS: ReadonlySet<LastingTrouble> = new Set(['backlog', 'peerDown', 'synthetic'])

function lastingOf(
  kind: LastingTrouble,
  key: string,
  isOn: boolean,
  { target, name, reason }: Pick<NoteTrouble, 'name' | 'reason'> & { readonly target: string },
): Omit<Lasting, 'since'> {
  return {
    trouble: lastingTrouble(kind, isOn, reason ?? null),
    target,
    subject: key,
    name: name ?? null,
    peer: OF_PEERS.has(kind) ? key : null,
    service: kind === 'silence' ? key : null,
  }
}

/** A flow that begins to hear of troubles is told of those that last, which the others have heard of. */
export function* tellLasting(target: string, at: number): Step<void> {
  const rows = yield sql(
    `select kind, key, since from trouble where target = '' and kind in ${listed(LASTING_TROUBLES)}
     union all select 'peerDown', id, coalesce(failing_since, 0) from peer where alarmed = 1
     order by since`,
  )
  for (const row of rows) {
    const kind = text(row, 'kind') as LastingTrouble
    const lasting = lastingOf(kind, text(row, 'key'), true, { target })
    yield* tellTrouble({ kind, lasting: { ...lasting, since: number(row, 'since') } }, at)
  }
}

/** A watch has ended: what it alone was told of is over, and nobody is left to be told. */
export function* forgetTroubles(target: string): Step<void> {
  yield sql('delete from trouble where target = $1', target)
  yield sql('delete from synthetic where target = $1', target)
}
