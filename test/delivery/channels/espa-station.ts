import type { Duplex } from 'node:stream'

export interface EspaCallSeen {
  readonly header: string
  readonly records: Readonly<Record<string, string>>
}

type State = 'neutral' | 'selecting' | 'slave'

/**
 * A paging system written from the proposal for ESPA 4.4.4: a slave station on a line that others poll, which is
 * selected by its address and ENQ, acknowledges blocks whose parity is even, and is released by EOT.
 */
export class EspaStation {
  readonly calls: EspaCallSeen[] = []
  /** Blocks that came, whole ones and damaged ones. */
  blocks = 0
  address = '2'
  /** Its answers to its selection and to a block; undefined = as the proposal says, null = nothing. */
  insteadOfReady: () => string | null | undefined = () => undefined
  instead: (count: number) => string | null | undefined = () => undefined
  #state: State = 'neutral'
  #bytes: number[] = []

  data(bytes: Buffer, line: Pick<Duplex, 'write'>): void {
    for (const byte of bytes) {
      const answer = this.#take(byte)
      if (answer !== null) line.write(Buffer.from(answer, 'latin1'))
    }
  }

  #take(byte: number): string | null {
    // Within a block the check character may look like a control character.
    if (this.#state === 'slave' && this.#bytes[0] === 0x01) return this.#block(byte)
    if (byte === 0x04) {
      this.#state = 'neutral'
      this.#bytes = []
      return null
    }
    this.#bytes.push(byte)
    if (this.#state === 'slave' || byte !== 0x05) return null
    const address = String.fromCharCode(...this.#bytes.slice(0, -1))
    this.#bytes = []
    // The first enquiry polls a station, which becomes temporary master; the second selects its slave.
    if (this.#state === 'neutral') {
      this.#state = 'selecting'
      return null
    }
    if (address !== this.address) {
      this.#state = 'neutral'
      return null
    }
    this.#state = 'slave'
    const other = this.insteadOfReady()
    return other === undefined ? '\x06' : other
  }

  #block(byte: number): string | null {
    this.#bytes.push(byte)
    const end = this.#bytes.indexOf(0x03)
    if (end < 0 || this.#bytes.length < end + 2) return null
    const block = this.#bytes
    this.#bytes = []
    this.blocks++
    const other = this.instead(this.blocks)
    if (other !== undefined) return other
    let parity = 0
    for (const one of block.slice(1)) parity ^= one
    if (parity !== 0) return '1\x15'
    const [header = '', body = ''] = Buffer.from(block.slice(1, end))
      .toString('latin1')
      .split('\x02')
    const records = body.split('\x1e').map((record) => record.split('\x1f'))
    this.calls.push({ header, records: Object.fromEntries(records) as Record<string, string> })
    return '\x06'
  }
}
