import { hash, timingSafeEqual } from 'node:crypto'
import { isBlank, type FeedbackHeader } from '../../messages/index.js'

/** The application of a licence that any application may show. */
export const ANY_APPLICATION = '*'

/** A licence that was issued to an application (document 5.2, Header). */
export interface Licence {
  /** Its name, or `ANY_APPLICATION`. */
  readonly application: string
  readonly licence: string
  /** From when it counts, in ms since the epoch; undefined = at once. */
  readonly from?: number | undefined
  /** Up to when; undefined = for ever. */
  readonly until?: number | undefined
}

/** `early` and `expired`: the right one, but not at this time. */
export type LicenceVerdict = 'right' | 'wrong' | 'early' | 'expired'

interface Issued {
  readonly digest: Buffer
  readonly name: string
  readonly from: number
  readonly until: number
}

/**
 * The licences that let callers send feedback. An application may hold several licences at once, so that they can be exchanged.
 */
export class Licences {
  readonly #issued: readonly Issued[]
  /** Headers that were right, so that not each call pays for a digest. A map compares hashes first, so it tells nothing. */
  readonly #met = new Map<string, readonly Issued[]>()
  readonly #hasAny: boolean

  constructor(issued: readonly Licence[]) {
    this.#issued = issued
      .filter(({ application, licence }) => !isBlank(application) && !isBlank(licence))
      .map(({ application, licence, from = -Infinity, until = Infinity }) => ({
        digest: digestOf(application, licence),
        name: application.trim(),
        from,
        until,
      }))
    this.#hasAny = this.#issued.some(({ name }) => name === ANY_APPLICATION)
  }

  get size(): number {
    return this.#issued.length
  }

  /** Judges the application and licence of a header. Takes the same time whatever is wrong. */
  check(header: Partial<FeedbackHeader>, nowMs: number): LicenceVerdict {
    const application = header.Application ?? ''
    const licence = header.License ?? ''
    // The length parts the two beyond doubt.
    const shown = `${application.length} ${application}${licence}`
    let same = this.#met.get(shown)
    if (!same) {
      same = this.#issuedAs(application, licence)
      if (same.length > 0 && this.#met.size < MOST_MET) this.#met.set(shown, same)
    }
    let verdict: LicenceVerdict = 'wrong'
    for (const issued of same) {
      // The same licence may stand there twice, as when its time is made longer.
      if (verdict !== 'right') verdict = timeliness(issued, nowMs)
    }
    return verdict
  }

  /** Every licence is compared, so that the time tells neither which application exists nor how near a guess was. */
  #issuedAs(application: string, licence: string): readonly Issued[] {
    const digest = digestOf(application, licence)
    const any = this.#hasAny ? digestOf(ANY_APPLICATION, licence) : digest
    return this.#issued.filter((issued) =>
      timingSafeEqual(issued.digest, issued.name === ANY_APPLICATION ? any : digest),
    )
  }

  accepts(header: Partial<FeedbackHeader>, nowMs: number = Date.now()): boolean {
    return this.check(header, nowMs) === 'right'
  }

  /** Applications whose last licence runs out within a time, or has: nobody of theirs gets in after that. */
  ending(nowMs: number, withinMs: number): readonly string[] {
    const last = new Map<string, number>()
    for (const { name, until } of this.#issued) {
      last.set(name, Math.max(until, last.get(name) ?? -Infinity))
    }
    return [...last].filter(([, until]) => until <= nowMs + withinMs).map(([name]) => name)
  }
}

/** Ways to write those that are issued, by the white space around them, and by application where any may show one. */
const MOST_MET = 100

const timeliness = ({ from, until }: Issued, nowMs: number): LicenceVerdict =>
  nowMs < from ? 'early' : nowMs >= until ? 'expired' : 'right'

/** Digests are compared because timingSafeEqual wants equal lengths, and a length tells something too. */
const digestOf = (application: string, licence: string): Buffer =>
  hash('sha256', JSON.stringify([application.trim(), licence.trim()]), 'buffer')
