import {
  documentText,
  findingText,
  forget,
  isClosed,
  isSamePerson,
  isSameWord,
  isUnnamed,
  keyText,
  levelOf,
  MINUTE_MS,
  newFinding,
  partText,
  trim,
  type Arrived,
  type Content,
  type Feedback,
  type Finding,
  type MaySay,
  type Mode,
  type SpokenOf,
  type Telling,
  type Word,
} from './model-finding.js'

/*
 * One exam as the reading has it (A13 to A28 and section 2), in plain data: slow, obvious, and without a look at the
 * code that it is compared with. It says what each event comes to, what a flow is handed, and what a PACS may be told.
 */

/** Clocks may differ by five minutes (reading section 2). */
const TOLERANCE_MS = 5 * MINUTE_MS
/** Feedback may overtake its critical value by ten minutes (reading section 2). */
const OVERTAKES_MS = 10 * MINUTE_MS

interface Heard {
  readonly feedback: Feedback
  isMatched: boolean
  at: number
}

export class ModelExam {
  findings: Finding[] = []
  readonly tellings: Telling[] = []
  heard: Heard[] = []
  /** Told of an exam that is not known here. */
  unknown: Telling[] = []
  /** What might have been said, since it last became somebody else's or nobody's. */
  mightSay: MaySay[] = []
  epoch = 0

  constructor(readonly mode: Mode) {}

  get live(): readonly Finding[] {
    return this.findings.filter(({ isCancelled }) => !isCancelled)
  }

  get isHeld(): boolean {
    return this.live.some(({ isHeld }) => isHeld)
  }

  /** How far all findings have come (A19). */
  get level(): number {
    return Math.min(2, ...this.live.map(levelOf))
  }

  /** A critical value arrives (section 2: re-send, revision, second finding, re-send after closing). */
  arrive(content: Content, at: number): Arrived {
    const named = this.findings.find(({ contents }) =>
      contents.some((one) => keyText(one) === keyText(content)),
    )
    const same = this.findings.findLast(
      (finding) =>
        !isUnnamed(content) &&
        !isClosed(finding) &&
        findingText(finding.contents[finding.current]!) === findingText(content),
    )
    const finding = named ?? same
    const nothing = { late: false, earlier: false, wrongPatient: false }
    if (!finding) {
      const wrongPatient = this.#meetPatient(content)
      const isAllClosed = this.findings.every(isClosed)
      const fresh = newFinding(content, at)
      this.findings.push(fresh)
      if (isAllClosed) this.#leaveBehind(fresh)
      if (wrongPatient) this.#hold()
      this.change()
      return { ...nothing, kind: 'new', finding: fresh, content: 0, wrongPatient }
    }
    const known = finding.contents.findLastIndex(
      (one) => documentText(one) === documentText(content),
    )
    if (known >= 0) {
      const isLate = isClosed(finding)
      const isEarlier = known !== finding.current
      return {
        ...nothing,
        kind: 'resend',
        finding,
        content: known,
        late: isLate,
        earlier: isEarlier,
      }
    }
    const before = finding.contents[finding.current]!.setMs
    const isEarlier = before !== null && content.setMs !== null && content.setMs < before
    const wrongPatient = this.#meetPatient(content)
    finding.contents.push(content)
    const place = finding.contents.length - 1
    if (isEarlier) {
      finding.patient ||= trim(content.crisis.SickNo)
      if (wrongPatient) this.#hold()
      this.change()
      return { ...nothing, kind: 'outOfOrder', finding, content: place, wrongPatient }
    }
    this.#count(finding, place, wrongPatient, at)
    if (wrongPatient) this.#hold()
    this.change()
    return { ...nothing, kind: 'revision', finding, content: place, wrongPatient }
  }

  /** People choose a content; it counts as a correction does. */
  choose(finding: Finding, place: number, at: number): void {
    const after = trim(finding.contents[place]!.crisis.SickNo)
    const isOther = after !== '' && finding.patient !== '' && after !== finding.patient
    this.#count(finding, place, isOther, at)
    this.change()
  }

  /** People have found that it is none. */
  cancel(finding: Finding): void {
    finding.isCancelled = true
    finding.isHeld = false
    forget(finding)
    this.#void(finding)
    this.change()
  }

  /** Two people have found out who the patient is. */
  lift(): void {
    for (const finding of this.findings) finding.isHeld = false
    this.change()
  }

  /** Retention has removed findings, with what was said of them. */
  forgetPruned(isKept: (finding: Finding) => boolean): void {
    this.findings = this.findings.filter(isKept)
    if (this.findings.length === 0) this.heard = this.heard.filter(({ isMatched }) => !isMatched)
    this.change()
  }

