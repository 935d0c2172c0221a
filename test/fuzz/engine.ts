import { seeded } from '../messages/support.js'
import { checkPrototypes } from './checks.js'
import { Choices, dice, type Dice } from './choices.js'
import type { Case } from './corpus.js'
import { Coverage } from './coverage.js'
import { inflate, mutate } from './mutate.js'
import { TARGETS, targetOf } from './targets/index.js'

export interface Finding extends Case {
  /** What did not hold. */
  readonly message: string
}

export interface FuzzOptions {
  readonly seed: number
  readonly start: readonly Case[]
  /** Whether inputs that reach code which none has reached are kept to start from. */
  readonly guided: boolean
  /** Names of targets; none = all. */
  readonly only?: readonly string[]
  /** Called before each run, so that somebody else can see on which one it hangs. */
  readonly onCase?: (one: Case) => void
  readonly onFinding?: (finding: Finding) => void
}

/** A measurement of coverage takes as long as several cases. */
const CASES_A_MEASUREMENT = 32
/** Beside others one now and then that repeats itself, which shows what is not linear. */
const LARGE_IN = 20
/** What is larger makes larger ones of all that come of it. */
const KEPT_BYTES = 1 << 12
const SHRINKING_RUNS = 3000

/** Makes inputs and runs them; the same options make the same inputs. */
export class Fuzzer {
  readonly corpus: Case[] = []
  readonly findings: Finding[] = []
  cases = 0
  readonly #coverage = new Coverage()
  readonly #dice: Dice
  readonly #known = new Set<string>()
  #batch: Case[] = []

  constructor(readonly options: FuzzOptions) {
    this.#dice = dice(seeded(options.seed))
    this.#coverage.start()
  }

  get blocks(): number {
    return this.#coverage.size
  }

  close(): void {
    this.#coverage.stop()
  }

  /** Runs what is kept from earlier. */
  async replay(): Promise<void> {
    for (const one of this.options.start) {
      await this.#try(one)
      this.#coverage.take()
      this.corpus.push(one)
    }
  }

  /** Runs one new case. */
  async step(): Promise<void> {
    const one = this.#next()
    await this.#try(one)
    this.#batch.push(one)
    if (this.#batch.length < CASES_A_MEASUREMENT) return
    const batch = this.#batch
    this.#batch = []
    const added = new Set(this.#coverage.take())
    if (added.size > 0 && this.options.guided) await this.#keep(batch, added)
  }

  /** Runs halves of them again, to see which of them reach what is new. */
  async #keep(batch: readonly Case[], added: ReadonlySet<string>): Promise<void> {
    const [one, ...others] = batch
    if (!one || added.size === 0) return
    if (others.length === 0) {
      if (one.bytes.length <= KEPT_BYTES) this.corpus.push(one)
      return
    }
    const first = batch.slice(0, batch.length >> 1)
    for (const each of first) await this.#run(each)
    const reached = new Set(this.#coverage.among(added))
    await this.#keep(first, reached)
    const rest = new Set([...added].filter((block) => !reached.has(block)))
    await this.#keep(batch.slice(first.length), rest)
  }

  #next(): Case {
    const { only } = this.options
    const targets = only ? only.map(targetOf) : TARGETS
    const target = targets[this.#dice.below(targets.length)]!
    const { name } = target
    const mine = this.corpus.filter((one) => one.target === name)
    if (mine.length < 4 || this.#dice.below(2) === 0) {
      const bytes = target.fresh(new Choices(this.#dice.bytes(64 + this.#dice.below(512))))
      // Once in a while as it is: what is honest must also be read.
      return { target: name, bytes: this.#dice.below(4) === 0 ? bytes : this.#mutant(bytes, mine) }
    }
    return { target: name, bytes: this.#mutant(this.#one(mine).bytes, mine) }
  }

  #mutant(bytes: Buffer, mine: readonly Case[]): Buffer {
    // Only what is read goes far enough to take long: it is not damaged besides. Small ones suffice for what takes
    // twice as long with each byte, large ones for squares.
    if (this.#dice.below(LARGE_IN) === 0) {
      return inflate(bytes, this.#dice, 1 << (5 + this.#dice.below(12)))
    }
    return mutate(bytes, mine.length === 0 ? bytes : this.#one(mine).bytes, this.#dice)
  }

  #one(cases: readonly Case[]): Case {
    return cases[this.#dice.below(cases.length)]!
  }

  async #try(one: Case): Promise<void> {
    this.cases++
    const message = await this.#run(one)
    if (message === undefined) return
    // The same fault is told once.
    const kind = `${one.target}: ${message}`
    if (this.#known.has(kind)) return
    this.#known.add(kind)
    const finding = { target: one.target, bytes: await this.#shrink(one, message), message }
    this.findings.push(finding)
    this.options.onFinding?.(finding)
  }

  async #run(one: Case): Promise<string | undefined> {
    this.options.onCase?.(one)
    return runCase(one)
  }

  /** Leaves out as much as can be left out while the same does not hold. */
  async #shrink({ target, bytes }: Case, message: string): Promise<Buffer> {
    let smallest = bytes
    let runs = 0
    for (let size = bytes.length >> 1; size > 0; size >>= 1) {
      for (let at = 0; at < smallest.length && runs < SHRINKING_RUNS;) {
        const less = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)])
        runs++
        if ((await this.#run({ target, bytes: less })) === message) smallest = less
        else at += size
      }
    }
    return smallest
  }
}

/** What does not hold for an input; undefined = all holds. */
export async function runCase(one: Case): Promise<string | undefined> {
  return (await run(one)) ?? messageOf(checkPrototypes)
}

async function run({ target, bytes }: Case): Promise<string | undefined> {
  try {
    await targetOf(target).run(bytes)
    return undefined
  } catch (thrown) {
    return describe(thrown)
  }
}

function messageOf(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (thrown) {
    return describe(thrown)
  }
}

/** Without the lines that differ from input to input. */
function describe(thrown: unknown): string {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
  return `${name}: ${message.split('\n', 1)[0]?.slice(0, 120)}`
}
