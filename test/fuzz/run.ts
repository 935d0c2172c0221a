import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Case } from './corpus.js'
import type { Finding } from './engine.js'

export interface RunOptions {
  readonly seed: number
  readonly start: readonly Case[]
  readonly guided: boolean
  readonly only?: readonly string[]
  /** How many cases in all; default is no limit. */
  readonly cases?: number
  /** For how long; default is no limit. */
  readonly milliseconds?: number
}

export interface WorkerOptions extends RunOptions {
  /** Two numbers: how many cases have been shown, and how many bytes the last one has. */
  readonly beat: SharedArrayBuffer
  readonly shown: SharedArrayBuffer
}

export interface Progress {
  readonly cases: number
  readonly blocks: number
  readonly corpus: number
}

export type FromWorker =
  | ({ readonly kind: 'progress' } & Progress)
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'done'; readonly corpus: readonly Case[] }

export interface RunResult extends Progress {
  readonly findings: readonly Finding[]
  readonly inputs: readonly Case[]
}

/** A case that takes so long never ends, for whoever waits for an answer. */
const HANG_MS = 5000
const SHOWN_BYTES = 1 << 20

/**
 * Fuzzes in a thread of its own, which is watched: a case that hangs ends the run and is its last finding.
 */
export async function fuzz(
  options: RunOptions,
  onProgress: (progress: Progress) => void = () => {},
  onFinding: (finding: Finding) => void = () => {},
): Promise<RunResult> {
  const beat = new SharedArrayBuffer(8)
  const shown = new SharedArrayBuffer(SHOWN_BYTES)
  const workerData: WorkerOptions = { ...options, beat, shown }
  const worker = new Worker(join(__dirname, 'worker.js'), { workerData })
  const findings: Finding[] = []
  let inputs: readonly Case[] = []
  let progress: Progress = { cases: 0, blocks: 0, corpus: 0 }
  const found = (finding: Finding): void => {
    // What has crossed between threads is a plain array of bytes.
    const whole = { ...finding, bytes: Buffer.from(finding.bytes) }
    findings.push(whole)
    onFinding(whole)
  }
  let lastBeat = -1
  let hangs = 0
  const watch = setInterval(() => {
    const [now = 0, length = 0] = new Int32Array(beat)
    if (now !== lastBeat) hangs = 0
    // Twice in a row, since the machine may have stood still and not the case.
    else if (++hangs === 2 && now > 0) {
      const text = Buffer.from(shown).subarray(0, length)
      const end = text.indexOf('\n')
      const bytes = Buffer.from(text.subarray(end + 1))
      found({ target: text.toString('utf8', 0, end), bytes, message: `hangs for ${HANG_MS} ms` })
      void worker.terminate()
    }
    lastBeat = now
  }, HANG_MS)
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'finding') found(message.finding)
        else if (message.kind === 'done') {
          inputs = message.corpus.map(({ target, bytes }) => ({
            target,
            bytes: Buffer.from(bytes),
          }))
        } else {
          progress = message
          onProgress(message)
        }
      })
      worker.on('error', reject)
      worker.on('exit', () => resolve())
    })
  } finally {
    clearInterval(watch)
  }
  const { cases, blocks, corpus } = progress
  return { cases, blocks, corpus, findings, inputs }
}
