import { Anchor, ANCHOR_MS, NO_ANCHOR } from './anchor.js'
import { Ballast } from './ballast.js'
import { MOST_IN_A_BATCH, type Call } from './calls.js'
import { Backoff } from './clock.js'
import { asUnknown, ledgerError, LedgerError } from './errors.js'
import { saveCopy } from './sqlite-backup.js'
import { commitBatch, readOne } from './sqlite-batch.js'
import { fileError } from './sqlite-errors.js'
import { openFile, type OpenFile } from './sqlite-file.js'
import {
  fromPlain,
  toPlain,
  type FromWorker,
  type PlainError,
  type PlainSettled,
  type WorkerSettings,
} from './sqlite-protocol.js'
import { giveBackPages, testWrite } from './sqlite-upkeep.js'
import type { Settled } from './step.js'
import type { EngineDefinition } from './types.js'

/** Troubles after which the file is checked before it is used again. */
const MISTRUSTED: ReadonlySet<string> = new Set(['LEDGER_UNAVAILABLE', 'LEDGER_TOUCHED'])

/** Troubles that pass with the file open: reading goes on, and a test write tells when writing does. */
const PASSING: ReadonlySet<string> = new Set(['LEDGER_FULL', 'LEDGER_BUSY'])

/** The part of the engine in the worker thread: the open file, its queue, and its return after a failure. */
export class SqliteHost {
  readonly #settings: WorkerSettings
  readonly #definition: EngineDefinition
  readonly #say: (message: FromWorker) => void
  readonly #ballast: Ballast
  readonly #anchor: Anchor
  readonly #backoff: Backoff
  readonly #idle: NodeJS.Timeout
  #writes: Call[] = []
  #reads: Call[] = []
  #open: OpenFile | undefined
  #trouble: LedgerError | undefined = ledgerError('LEDGER_UNAVAILABLE')
  #retry: NodeJS.Timeout | undefined
  #anchoring: NodeJS.Timeout | undefined
  #opening: Promise<void> | undefined
  #copying: Promise<void> = Promise.resolve()
  #mistrust = false
  #wasOpen = false
  #scheduled = false
  #commits = 0
  #commitsAtLastIdle = 0
  readonly #stop = new AbortController()

  constructor(
    settings: WorkerSettings,
    definition: EngineDefinition,
    say: (message: FromWorker) => void,
  ) {
    this.#settings = settings
    this.#definition = definition
    this.#say = say
    this.#ballast = new Ballast(`${settings.file}.ballast`, settings.ballastBytes)
    this.#anchor = new Anchor(settings.anchor)
    this.#backoff = new Backoff(settings.backoff)
    this.#idle = setInterval(() => void this.#whenIdle(), settings.idleMs)
  }

  /** Opens the file, again and again until it works. */
  open(): void {
    this.#opening = this.#tryToOpen().finally(() => (this.#opening = undefined))
  }