  /** Feedback comes in by a service of ours (section 2, server side). */
  hear(feedback: Feedback, at: number): 'new' | 'duplicate' | 'orphan' {
    const before = this.heard.findLast(
      (one) => JSON.stringify(one.feedback.document) === JSON.stringify(feedback.document),
    )
    if (before?.isMatched) return 'duplicate'
    if (this.findings.length === 0) {
      if (before) before.at = at
      else this.heard.push({ feedback, isMatched: false, at })
      return 'orphan'
    }
    this.heard.push({ feedback, isMatched: true, at })
    for (const { finding, words } of this.#openFirst(this.#spokenOf(feedback.words)))
      this.#acknowledge(finding, words)
    this.noteMaySay()
    return 'new'
  }

  /** Feedback that overtook its critical value finds it. */
  rematch(finding: Finding, at: number): readonly Feedback[] {
    const found = this.heard.filter((one) => !one.isMatched && one.at >= at - OVERTAKES_MS)
    for (const one of found) {
      one.isMatched = true
      this.#acknowledge(finding, one.feedback.words)
    }
    this.noteMaySay()
    return found.map(({ feedback }) => feedback)
  }

  /**
   * A flow says something for the PACS.
   * @param about the finding that it names; undefined = the exam; null = one that is not of this exam
   * @param content place of the content that it was handed; undefined = it does not say
   * @returns why it is not to be sent, or what is
   */
  tell(
    id: string,
    { document, words }: Feedback,
    about: Finding | null | undefined,
    content: number | undefined,
  ): Telling | 'unknownAlert' | 'cancelled' | 'revised' {
    const telling = (findings: readonly Finding[]): Telling => ({
      id,
      feedback: document,
      about: findings.map((finding) => ({ finding, since: finding.since, isVoid: false })),
      parts: {
        received: partText(document, 'received'),
        processed: partText(document, 'processed'),
      },
      epoch: this.epoch,
      state: 'open',
      isClosed: false,
    })
    if (this.findings.length === 0) return this.#keep(telling([]))
    if (about === null) return 'unknownAlert'
    if (about?.isCancelled || this.live.length === 0) return 'cancelled'
    const spoken = about ? [{ finding: about, words }] : this.#spokenOf(words)
    if (spoken.length === 0) return 'unknownAlert'
    const counting = spoken.filter(({ finding, words: own }) => {
      if (content !== undefined && content !== finding.current) return false
      return this.#acknowledge(finding, own)
    })
    this.noteMaySay()
    if (counting.length === 0) return 'revised'
    return this.#keep(telling(counting.map(({ finding }) => finding)))
  }

  #keep(telling: Telling): Telling {
    this.tellings.push(telling)
    for (const { finding } of telling.about) {
      // Of what was closed when another finding came nothing is told of that one, whenever it is said.
      const isPast = finding.past.length > 0
      ;(isPast ? finding.past : finding.told).push(telling)
    }
    if (telling.about.length === 0) this.unknown.push(telling)
    this.noteMaySay()
    return telling
  }

  /**
   * What a PACS may be told now: what flows have said of contents that count, as far as the exam has come (A19, A20),
   * and nothing while it is not known who the patient is.
   * @param ofUnknown also what was told before the exam was known here
   * @param repeats what is still to be said of a finding repeats what was said of it before another one came
   */
  maySay({ ofUnknown = true, repeats = false } = {}): MaySay {
    if (this.isHeld) return { received: new Set(), processed: new Set() }
    const isWaiting = (telling: Telling) => telling.state === 'open' || telling.state === 'dead'
    const told = this.live.flatMap((finding) => [
      ...finding.told,
      ...(repeats && finding.past.some(isWaiting) ? finding.past : finding.past.filter(isWaiting)),
    ])
    // There is nothing here that it could have to wait for.
    const unknown = this.unknown.filter(
      (one) => this.findings.length === 0 || (ofUnknown && isWaiting(one)),
    )
    const level = this.mode === 'perAlert' ? 2 : this.level
    const parts = (stage: Word['stage'], least: number): ReadonlySet<string> => {
      const all = level < least ? unknown : [...unknown, ...told]
      return new Set(all.map((one) => one.parts[stage]).filter((text) => text !== ''))
    }
    return { received: parts('received', 1), processed: parts('processed', 2) }
  }

  noteMaySay(): void {
    this.mightSay.push(this.maySay({ repeats: true }))
  }

