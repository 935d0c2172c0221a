import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  LedgerError,
  SqliteEngine,
  type Engine,
  type EngineState,
  type SqliteEngineOptions,
} from '../../src/store/index.js'
import { definitionPath } from './definition.js'

/** Folders of their own for tests, all removed by `clean`. */
export class Folders {
  readonly #made: (() => void)[] = []

  make(): string {
    const folder = mkdtempSync(join(tmpdir(), 'crisis-ledger-'))
    this.#made.push(() => rmSync(folder, { recursive: true, force: true }))
    return folder
  }

  /** A disk of its own; undefined where we have no right to mount one. */
  makeDisk(size: string): string | undefined {
    const folder = this.make()
    if (!mount('-t', 'tmpfs', '-o', `size=${size}`, 'none', folder)) return undefined
    this.#made.push(() => spawnSync('umount', ['-l', folder]))
    return folder
  }

  clean(): void {
    for (const remove of this.#made.splice(0).toReversed()) remove()
  }
}

export function mount(...args: readonly string[]): boolean {
  return spawnSync('mount', args).status === 0
}

/** An engine on a file, quick to try again and without ballast. */
export function openSqlite(file: string, options: Partial<SqliteEngineOptions> = {}): SqliteEngine {
  return new SqliteEngine({
    file,
    definition: definitionPath,
    ballastBytes: 0,
    backoff: { firstMs: 20, mostMs: 100 },
    ...options,
  })
}

/** The ledger files of a test and the engines on them. */
export class Ledgers {
  readonly folders = new Folders()
  readonly #engines: SqliteEngine[] = []

  open(file: string, options: Partial<SqliteEngineOptions> = {}): SqliteEngine {
    const engine = openSqlite(file, options)
    this.#engines.push(engine)
    return engine
  }

  /** Makes a file with some notes, and closes it. */
  async make(file: string, notes = 0): Promise<void> {
    const engine = openSqlite(file)
    await engine.ready()
    await Promise.all(Array.from({ length: notes }, (_, n) => engine.run('add', { text: `n${n}` })))
    await engine.close()
  }

  async clean(): Promise<void> {
    await Promise.all(this.#engines.splice(0).map((engine) => engine.close()))
    this.folders.clean()
  }
}

export function count(engine: Engine): Promise<unknown> {
  return engine.run('count', {}, { mode: 'read' })
}

/** Resolves when the engine comes to a state, at once when it is in it. */
export function state(engine: Engine, wanted: EngineState): Promise<void> {
  if (engine.state === wanted) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = engine.onState((now) => {
      if (now !== wanted) return
      stop()
      resolve()
    })
  })
}

/** The LedgerError a promise rejects with; anything else fails the test. */
export async function ledgerErrorOf(promise: Promise<unknown>): Promise<LedgerError> {
  const thrown: unknown = await promise.then(
    () => new Error('It did not reject'),
    (error: unknown) => error,
  )
  if (!(thrown instanceof LedgerError)) throw thrown
  return thrown
}

/** Asks until the answer is true. For what no event tells. */
export async function until(ask: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** A process that writes one note after the other into the file and says which were acknowledged. */
export interface Writer {
  readonly child: ChildProcess
  /** The texts acknowledged so far. */
  readonly acknowledged: string[]
  /** Resolves when that many are. */
  reached(count: number): Promise<void>
  kill(): Promise<void>
}

export function startWriter(file: string, ...more: readonly string[]): Writer {
  const child = fork(join(__dirname, 'writer.js'), [file, ...more])
  const acknowledged: string[] = []
  let onMore = () => {}
  child.on('message', (text: string) => {
    acknowledged.push(text)
    onMore()
  })
  return {
    child,
    acknowledged,
    reached: (count) =>
      new Promise((resolve, reject) => {
        child.once('exit', (code) => reject(new Error(`The writer ended with ${code}`)))
        onMore = () => {
          if (acknowledged.length >= count) resolve()
        }
        onMore()
      }),
    kill: async () => {
      child.removeAllListeners('exit')
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Changes a file behind the engine's back. */
export function tamper(file: string, sql: string): void {
  const db = new DatabaseSync(file)
  db.exec(sql)
  db.close()
}
