import { hash, timingSafeEqual } from 'node:crypto'
import { isBlank, type FeedbackHeader } from '../messages/index.js'

/** A licence that was issued to an application (document 5.2, Header). */
export interface Licence {
  readonly application: string
  readonly licence: string
}

/**
 * Who may send feedback. An application may hold several licences at once, so that they can be exchanged.
 */
export class Licences {
  readonly #issued: readonly { readonly application: Buffer; readonly licence: Buffer }[]

  constructor(issued: readonly Licence[]) {
    this.#issued = issued
      .filter(({ application, licence }) => !isBlank(application) && !isBlank(licence))
      .map(({ application, licence }) => ({
        application: digest(application),
        licence: digest(licence),
      }))
  }

  get size(): number {
    return this.#issued.length
  }

  /** Whether the header's application holds its licence. Takes the same time whatever is wrong. */
  accepts(header: Partial<FeedbackHeader>): boolean {
    const application = digest(header.Application ?? '')
    const licence = digest(header.License ?? '')
    let accepted = false
    // Every licence is compared, so that the time tells neither which application exists nor how near a guess was.
    for (const issued of this.#issued) {
      const same = timingSafeEqual(issued.application, application)
      const right = timingSafeEqual(issued.licence, licence)
      accepted = (same && right) || accepted
    }
    return accepted
  }
}

/** Digests are compared because timingSafeEqual wants equal lengths, and a length tells something too. */
const digest = (text: string): Buffer => hash('sha256', text.trim(), 'buffer')
