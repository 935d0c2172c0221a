import { seeded } from '../messages/support.js'
import { Choices, dice, type Dice } from './choices.js'
import { readCorpus } from './corpus.js'
import { mutate } from './mutate.js'
import { differenceIn, readByGate } from './oracles.js'
import { smallDocument } from './small-documents.js'
import { canBeAsked, differenceFromParsers, SystemParsers } from './system-parsers.js'
import { targetOf } from './targets/index.js'

/** Of these one is a whole document or envelope, or what is kept of them, damaged. */
const LARGE_IN = 64
const BATCH = 1000
const READERS = ['gate', 'documents', 'envelope'] as const

export interface Difference {
  readonly xml: string
  readonly message: string
}

export interface DifferentialResult {
  readonly cases: number
  /** How many of them are well-formed, so that text and tree were compared as well. */
  readonly accepted: number
  /** How many of them expat and libxml2 were asked about as well. */
  readonly asked: number
  readonly differences: readonly Difference[]
}

/** Compares the gate with that of version 0.1.0, the reference, expat and libxml2, batch by batch. */
export class Differential {
  readonly #dice: Dice
  readonly #large: readonly Buffer[]
  readonly #parsers = new SystemParsers()
  readonly #differences: Difference[] = []
  #cases = 0
  #asked = 0
  #accepted = 0

  constructor(
    seed: number,
    readonly onDifference: (difference: Difference) => void = () => {},
  ) {
    this.#dice = dice(seeded(seed))
    this.#large = readCorpus()
      .filter(({ target }) => (READERS as readonly string[]).includes(target))
      .map(({ bytes }) => bytes)
  }

  get result(): DifferentialResult {
    return {
      cases: this.#cases,
      accepted: this.#accepted,
      asked: this.#asked,
      differences: this.#differences,
    }
  }

  /** Runs as many cases as a batch has. The parsers of the system read them while the others do. */
  async step(): Promise<void> {
    const documents = Array.from({ length: BATCH }, () => this.#document())
    const askable = documents.filter(canBeAsked)
    const asking = this.#parsers.ask(askable)
    for (const xml of documents) {
      const gate = readByGate(xml)
      if (gate.root) this.#accepted++
      this.#note(xml, differenceIn(xml, gate))
    }
    const opinions = await asking
    for (const [index, opinion] of opinions?.entries() ?? []) {
      const xml = askable[index]!
      this.#note(xml, differenceFromParsers(xml, opinion))
    }
    this.#cases += documents.length
    this.#asked += opinions?.length ?? 0
  }

  close(): void {
    this.#parsers.close()
  }

  #note(xml: string, message: string | undefined): void {
    if (message === undefined) return
    this.#differences.push({ xml, message })
    this.onDifference({ xml, message })
  }

  #document(): string {
    const draw = this.#dice
    if (draw.below(LARGE_IN) > 0) return smallDocument(draw)
    const one = this.#large[draw.below(this.#large.length)]!
    if (draw.below(2) === 0) return mutate(one, one, draw).toString()
    const target = targetOf(READERS[draw.below(READERS.length)]!)
    return mutate(target.fresh(new Choices(draw.bytes(64 + draw.below(256)))), one, draw).toString()
  }
}
