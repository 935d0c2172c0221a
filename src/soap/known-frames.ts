import { textBetween, type XmlLimits } from '../messages/index.js'
import { envelopeLimits } from './envelope-reader.js'
import type { SoapCall } from './call.js'

/** An envelope that was read in full and taken, without the text of its argument. */
interface Frame {
  /** The envelope before that text, and behind it. */
  readonly head: string
  readonly tail: string
  /** As its reader was given them, and with what counts for an envelope where they leave it open. */
  readonly given: XmlLimits
  readonly limits: XmlLimits
  /** The call without its text. */
  readonly call: Omit<SoapCall, 'argument'>
}

export const MOST_FRAMES = 4
/** No toolkit writes as much around a document, in code units. */
export const MOST_FRAME_UNITS = 2_000
/** Once there are as many as may be, a new one is kept so often, so that a caller who makes them up costs no more. */
export const NEW_FRAME_MS = 1_000

/**
 * The envelopes of one address without their documents. A caller's toolkit writes the same head and tail around each
 * document, to the character. Where they are those of an envelope that was read in full, the new one is well-formed and
 * says the same if what stands between them is one text of XML; anything else is read in full.
 */
export class KnownFrames {
  readonly #frames: Frame[] = []
  readonly #now: () => number
  #keptAt = -Infinity

  /** @param now a clock that never goes back, in ms */
  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** The call in an envelope whose frame is known; undefined where the whole envelope has to be read. */
  read(xml: string, given: XmlLimits): SoapCall | undefined {
    const frame = this.#frames.find(
      (known) =>
        known.given === given &&
        xml.length >= known.head.length + known.tail.length &&
        xml.startsWith(known.head) &&
        xml.endsWith(known.tail),
    )
    if (!frame) return undefined
    const { head, tail, limits } = frame
    // A refusal has to name the place in the whole envelope, so it is left to reading that in full.
    const argument = textBetween(xml, head.length, xml.length - tail.length, limits)
    // A blank argument, or one that is escaped twice, is told in other words.
    return argument?.startsWith('<') ? { ...frame.call, argument } : undefined
  }

  /**
   * Keeps the frame of an envelope that was read in full.
   * @param from index of the text of its argument, its one text of the interface
   * @param to index behind that text
   */
  keep(xml: string, given: XmlLimits, from: number, to: number, call: SoapCall): void {
    if (from + xml.length - to > MOST_FRAME_UNITS) return
    if (this.#frames.length === MOST_FRAMES) {
      const now = this.#now()
      if (now - this.#keptAt < NEW_FRAME_MS) return
      this.#keptAt = now
      this.#frames.shift()
    }
    const { argument: _, ...rest } = call
    // A copy: a string cut out of a message would keep the whole message, and its patient, in memory.
    const copy = structuredClone({ head: xml.slice(0, from), tail: xml.slice(to), call: rest })
    this.#frames.push({ ...copy, given, limits: envelopeLimits(given) })
  }
}
