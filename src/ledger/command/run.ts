import type { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { asCrisisError } from '../../messages/index.js'
import { ledgerError, LedgerError } from '../../store/index.js'
import { definition } from '../operations/index.js'
import { sql } from '../operations/sql.js'
import { MIGRATIONS } from '../schema.js'
import {
  acceptFile,
  acceptPostgres,
  backupFile,
  markOf,
  move,
  openFileSide,
  openPostgresSide,
  pendingOf,
  readFileSide,
  readPostgresSide,
  restoreFile,
  tablesOf,
  verifyChains,
  type Reader,
  type Side,
} from '../transfer/index.js'
import { DEFAULT_FILE, placeOf, type Place } from './places.js'
import { Progress } from './progress.js'
import { languageOf, TEXTS, type Texts } from './texts.js'
import { UsageError } from './usage-error.js'

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  replace: { type: 'boolean' },
  tls: { type: 'boolean' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  lang: { type: 'string' },
  help: { type: 'boolean' },
} as const

export type Run = typeof run

/** What one command works with. */
interface Work {
  readonly texts: Texts
  readonly say: (line: string) => void
  readonly err: Writable
  /** The ledger that is meant. */
  readonly from: Place
  readonly to: Place | undefined
  readonly replace: boolean
  /** False when it is the default that is meant. */
  readonly isNamed: boolean
}

/** Runs the command line. Resolves with the exit code: 0, 1 failed, 2 not understood. Never rejects. */
export async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  out: Writable,
  err: Writable,
): Promise<0 | 1 | 2> {
  let texts = TEXTS[languageOf(undefined, env)]
  const say = (line: string) => void out.write(`${line}\n`)
  try {
    const { values, positionals } = parse(args)
    texts = TEXTS[languageOf(values.lang, env)]
    const [name = '', given, ...more] = positionals
    if (values.help || (name === '' && args.length === 0)) {
      say(texts.help)
      return 0
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (!command || more.length > 0) throw new UsageError('command')
    const from = placeOf(given ?? values.from ?? DEFAULT_FILE, values)
    const to = values.to === undefined ? undefined : placeOf(values.to, values)
    const replace = values.replace ?? false
    const isNamed = given !== undefined
    return (await command({ texts, say, err, from, to, replace, isNamed })) ? 0 : 1
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      err.write(`${texts.misuse[thrown.misuse]}\n`)
      return 2
    }
    const error = asCrisisError(thrown)
    const reason = texts === TEXTS.zh ? error.reason.zh : error.reason.en
    const evidence = error instanceof LedgerError ? error.evidence : undefined
    err.write(`${texts.failed(error.code, reason, evidence)}\n`)
    return 1
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch {
    throw new UsageError('option')
  }
}

/** Each says by its result whether all is well. */
const COMMANDS: Readonly<Record<string, (work: Work) => Promise<boolean>>> = {
  async move({ texts, say, err, from, to, replace }) {
    if (!to) throw new UsageError('to')
    const source = await hold(from, 'source')
    let target: Side | undefined
    try {
      target = await hold(to, 'target')
      const progress = new Progress(err, texts)
      const report = await move(source, target, MIGRATIONS, {
        replace,
        onProgress: (now) => progress.show(now),
      })
      progress.end()
      if (report.ended) say(texts.ended)
      else {
        say(texts.moved(source.database, target.database))
        for (const [table, rows] of Object.entries(report.rows)) say(texts.rows(table, rows))
      }
      sayState(texts, say, report)
      say(texts.next[target.kind])
      return true
    } finally {
      await target?.close()
      await source.close()
    }
  },

  verify: (work) =>
    reading(work, async (side, { texts, say, from }) => {
      let whole = true
      if (from.kind === 'sqlite') {
        const [row] = await side.query(sql('pragma integrity_check(1)'))
        whole = row?.['integrity_check'] === 'ok'
        say(whole ? texts.whole : texts.damaged)
      }
      const audit = await verifyChains(side)
      sayState(texts, say, { audit })
      return whole && audit.broken.length === 0
    }),

  info: (work) =>
    reading(work, async (side, { texts, say }) => {
      const [version] = await side.query(sql('select max(v) as v from schema_version'))
      say(texts.schema(Number(version?.['v'])))
      const mark = await markOf(side)
      if (mark) say(texts.mark(mark))
      for (const { name } of tablesOf(MIGRATIONS)) {
        const [row] = await side.query(sql(`select count(*) as n from ${name}`))
        say(texts.rows(name, Number(row?.['n'])))
      }
      sayState(texts, say, { pending: await pendingOf(side) })
      return true
    }),

  async backup({ texts, say, from, to }) {
    if (!to) throw new UsageError('to')
    if (from.kind !== 'sqlite' || to.kind !== 'sqlite') throw new UsageError('option')
    await backupFile(from.file, to.file)
    say(texts.copied)
    return true
  },

  async restore({ texts, say, from, to = placeOf(DEFAULT_FILE, {}), isNamed }) {
    if (!isNamed) throw new UsageError('backup')
    if (from.kind !== 'sqlite' || to.kind !== 'sqlite') throw new UsageError('option')
    const { aside } = await restoreFile(from.file, to.file, definition)
    say(texts.restored(aside))
    return true
  },

  async accept({ texts, say, from }) {
    const how =
      from.kind === 'sqlite'
        ? await acceptFile(from.file, definition)
        : await acceptPostgres(from, definition)
    say(texts.accepted[how])
    return true
  },

  async reopen({ texts, say, from }) {
    const side = await hold(from, 'source')
    try {
      const mark = await markOf(side)
      // One half of a move that the other half may still follow.
      if (mark?.state === 'moving') throw ledgerError('LEDGER_MOVING')
      if (mark) await side.mark(undefined)
      say(mark ? texts.reopened : texts.notMoved)
      return true
    } finally {
      await side.close()
    }
  },
}

function hold(place: Place, role: 'source' | 'target'): Promise<Side> {
  return place.kind === 'sqlite'
    ? openFileSide(place.file, MIGRATIONS, role)
    : openPostgresSide(place, MIGRATIONS, role)
}

async function reading(
  work: Work,
  read: (side: Reader, work: Work) => Promise<boolean>,
): Promise<boolean> {
  const { from } = work
  const side = from.kind === 'sqlite' ? await readFileSide(from.file) : await readPostgresSide(from)
  try {
    return await read(side, work)
  } finally {
    await side.close()
  }
}

function sayState(
  texts: Texts,
  say: Work['say'],
  { audit, pending }: Partial<Pick<Awaited<ReturnType<typeof move>>, 'audit' | 'pending'>>,
): void {
  if (audit?.broken.length === 0) say(texts.audit(audit.entries))
  for (const { chain, seq } of audit?.broken ?? []) say(texts.broken(chain, seq))
  if (pending) say(texts.pending(pending))
}