  take(calls: readonly Call[]): void {
    for (const call of calls) (call.mode === 'read' ? this.#reads : this.#writes).push(call)
    this.#schedule()
  }

  /** Says that the file is still the one that was opened, for questions that are asked of it elsewhere. */
  look(ids: readonly number[]): void {
    const open = this.#open
    try {
      if (!open) throw this.#trouble ?? CLOSED
      open.guard.assertUntouched()
      this.#say({ type: 'seen', ids, file: { path: open.file, identity: open.guard.identity } })
    } catch (thrown) {
      const error = fileError(thrown)
      this.#say({ type: 'unseen', ids, error: toPlain(error) })
      if (open) this.#fails(error)
    }
  }

  /** Opens the file anew, which checks it. */
  doubt(error: PlainError): void {
    if (!this.#open) return
    this.#mistrust = true
    this.#fails(fromPlain(error) as LedgerError)
  }

  /** One copy after the other. */
  backup(id: number, target: string): void {
    this.#copying = this.#copying
      .then(() => this.#copy(target))
      .then(
        () => this.#say({ type: 'backup', id }),
        (error: unknown) => this.#say({ type: 'backup', id, error: toPlain(fileError(error)) }),
      )
  }

  /** Runs what is queued, then lets go of the file. */
  async close(): Promise<void> {
    this.#stop.abort(CLOSED)
    clearInterval(this.#idle)
    clearTimeout(this.#retry)
    await this.#opening
    await this.#copying
    while (this.#writes.length + this.#reads.length > 0) this.#turn()
    clearTimeout(this.#anchoring)
    await this.#writeAnchor()
    this.#anchor.close()
    this.#letGo()
  }

  async #tryToOpen(): Promise<void> {
    try {
      const { signal } = this.#stop
      const open = await openFile(this.#settings.file, this.#definition, {
        mistrust: this.#mistrust,
        mustExist: this.#wasOpen,
        anchor: this.#anchor,
        onProgress: (progress) => this.#say({ type: 'migrating', progress }),
        signal,
      })
      this.#open = open
      this.#mistrust = false
      this.#wasOpen = true
      this.#works()
      const noAnchor = (await this.#writeAnchor()) ? [] : [NO_ANCHOR]
      const warnings = [...open.report.warnings, ...noAnchor]
      this.#say({ type: 'ready', report: { ...open.report, warnings } })
      void this.#ballast.fill()
    } catch (thrown) {
      const error = fileError(thrown)
      // A migration or the opening itself may need the room; there is more of it at the next attempt.
      if (error.code === 'LEDGER_FULL') this.#ballast.release()
      this.#fails(error)
    }
  }

  #works(): void {
    this.#trouble = undefined
    this.#backoff.reset()
  }

  /** Turns everything away until writing works again. */
  #fails(error: LedgerError): void {
    this.#trouble = error
    const reopen = !PASSING.has(error.code)
    if (reopen) {
      this.#mistrust ||= MISTRUSTED.has(error.code)
      this.#letGo()
    }
    this.#say({ type: 'failing', error: toPlain(error), readable: this.#open !== undefined })
    clearTimeout(this.#retry)
    if (this.#stop.signal.aborted) return
    this.#retry = setTimeout(() => (this.#open ? this.#probe() : this.open()), this.#backoff.next())
  }

  #probe(): void {
    const open = this.#open!
    try {
      testWrite(open, this.#trouble?.code === 'LEDGER_FULL')
      this.#works()
      this.#say({ type: 'ready', report: open.report })
    } catch (error) {
      this.#fails(fileError(error))
    }
  }

  #letGo(): void {
    const open = this.#open
    this.#open = undefined
    try {
      open?.close()
    } catch {
      // A file that cannot be closed in order is as after a crash, and is treated so when it is opened again.
      this.#mistrust = true
    }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // After all messages that have come in by now: they share the next transaction.
    setImmediate(() => {
      this.#scheduled = false
      this.#turn()
      if (this.#writes.length + this.#reads.length > 0) this.#schedule()
    })
  }

  /** One batch of writes, then one read. */
  #turn(): void {
    const batch = this.#writes.splice(0, MOST_IN_A_BATCH)
    if (batch.length > 0) this.#settle(this.#write(batch))
    const call = this.#reads.shift()
    if (call) this.#settle([this.#read(call)])
  }

  #write(batch: readonly Call[]): readonly Settled[] {
    if (!this.#open || this.#trouble) return allFailed(batch, this.#trouble ?? CLOSED)
    try {
      return this.#commit(this.#open, batch)
    } catch (thrown) {
      const error = fileError(thrown)
      this.#fails(error.cause instanceof LedgerError ? error.cause : error)
      // An I/O error can come after the disk has it.
      return allFailed(batch, error.code === 'LEDGER_UNAVAILABLE' ? asUnknown(error) : error)
    }
  }

  #commit(open: OpenFile, batch: readonly Call[]): readonly Settled[] {
    const { writer, guard } = open
    guard.assertUntouched()
    const commit = () => commitBatch(writer, this.#definition, batch)
    try {
      return this.#committed(open, commit())
    } catch (thrown) {
      if (fileError(thrown).code !== 'LEDGER_FULL' || !this.#ballast.release()) throw thrown
      return this.#committed(open, commit())
    }
  }

  #committed(open: OpenFile, settled: readonly Settled[]): readonly Settled[] {
    this.#commits++
    try {
      open.guard.assertKept()
      this.#anchor.mark(open.place())
    } catch (error) {
      // It may be in a file that nobody will ever read.
      throw asUnknown(fileError(error))
    }
    this.#anchoring ??= setTimeout(() => void this.#writeAnchor(), ANCHOR_MS)
    return settled
  }

  /** False when it could not be written; the ledger works without it. */
  async #writeAnchor(): Promise<boolean> {
    this.#anchoring = undefined
    if (!this.#open) return true
    try {
      await this.#anchor.write(this.#open.state())
      return true
    } catch {
      return false
    }
  }

  #read(call: Call): Settled {
    const open = this.#open
    if (!open) return { id: call.id, error: this.#trouble ?? CLOSED }
    try {
      return readOne(open.reader, this.#definition, call)
    } catch (thrown) {
      const error = fileError(thrown)
      this.#fails(error)
      return { id: call.id, error }
    }
  }

  #settle(settled: readonly Settled[]): void {
    const plain = settled.map((one): PlainSettled =>
      'error' in one ? { id: one.id, error: toPlain(one.error) } : one,
    )
    this.#say({ type: 'settled', commits: this.#commits, settled: plain })
  }

  async #copy(target: string): Promise<void> {
    if (!this.#open) throw this.#trouble ?? CLOSED
    await saveCopy(this.#open.writer, target, this.#stop.signal)
  }

  /** Work that can wait: gives room back to the disk, and takes the ballast back. */
  async #whenIdle(): Promise<void> {
    const idle = this.#commits === this.#commitsAtLastIdle
    this.#commitsAtLastIdle = this.#commits
    if (!idle || !this.#open || this.#trouble) return
    try {
      giveBackPages(this.#open)
    } catch (error) {
      this.#fails(fileError(error))
      return
    }
    await this.#ballast.fill()
  }
}

const CLOSED = ledgerError('LEDGER_CLOSED')

function allFailed(batch: readonly Call[], error: LedgerError): readonly Settled[] {
  return batch.map(({ id }) => ({ id, error }))
}
