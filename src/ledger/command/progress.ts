import type { Writable } from 'node:stream'
import type { MoveProgress } from '../transfer/index.js'
import type { Texts } from './texts.js'

/** Each percent once: over one another on a terminal, in tens and in lines of their own elsewhere. */
export class Progress {
  readonly #out: Writable
  readonly #texts: Texts
  readonly #terminal: boolean
  #last = ''

  constructor(out: Writable, texts: Texts) {
    this.#out = out
    this.#texts = texts
    this.#terminal = 'isTTY' in out && out.isTTY === true
  }

  show({ phase, table, rows, total }: MoveProgress): void {
    const percent = Math.floor((rows / Math.max(total, 1)) * 100)
    const step = `${phase} ${this.#terminal ? percent : Math.floor(percent / 10)}`
    if (step === this.#last) return
    this.#last = step
    const say = phase === 'copy' ? this.#texts.copying : this.#texts.checking
    const line = say(percent, rows, total, table)
    this.#out.write(this.#terminal ? `\r\u001b[K${line}` : `${line}\n`)
  }

  end(): void {
    if (this.#terminal && this.#last !== '') this.#out.write('\n')
  }
}
