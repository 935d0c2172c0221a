import type { Socket } from 'node:net'
import type { Device } from './line-rig.js'

type Step = 'id' | 'logon' | 'block' | 'over'

/**
 * A paging terminal written from TAP version 1.8 (February 1997): it waits for CR, asks `ID=`, takes an automatic
 * logon, says go ahead, checks each block by the sum of section 5, and answers with message sequences of appendix A.
 */
export class TapTerminal implements Device {
  readonly pages: { readonly pager: string; readonly message: string }[] = []
  readonly blocks: number[] = []
  pagers: ReadonlySet<string> = new Set(['123', '456'])
  password = ''
  /** Of revision 1.6 and later; older terminals send no response codes. */
  hasCodes = true
  /** Sets the parity bit of what it sends. */
  hasParity = false
  /** CRs that it does not hear. */
  deafTo = 0
  /** Takes the place of the answer to a block; null = nothing. */
  instead: (block: string, count: number) => string | null | undefined = () => undefined
  insteadOfLogon: (count: number) => string | null | undefined = () => undefined
  goodbye: string | null = '115 Thank you for calling\r\x1b\x04\r'

  #step: Step = 'id'
  #text = ''
  #fields = ''
  #logons = 0

  connected(): void {
    this.#step = 'id'
    this.#text = ''
    this.#fields = ''
    this.#logons = 0
  }

  data(bytes: Buffer, socket: Socket): void {
    for (const byte of bytes) {
      this.#text += String.fromCharCode(byte & 0x7f)
      const answer = this.#take()
      if (answer !== null) this.#say(answer, socket)
    }
  }

  #say(text: string, socket: Socket): void {
    const bytes = Buffer.from(text, 'latin1')
    socket.write(this.hasParity ? Buffer.from(bytes.map(withEvenParity)) : bytes)
  }

  #take(): string | null {
    if (!this.#text.endsWith('\r')) return null
    const isBlock = this.#text.startsWith('\x02')
    // Fields end by CR too: a block is whole with its checksum.
    if (this.#step === 'block' && isBlock && !/[\x03\x17\x1f][0-?]{3}\r$/.test(this.#text))
      return null
    const line = this.#text
    this.#text = ''
    switch (this.#step) {
      case 'id':
        if (this.deafTo-- > 0) return null
        this.#step = 'logon'
        return 'ID='
      case 'logon':
        return this.#logon(line)
      case 'block':
        return line === '\x04\r' ? this.#end() : this.#block(line)
      case 'over':
        return null
    }
  }

  #logon(line: string): string | null {
    const other = this.insteadOfLogon(this.#logons++)
    if (other !== undefined) return other
    // A CR that comes late asks for ID= once more.
    if (line === '\r') return 'ID='
    if (line !== `\x1bPG1${this.password}\r`) {
      this.#step = 'over'
      return this.#sequence('509 Invalid password') + '\x1b\x04\r'
    }
    this.#step = 'block'
    return `${this.#sequence('110 1.8')}${this.#sequence('114 Welcome')}\x06\r\x1b[p\r`
  }

  #block(line: string): string | null {
    this.blocks.push(line.length)
    const other = this.instead(line, this.blocks.length)
    if (other !== undefined) return other
    const [, info = '', end = '', sum = ''] =
      /^\x02(.*)([\x03\x17\x1f])([0-?]{3})\r$/s.exec(line) ?? []
    if (info.length > 250 || line.length > 257) return `${this.#sequence('515 Too long')}\x1e\r`
    let total = 0
    for (const character of line.slice(0, -4)) total += character.charCodeAt(0)
    const wanted = [total >> 8, total >> 4, total].map((part) => '0123456789:;<=>?'[part & 15])
    if (sum !== wanted.join('')) return `${this.#sequence('514 Checksum error')}\x15\r`
    this.#fields += info
    if (end !== '\x03') return `${this.#sequence('111 Go on')}\x06\r`
    const [pager = '', message = ''] = this.#fields.split('\r')
    this.#fields = ''
    if (!this.pagers.has(pager)) return `${this.#sequence('511 Invalid Pager ID')}\x1e\r`
    this.pages.push({ pager, message })
    return `${this.#sequence('211 Page accepted')}\x06\r`
  }

  #end(): string | null {
    this.#step = 'over'
    return this.goodbye
  }

  #sequence(text: string): string {
    return `${this.hasCodes ? text : text.slice(4)}\r`
  }
}

function withEvenParity(byte: number): number {
  let ones = 0
  for (let bit = 0; bit < 7; bit++) ones += (byte >> bit) & 1
  return ones % 2 === 1 ? byte | 0x80 : byte
}
