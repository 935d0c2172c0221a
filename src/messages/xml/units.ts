import { endianness } from 'node:os'

/** UTF-16 code units that the grammar of XML names; tsc writes the numbers into the code that uses them. */
export const enum Unit {
  Tab = 0x09,
  LineFeed = 0x0a,
  CarriageReturn = 0x0d,
  Space = 0x20,
  Bang = 0x21,
  DoubleQuote = 0x22,
  Hash = 0x23,
  Ampersand = 0x26,
  Quote = 0x27,
  Dash = 0x2d,
  Slash = 0x2f,
  Zero = 0x30,
  Nine = 0x39,
  Colon = 0x3a,
  Semicolon = 0x3b,
  Less = 0x3c,
  Equals = 0x3d,
  Greater = 0x3e,
  Question = 0x3f,
  CloseBracket = 0x5d,
  LowerA = 0x61,
  LowerF = 0x66,
  LowerX = 0x78,
}

/** Room for the units of a usual document, kept from one document to the next; a larger one brings its own. */
const KEPT_UNITS = 1 << 16

/**
 * The code units of one text in an array, which V8 reads without asking at each unit how the string is stored.
 * Behind the last unit stands a 0. It is no character of XML, so every loop over characters stops there and none
 * has to compare its index with the length.
 */
export class UnitBuffer {
  array = new Uint16Array(KEPT_UNITS)
  readonly #isLittleEndian: boolean
  #bytes = Buffer.from(this.array.buffer)
  #length = 0

  /** @param isLittleEndian whether the bytes of a unit stand in the array as they do in `utf16le` */
  constructor(isLittleEndian = endianness() === 'LE') {
    this.#isLittleEndian = isLittleEndian
  }

  fill(text: string): void {
    const { length } = text
    if (length >= this.array.length) this.#resize(length + 1)
    this.#length = length
    if (this.#isLittleEndian) this.#bytes.write(text, 0, length * 2, 'utf16le')
    else for (let i = 0; i < length; i++) this.array[i] = text.charCodeAt(i)
    this.array[length] = 0
  }

  /** The text of some of the units as they stand in the array now. */
  text(from: number, to: number): string {
    if (this.#isLittleEndian) return this.#bytes.toString('utf16le', from * 2, to * 2)
    let text = ''
    for (let i = from; i < to; i++) text += String.fromCharCode(this.array[i]!)
    return text
  }

  /** Forgets the text, so that no patient's data stays in memory for longer than it is read. */
  clear(): void {
    if (this.array.length > KEPT_UNITS) this.#resize(KEPT_UNITS)
    else this.array.fill(0, 0, this.#length)
    this.#length = 0
  }

  #resize(units: number): void {
    this.array = new Uint16Array(units)
    this.#bytes = Buffer.from(this.array.buffer)
  }
}
