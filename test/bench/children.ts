import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { cpus } from 'node:os'
import path from 'node:path'
import { watch } from './cpu.js'

/** A child that answers one question at a time over IPC. */
export interface Child {
  readonly pid: number
  ask<Answer>(question: object): Promise<Answer>
  stop(): void
}

/** The side that is measured and the side that measures have a core each, where the machine has two. */
export type Core = 0 | 1

/** Without a core the system decides: for what has threads that are to run beside each other. */
export function startChild(
  file: string,
  args: readonly string[],
  core?: Core,
  flags: readonly string[] = [],
): Child {
  const child = fork(path.join(__dirname, file), args, {
    env: { ...process.env, NODE_ENV: 'production' },
    // For those who ask how much is left when the garbage is gone.
    execArgv: ['--expose-gc', ...flags],
  })
  const pid = child.pid ?? 0
  watch(pid)
  if (core !== undefined) pin(pid, core)
  return { pid, ask: (question) => ask(child, question), stop: () => void child.kill() }
}

/** Answers the questions of the parent. */
export function answerParent(answer: (question: never) => Promise<object>): void {
  process.on('message', (question) => {
    answer(question as never).then(
      (reply) => process.send?.(reply),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => process.exit(0))
}

/** Binds a process with all its threads to a core; without taskset the system decides. */
export function pin(pid: number, core: Core): boolean {
  if (cpus().length < 2) return false
  const result = spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], {
    stdio: 'ignore',
  })
  return result.status === 0
}

/**
 * Keeps the event loop of the side that is not measured from waiting. To wake a sleeping process costs its
 * waker as much as a whole bare answer, and no real counterpart, which is another machine, is woken so.
 */
export function stayAwake(): () => void {
  let awake = true
  const again = (): void => {
    if (awake) setImmediate(again)
  }
  again()
  return () => {
    awake = false
  }
}

function ask<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('a process of the bench ended by itself'))
    child.once('exit', ended)
    child.once('message', (answer) => {
      child.off('exit', ended)
      resolve(answer as Answer)
    })
    child.send(question)
  })
}
