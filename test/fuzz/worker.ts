import { parentPort, workerData } from 'node:worker_threads'
import type { Case } from './corpus.js'
import { Fuzzer } from './engine.js'
import type { FromWorker, WorkerOptions } from './run.js'

if (!parentPort) throw new Error('this file is a worker')
const port = parentPort

/** Runs a fuzzer where it can hang without holding up the one who watches it. */
async function work(options: WorkerOptions): Promise<void> {
  const tell = (message: FromWorker): void => port.postMessage(message)
  const beat = new Int32Array(options.beat)
  const shown = Buffer.from(options.shown)
  const start = options.start.map(({ target, bytes }) => ({ target, bytes: Buffer.from(bytes) }))
  const fuzzer = new Fuzzer({
    ...options,
    start,
    onCase: (one) => show(one, shown, beat),
    onFinding: (finding) => tell({ kind: 'finding', finding }),
  })
  await fuzzer.replay()
  const until = options.milliseconds === undefined ? Infinity : Date.now() + options.milliseconds
  let nextTold = 0
  const report = (): void =>
    tell({
      kind: 'progress',
      cases: fuzzer.cases,
      blocks: fuzzer.blocks,
      corpus: fuzzer.corpus.length,
    })
  while (fuzzer.cases < (options.cases ?? Infinity) && Date.now() < until) {
    await fuzzer.step()
    if (Date.now() < nextTold) continue
    nextTold = Date.now() + 1000
    report()
  }
  report()
  tell({ kind: 'done', corpus: fuzzer.corpus })
  fuzzer.close()
}

/** Leaves the case where it can be seen although this thread never comes back from it. */
function show({ target, bytes }: Case, shown: Buffer, beat: Int32Array): void {
  const name = Buffer.from(`${target}\n`)
  const length = name.copy(shown) + bytes.copy(shown, name.length)
  Atomics.store(beat, 1, length)
  Atomics.add(beat, 0, 1)
}

// Most cases end with an error, and nobody reads where it was made.
Error.stackTraceLimit = 0
void work(workerData as WorkerOptions)
