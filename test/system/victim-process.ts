import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

export const PATH = '/crisis'
export const GUARDED_PATH = '/guarded'
export const LICENCE = 'a-licence-long-enough'
export const TOKEN = 'a-token-long-enough'

export type Question = 'start' | 'measure' | 'redeploy'

/** What a question is answered by. */
export interface Told {
  readonly port: number
  /** Since the last question. */
  readonly cpuMs: number
  /** Above what the memory in use was after the last question. */
  readonly peakMb: number
  readonly heapMb: number
  /** What has been added to `Object.prototype`. */
  readonly polluted: readonly string[]
}

export interface Victim {
  readonly exitCode: () => number | null
  ask(question: Question): Promise<Told>
  stop(): void
}

/** Starts the process that is attacked. */
export function startVictim(): Victim {
  const child = fork(path.join(__dirname, 'victim.js'), {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  return {
    exitCode: () => child.exitCode,
    async ask(question) {
      const told = once(child, 'message')
      child.send(question)
      return ((await told) as [Told])[0]
    },
    stop: () => void child.kill(),
  }
}
