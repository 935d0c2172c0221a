import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Recorded, RecorderOrder } from './recorder.js'

/** The recorder, seen from the test. */
export class RecorderProcess {
  readonly url: string
  readonly #child: ChildProcess
  readonly #file: string

  private constructor(child: ChildProcess, file: string, port: number) {
    this.#child = child
    this.#file = file
    this.url = `http://127.0.0.1:${port}/pacs`
  }

  static async start(folder: string, seed: number): Promise<RecorderProcess> {
    const file = path.join(folder, 'recorded.jsonl')
    writeFileSync(file, '')
    const child = fork(path.join(__dirname, 'recorder.js'), [file, String(seed)])
    const [port] = (await once(child, 'message')) as [number]
    return new RecorderProcess(child, file, port)
  }

  tell(order: RecorderOrder): void {
    this.#child.send(order)
  }

  /** All that it took over, in that order. */
  recorded(): readonly Recorded[] {
    const lines = readFileSync(this.#file, 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as Recorded)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.tell('stop')
    await ended
  }
}
