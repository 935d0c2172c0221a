import type { Reason } from '../../messages/index.js'
import type { Step } from '../../store/index.js'
import type { Actor } from './audit.js'
import { noteTrouble } from './note-trouble.js'
import { now, sql } from './sql.js'

export interface ExpectSynthetic {
  /** The watch that sends it. */
  readonly target: string
  /** The ExamNo that it will have. */
  readonly key: string
  readonly everyMs: number
}

/**
 * Notes that a synthetic critical value is about to be sent.
 * @returns false while the one before is younger than the interval, whichever instance has sent that
 */
export function* expectSynthetic({ target, key, everyMs }: ExpectSynthetic): Step<boolean> {
  yield sql('{lock:$1}', `synthetic/${target}`)
  const at = yield* now()
  // A time that lies ahead was noted by a clock that has been set back since.
  const rows = yield sql(
    `insert into synthetic (target, key, at, came) values ($1, $2, $3, 0)
     on conflict (target) do update set key = excluded.key, at = excluded.at, came = 0
       where synthetic.at <= $4 or synthetic.at > $3 returning key`,
    target,
    key,
    at,
    at - everyMs,
  )
  return rows.length > 0
}

/** One has come in. @returns false for one that nobody expects */
export function* noteSynthetic({ key }: { readonly key: string }): Step<boolean> {
  const rows = yield sql('update synthetic set came = came + 1 where key = $1 returning key', key)
  return rows.length > 0
}

export interface EndSynthetic {
  readonly actor: Actor
  readonly target: string
  readonly key: string
  /** Id of the peer that it was sent to. */
  readonly peer: string
  /** Why it was not taken; null = it was answered with success. */
  readonly refused: Reason | null
  /** True when it is to be told that it did not come round; else it is tried again first. */
  readonly tells: boolean
}

/** Closes a synthetic critical value. @returns true when it has come round */
export function* endSynthetic(args: EndSynthetic): Step<boolean> {
  const { actor, target, key, peer, refused, tells } = args
  const [row] = yield sql('select came from synthetic where target = $1 and key = $2', target, key)
  const isGood = refused === null && Number(row?.['came'] ?? 0) > 0
  if (isGood || tells) {
    const reason = refused ?? NOT_HERE
    yield* noteTrouble({ actor, target, kind: 'synthetic', key: peer, on: !isGood, reason })
  }
  return isGood
}

const NOT_HERE: Reason = {
  zh: '合成危急值得到成功应答，但没有到达本台账：请检查该对方系统的地址是否指向本机的危急值服务',
  en: 'The synthetic critical value was answered with success, but did not come into this ledger: check that the peer leads to a service of this ledger',
}
