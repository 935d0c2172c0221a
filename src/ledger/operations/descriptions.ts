import type { Step } from '../../store/index.js'
import { number, sql, text } from './sql.js'

/** A description of a peer's interface, as it was read last from one address. */
export interface KeptDescription {
  readonly description: string
  /** When it was read, in epoch ms. */
  readonly at: number
}

export interface DescriptionArgs {
  readonly peer: string
  /** Where it was had. */
  readonly source: string
}

export function* keepDescription(args: DescriptionArgs & KeptDescription): Step<void> {
  // A peer has one address of a description at a time.
  yield sql('delete from description where peer = $1 and source <> $2', args.peer, args.source)
  yield sql(
    `insert into description (peer, source, at, content) values ($1, $2, $3, $4)
     on conflict (peer, source) do update set at = excluded.at, content = excluded.content`,
    args.peer,
    args.source,
    args.at,
    args.description,
  )
}

export function* keptDescription(args: DescriptionArgs): Step<KeptDescription | null> {
  const [row] = yield sql(
    'select at, content from description where peer = $1 and source = $2',
    args.peer,
    args.source,
  )
  return row ? { at: number(row, 'at'), description: text(row, 'content') } : null
}