  /** The findings are no longer what they were. */
  change(): void {
    this.epoch++
    this.noteMaySay()
  }

  /** Feedback waits for something but the peer. */
  mustWait({ parts, about }: Telling): boolean {
    if (this.isHeld) return true
    const isOver = ({ finding, since }: SpokenOf) => finding.isCancelled || since !== finding.since
    if (about.length > 0 && about.every(isOver)) return false
    if (this.mode === 'perAlert') return false
    const isKnown = about.length > 0 || this.findings.length > 0
    if (isKnown && this.level < (parts.processed === '' ? 1 : 2)) return true
    if (this.mode !== 'combinedOnly') return false
    return (isKnown && this.level < 2) || this.maySay().processed.size === 0
  }

  /** What was true of the content before does not hold of this one: an old acknowledgement does not carry over. */
  #count(finding: Finding, place: number, isOtherPatient: boolean, at: number): void {
    finding.current = place
    finding.patient = trim(finding.contents[place]!.crisis.SickNo) || finding.patient
    finding.since = at
    finding.isCorrected = true
    finding.isCancelled = false
    finding.isNotified = false
    finding.isReported = false
    finding.saidBefore.push(...finding.said)
    finding.said = []
    forget(finding)
    if (isOtherPatient) this.#void(finding)
  }

  /** What was told of it must not be told any more, whoever sends it. */
  #void(finding: Finding): void {
    for (const one of this.tellings.flatMap(({ about }) => about)) {
      if (one.finding === finding) one.isVoid = true
    }
    const left = (texts: ReadonlySet<string>) =>
      new Set([...texts].filter((text) => !this.isVoid(text)))
    this.mightSay = this.mightSay.map(({ received, processed }) => ({
      received: left(received),
      processed: left(processed),
    }))
  }

  /** A part of a document that speaks of nothing but what is void. */
  isVoid(text: string): boolean {
    const told = this.tellings.filter(({ parts }) => Object.values(parts).includes(text))
    return told.every(({ about }) => about.length > 0 && about.every((one) => one.isVoid))
  }

  /** True when another patient's number was said of the exam. */
  #meetPatient({ crisis }: Content): boolean {
    const patient = trim(crisis.SickNo)
    if (patient === '') return false
    return this.live.some((finding) => finding.patient !== '' && finding.patient !== patient)
  }

  #hold(): void {
    for (const finding of this.live) finding.isHeld = true
  }

  #leaveBehind(fresh: Finding): void {
    for (const finding of this.findings) {
      if (finding === fresh) continue
      finding.past.push(...finding.told.splice(0))
    }
  }

  /** With several findings, those that were set before something was said of them (A19). */
  #spokenOf(
    words: readonly Word[],
  ): readonly { readonly finding: Finding; readonly words: readonly Word[] }[] {
    const all = this.live.length > 0 ? this.live : this.findings
    if (all.length < 2 || words.length === 0) return all.map((finding) => ({ finding, words }))
    const isSpokenOf = (finding: Finding, { at }: Word): boolean => {
      const begin = ({ contents, current, openedAt }: Finding) =>
        contents[current]!.setMs ?? openedAt
      // Whoever says the minute means all of it.
      const until = at % MINUTE_MS === 0 ? at + MINUTE_MS - 1 : at
      if (all.some((one) => begin(one) <= until)) return begin(finding) <= until
      return begin(finding) - TOLERANCE_MS <= at
    }
    return all
      .map((finding) => ({ finding, words: words.filter((word) => isSpokenOf(finding, word)) }))
      .filter((one) => one.words.length > 0)
  }

  #openFirst<T extends { readonly finding: Finding }>(spoken: readonly T[]): readonly T[] {
    const open = spoken.filter(({ finding }) => !isClosed(finding))
    return open.length > 0 ? open : spoken
  }

  /** @returns true when any of it counts for the content that there is now */
  #acknowledge(finding: Finding, words: readonly Word[]): boolean {
    if (finding.isCancelled) return false
    const counting = words.filter((word) => {
      const isRepeated = finding.saidBefore.some((one) => isSameWord(one, word))
      const isOld = finding.isCorrected && word.at < finding.since - TOLERANCE_MS
      return !isRepeated && !isOld
    })
    for (const word of counting) {
      const isKnown = finding.said.some((one) =>
        // The first receiver stays, and another one is added beside; results that differ are all kept.
        word.stage === 'received'
          ? one.stage === 'received' && isSamePerson(one.who, word.who)
          : isSameWord(one, word),
      )
      if (!isKnown) finding.said.push(word)
    }
    return counting.length > 0
  }
}
