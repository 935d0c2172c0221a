import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { pause } from '../random.js'
import type { Kill, LoopSettings, Order, Request, Word } from './words.js'

/** One process of the loop after the other, each begun where the one before was killed. */
export class LoopInstance {
  readonly #settings: Omit<LoopSettings, 'instance'>
  readonly #name: string
  #lives = 0
  #child: ChildProcess | undefined
  #isReady = false
  #asked = 0
  #waiting = new Map<number, (why: string | null) => void>()

  constructor(name: string, settings: Omit<LoopSettings, 'instance'>) {
    this.#name = name
    this.#settings = settings
  }

  get isReady(): boolean {
    return this.#isReady
  }

  async start(): Promise<void> {
    const instance = `${this.#name}${++this.#lives}`
    const settings: LoopSettings = { ...this.#settings, instance }
    const child = fork(path.join(__dirname, 'process.js'), [JSON.stringify(settings)])
    this.#child = child
    const { promise: ready, resolve } = Promise.withResolvers<void>()
    child.on('message', (word: Word) => {
      if (word.kind === 'ready') resolve()
      else this.#answered(word.id, word.why)
    })
    child.once('exit', () => {
      this.#isReady = false
      for (const id of this.#waiting.keys()) this.#answered(id, 'failed')
    })
    await Promise.race([ready, once(child, 'exit')])
    if (child.signalCode !== null || child.exitCode !== null) throw new Error('it does not start')
    this.#isReady = true
  }

  /** Has it killed at a point, or wherever it is when it does not come to that in time. */
  async kill(kill: Kill, limitMs: number): Promise<void> {
    const child = this.#child
    if (!child) return
    const ended = once(child, 'exit')
    this.#tell({ kind: 'kill', kill })
    await Promise.race([ended, pause(limitMs)])
    child.kill('SIGKILL')
    await ended
  }

  /** @returns why it does not count; null = it does, `failed` = it is not known */
  ask(request: Request): Promise<string | null> {
    const id = ++this.#asked
    const { promise, resolve } = Promise.withResolvers<string | null>()
    this.#waiting.set(id, resolve)
    this.#tell({ kind: 'ask', id, request })
    return promise
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (!child || child.signalCode !== null || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  #tell(order: Order): void {
    // Of one that has just died its exit tells.
    this.#child?.send(order, () => undefined)
  }

  #answered(id: number, why: string | null): void {
    this.#waiting.get(id)?.(why)
    this.#waiting.delete(id)
  }
}
