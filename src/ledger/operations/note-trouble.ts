import { lastingTrouble, type LastingTrouble } from '../../loop/index.js'
import type { Reason } from '../../messages/index.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor, type AuditEntry } from './audit.js'
import { now, number, sql } from './sql.js'

export interface NoteTrouble {
  readonly actor: Actor
  /** The watch that found it, and that alone is told; absent = all watches are. */
  readonly target?: string
  readonly kind: LastingTrouble
  /** The thing that it is about, such as the id of a channel. */
  readonly key: string
  /** The name that people gave the thing. */
  readonly name?: string
  readonly on: boolean
  /** Why it has begun; absent = the words of its kind. Nothing of a patient. */
  readonly reason?: Reason
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
        ...[target, kind, key, at],
      )
    : yield sql(
        'delete from trouble where target = $1 and kind = $2 and key = $3 returning since',
        ...[target, kind, key],
      )
  const [row] = changed
  if (!row) return false
  yield* audit(actor, at, {
    kind: on ? 'troubleBegun' : 'troubleEnded',
    detail: { ...detail, trouble: kind, key },
    lasting: {
      trouble: lastingTrouble(kind, on, reason ?? null),
      since: number(row, 'since'),
      target,
      subject: key,
      name: name ?? null,
      peer: kind === 'backlog' || kind === 'peerDown' ? key : null,
      service: kind === 'silence' ? key : null,
    },
  })
  return true
}

/** A watch has ended: what it alone was told of is over, and nobody is left to be told. */
export function* forgetTroubles(target: string): Step<void> {
  yield sql('delete from trouble where target = $1', target)
}
