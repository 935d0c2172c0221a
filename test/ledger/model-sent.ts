import type { Finding } from './model-finding.js'

/*
 * The critical values of one exam on their way to one peer, as the reading has them: in order, one at a time, each
 * again until it is delivered or a person has decided, and none after its correction.
 */

export interface SentValue {
  /** The ledger's number for it. */
  readonly id: number
  readonly document: string
  readonly finding: Finding
  /** Place of its content, which is also what its flow was handed. */
  readonly content: number
  readonly topic: string
  /** `returned`: it was on the wire when it was cancelled, and came back. */
  state: 'ready' | 'leased' | 'done' | 'held' | 'dead' | 'returned' | 'ended'
  attempts: number
  isCancelled: boolean
}

export type SentOutcome = `${string} ${'done' | 'dead' | 'held' | 'cancelled'}`

export class ModelSent {
  values: SentValue[] = []
  readonly delivered: SentValue[] = []

  #standing(finding: Finding): readonly SentValue[] {
    return this.values.filter(
      (one) => one.finding === finding && ['ready', 'leased', 'done'].includes(one.state),
    )
  }

  /** Of a value that a flow was handed again: what stands of it, or after it. */
  before(finding: Finding, content: number): SentValue | 'overtaken' | null {
    const standing = this.#standing(finding)
    const same = standing.find((one) => one.content === content)
    if (same) return same
    return standing.some((one) => isLater(one.content, content, finding)) ? 'overtaken' : null
  }

  add(id: number, document: string, finding: Finding, content: number, topic: string): void {
    const state = 'ready'
    const value = { id, document, finding, content, topic, state, attempts: 0, isCancelled: false }
    this.values.push(value as SentValue)
  }

  /** The one that goes next, when none is on the wire. */
  next(): SentValue | null {
    const first = this.values.find(({ state }) => state === 'ready' || state === 'leased')
    return first?.state === 'ready' ? first : null
  }

  /** Taken by an instance that has not sent it. */
  giveBack(value: SentValue, isTried: boolean): void {
    value.state = value.isCancelled ? 'returned' : 'ready'
    if (!isTried) value.attempts--
  }

  conclude(value: SentValue, state: 'done' | 'ready' | 'held' | 'dead'): readonly SentOutcome[] {
    // What a peer refuses of a value that is void needs nobody, and must not be sent again.
    if (value.isCancelled && state !== 'done') {
      value.state = 'ended'
      return [`${value.topic} cancelled`]
    }
    value.state = state
    if (state === 'ready') return []
    const { finding } = value
    for (const one of this.#deadBefore(value)) {
      const isOvertaken = one.content !== finding.current || one.content === value.content
      if (one.document === value.document || (state === 'done' && isOvertaken)) one.state = 'ended'
    }
    if (state === 'done') {
      this.delivered.push(value)
      const isMore = this.values.some(
        (one) =>
          one.finding === finding &&
          one.id > value.id &&
          !one.isCancelled &&
          ['ready', 'leased', 'held', 'dead'].includes(one.state),
      )
      const isStored = finding.said.length === 0 && !finding.isCancelled
      if (!isMore && isStored && finding.current === value.content) finding.isNotified = true
    }
    return [`${value.topic} ${state}`]
  }

  #deadBefore({ id, finding }: SentValue): readonly SentValue[] {
    return this.values.filter(
      (one) =>
        one.finding === finding && one.id < id && (one.state === 'dead' || one.state === 'held'),
    )
  }

  dead(): readonly SentValue[] {
    return this.values.filter(({ state }) => state === 'dead' || state === 'held')
  }

  /**
   * What was taken back while it was on the wire ends.
   * @param isOld what waits is too old to be sent by itself
   */
  expire(isOld: boolean): readonly SentOutcome[] {
    const outcomes: SentOutcome[] = []
    for (const one of this.values) {
      if (one.state === 'returned') {
        one.state = 'ended'
        outcomes.push(`${one.topic} cancelled`)
      }
      if (one.state !== 'ready' || !isOld) continue
      one.state = 'dead'
      outcomes.push(`${one.topic} dead`)
    }
    return outcomes
  }

  /** A person has decided that it is not sent; null when it cannot be done. */
  giveUp(value: SentValue): readonly SentOutcome[] | null {
    const before = value.state
    if (!['ready', 'returned', 'held', 'dead'].includes(before)) return null
    value.state = 'ended'
    // Of a dead letter the flow was told before.
    return before === 'ready' || before === 'returned' ? [`${value.topic} cancelled`] : []
  }

  /** A person has a dead letter sent again. @returns false when something later has overtaken it */
  replay(value: SentValue): boolean {
    const { finding } = value
    const later = this.#standing(finding).filter(({ id }) => id > value.id)
    const isCurrent = value.content === finding.current
    value.state = 'ended'
    return !later.some((one) => !isCurrent || one.content === value.content)
  }

  /** The finding is void: its flows are told, also of what was delivered last. */
  cancel(finding: Finding): readonly SentOutcome[] {
    const own = this.values.filter((one) => one.finding === finding && one.state !== 'ended')
    const last = own.at(-1)
    const outcomes: SentOutcome[] = []
    for (const one of own) {
      if (one.state === 'leased') {
        one.isCancelled = true
        continue
      }
      const isKnown = one.state === 'held' || one.state === 'dead' || one.state === 'done'
      if (one === last || !isKnown) outcomes.push(`${one.topic} cancelled`)
      if (one.state !== 'done') one.state = 'ended'
    }
    return outcomes
  }

  /** Retention has removed what is done with, of findings that are closed. */
  prune(isClosed: (finding: Finding) => boolean): void {
    this.values = this.values.filter(
      ({ state, finding }) => !(['done', 'ended'].includes(state) && isClosed(finding)),
    )
  }
}

/** The content that counts is the latest; then the one that was set later; then the one that came later. */
function isLater(one: number, other: number, { contents, current }: Finding): boolean {
  if (other === current) return false
  if (one === current) return true
  const [a, b] = [contents[one]!.setMs, contents[other]!.setMs]
  return a !== null && b !== null && a !== b ? a > b : one > other
}
