import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, realpathSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { Context } from 'mocha'
import { ROOT } from '../support/node-red.js'

/** What machine.c can be told, in the order in which it reads it. Errors are numbers of errno.h; 0: none. */
const ORDERS = ['flushMs', 'writeError', 'flushError', 'readError', 'clockMs'] as const

export type Orders = Readonly<Partial<Record<(typeof ORDERS)[number], number>>>

export const EIO = 5

const SOURCE = path.join(ROOT, 'test', 'power', 'machine.c')

let library: string | undefined

/** Compiles machine.c, once. Skips the suite where there is no compiler; in CI there must be one. */
export function needMachine(context: Context): void {
  if (library !== undefined) return
  const folder = path.join(ROOT, '.run')
  mkdirSync(folder, { recursive: true })
  const made = path.join(folder, 'machine.so')
  const options = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror']
  const { status, stderr } = spawnSync('gcc', [...options, '-o', made, SOURCE, '-pthread'], {
    encoding: 'utf8',
  })
  if (status === 0) {
    library = made
    return
  }
  const reason = stderr || 'there is no gcc (Debian: gcc libc6-dev), or this is not Linux'
  if (process.env['CRISIS_CI'] === '1' || stderr) throw new Error(reason)
  console.log(`      skipped: ${reason}`)
  context.skip()
}

/** The machine that a process runs on: what happens to its files below one folder, and what time it is. */
export class Machine {
  /** For the environment of the process. */
  readonly env: Readonly<Record<string, string>>
  readonly #orders: number

  /** @param diary where to note what happens to the files */
  constructor(options: { readonly folder: string; readonly orders: string; diary?: string }) {
    if (library === undefined) throw new Error('needMachine comes first')
    this.#orders = openSync(options.orders, 'w')
    this.order({})
    this.env = {
      LD_PRELOAD: library,
      MACHINE_FOLDER: realpathSync(options.folder),
      MACHINE_ORDERS: options.orders,
      ...(options.diary !== undefined && { MACHINE_DIARY: options.diary }),
    }
  }

  /** Holds from now on, also for what is running; what is not said is as on a good machine. */
  order(orders: Orders): void {
    const numbers = BigInt64Array.from(ORDERS, (name) => BigInt(orders[name] ?? 0))
    writeSync(this.#orders, new Uint8Array(numbers.buffer), 0, numbers.byteLength, 0)
  }

  close(): void {
    closeSync(this.#orders)
  }
}
