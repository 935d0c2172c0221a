import { seeded } from '../crash/random.js'
import { TraceRun, type Ground, type Tally } from './model-run.js'
import { printed, traceOf, type Trace } from './model-trace.js'
import { TraceEngine } from './trace-engine.js'

/** Noon of a day on which nothing else happens. */
const START = Date.UTC(2026, 5, 15, 4)

/** A ledger in memory that is empty again for each trace. */
export class EmptyLedgers {
  readonly #engine = new TraceEngine()

  next(): Ground {
    const engine = this.#engine
    engine.startAnew()
    engine.now = START
    return {
      engine,
      system: 'site',
      isAlone: true,
      now: () => engine.now,
      wait: (ms) => {
        engine.now += ms
        return true
      },
    }
  }
}

/** Plays the trace of each seed; what fails is thrown as the shortest trace that was found to fail. */
export async function tryTraces(
  seeds: Iterable<number>,
  next: (seed: number) => Ground,
  tally: Tally = new Map(),
): Promise<Tally> {
  for (const seed of seeds) {
    const trace = traceOf(seeded(seed))
    const error = await failureOf(next(seed), trace, tally)
    if (!error) continue
    const least = await shrunk(trace, () => next(seed))
    const last = (await failureOf(next(seed), least, new Map())) ?? error
    throw new Error(`seed ${seed}: ${last.message}\n${printed(least)}`, { cause: last })
  }
  return tally
}

async function failureOf(ground: Ground, trace: Trace, tally: Tally): Promise<Error | null> {
  try {
    await new TraceRun(ground, trace, tally).play()
    return null
  } catch (error) {
    return error as Error
  }
}

/** Leaves out as much as can be left out of a trace that fails. */
async function shrunk(trace: Trace, next: () => Ground): Promise<Trace> {
  let least = trace
  for (let part = Math.ceil(least.steps.length / 2); part >= 1;) {
    let isLess = false
    for (let from = 0; from < least.steps.length; from += part) {
      const steps = least.steps.toSpliced(from, part)
      if (!(await failureOf(next(), { ...least, steps }, new Map()))) continue
      least = { ...least, steps }
      isLess = true
      from -= part
    }
    if (!isLess) part = part === 1 ? 0 : Math.ceil(part / 2)
  }
  return least
}
