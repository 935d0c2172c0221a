import type { Received } from './receiver.js'
import type { Counted } from './people.js'
import { ROLES, type Noted } from './words.js'

/** The ledger in the end. */
export interface LoopRows {
  readonly alerts: readonly { readonly id: number; readonly exam: string }[]
  readonly acts: readonly { readonly alert: number; readonly kind: string }[]
  /** Steps that have fired, by the audit; both count from 1. */
  readonly fired: readonly {
    readonly alert: number
    readonly step: number
    readonly round: number
    readonly at: number
  }[]
  readonly pages: readonly {
    readonly id: number
    readonly alert: number
    readonly state: string
    readonly title: string
    readonly until: string
  }[]
}

export interface LoopFacts {
  readonly stored: readonly string[]
  readonly counted: readonly Counted[]
  readonly received: readonly Received[]
  readonly noted: readonly Noted[]
  readonly rows: LoopRows
}

export interface LoopVerdict {
  /** Each a sentence; none = nothing was lost, doubled or sent too late. */
  readonly faults: readonly string[]
  readonly alerts: number
  readonly counted: number
  readonly atTheLastStep: number
  readonly pages: Readonly<Record<string, number>>
  /** Pages that a person had more than once, all marked as repeats. */
  readonly duplicates: number
  /** Pages made twice, because an instance stood still for longer than its lease. */
  readonly madeTwice: number
  /** Kills at each point. */
  readonly killed: ReadonlyMap<string, number>
}

const ENDED = ['accepted', 'failed', 'superseded']

/** Judges a run after everything that was under way has come to its end. */
export function judgeLoop({ stored, counted, received, noted, rows }: LoopFacts): LoopVerdict {
  const faults: string[] = []
  const examOf = new Map(rows.alerts.map(({ id, exam }) => [id, exam]))
  const known = new Set(examOf.values())
  const pagesBy = Map.groupBy(rows.pages, ({ title }) => title)
  const firedBy = Map.groupBy(rows.fired, ({ alert }) => alert)
  const actsBy = Map.groupBy(rows.acts, ({ alert }) => alert)

  for (const exam of stored) if (!known.has(exam)) faults.push(`${exam} was stored and is lost`)
  for (const { exam, act } of counted) {
    const acts = rows.acts.filter((one) => examOf.get(one.alert) === exam && one.kind === act)
    if (acts.length !== 1) faults.push(`${exam}: ${act} stands ${acts.length} times in the ledger`)
  }

  const answeredAt = (exam: string, acts: readonly string[]): number =>
    Math.min(
      ...counted.flatMap((one) =>
        one.exam === exam && acts.includes(one.act) ? [one.answeredAt] : [],
      ),
    )
  let atTheLastStep = 0
  for (const { id, exam } of rows.alerts) {
    const fired = firedBy.get(id) ?? []
    const acts = actsBy.get(id) ?? []
    const isProcessed = acts.some(({ kind }) => kind === 'processed')
    const isReceived = isProcessed || acts.some(({ kind }) => kind === 'received')
    if (fired.some(({ step }) => step === ROLES.length)) atTheLastStep++
    else if (!isProcessed) faults.push(`${exam} has not reached the last step`)
    for (const [n] of ROLES.entries()) {
      const rounds = fired.filter(({ step }) => step === n + 1)
      const isLast = n === ROLES.length - 1
      const isDue = isLast ? !isProcessed : !isReceived
      // By the clock of whoever was told that it counts: that of the ledger is read once for all that it does together.
      const endedAt = answeredAt(exam, isLast ? ['processed'] : ['received', 'processed'])
      if (isDue && rounds.length === 0) faults.push(`${exam}: step ${n + 1} is lost`)
      const numbers = rounds.map(({ round }) => round)
      if (new Set(numbers).size < numbers.length) faults.push(`${exam}: step ${n + 1} is doubled`)
      for (const { round, at } of rounds) {
        if (at > endedAt) {
          faults.push(`${exam}: step ${n + 1} has fired after its acknowledgement`)
        }
        const pages = pagesBy.get([exam, n + 1, round].join(' ')) ?? []
        if (isDue && pages.length === 0) faults.push(`${exam}: step ${n + 1} is not paged`)
      }
    }
  }

  const told = new Set(noted.flatMap((one) => (one.kind === 'paged' ? [one.page] : [])))
  const receivedBy = Map.groupBy(received, ({ name }) => name)
  for (const { id, title, state } of rows.pages) {
    if (!ENDED.includes(state)) faults.push(`the page ${title} has come to no end: ${state}`)
    else if (!told.has(id)) faults.push(`nobody was told how the page ${title} ended`)
    const isThere = receivedBy.get(title)?.some(({ isWhole }) => isWhole)
    if (state === 'accepted' && !isThere) faults.push(`the page ${title} was accepted by nobody`)
  }
  faults.push(...sentTooLate(rows, counted, noted, examOf))

  let duplicates = 0
  for (const [name, all] of receivedBy) {
    if (!pagesBy.has(name)) faults.push(`${name} was received and is no page`)
    duplicates += all.length - 1
    if (all.slice(1).some(({ isMarked }) => !isMarked)) faults.push(`${name} came twice unmarked`)
  }

  return {
    faults,
    alerts: rows.alerts.length,
    counted: counted.length,
    atTheLastStep,
    pages: countsOf(rows.pages.map(({ state }) => state)),
    duplicates,
    madeTwice: rows.pages.length - pagesBy.size,
    killed: new Map(
      Object.entries(countsOf(noted.flatMap((one) => (one.kind === 'killed' ? [one.at] : [])))),
    ),
  }
}

/** Pages that were taken for sending after whoever acknowledged had been told that it counts. */
function sentTooLate(
  { pages }: LoopRows,
  counted: readonly Counted[],
  noted: readonly Noted[],
  examOf: ReadonlyMap<number, string>,
): readonly string[] {
  const byId = new Map(pages.map((page) => [page.id, page]))
  return noted.flatMap((one) => {
    const page = one.kind === 'claimed' ? byId.get(one.page) : undefined
    if (one.kind !== 'claimed' || !page) return []
    const ends = page.until === 'received' ? ['received', 'processed'] : ['processed']
    const isLate = counted.some(
      ({ exam, act, answeredAt }) =>
        exam === examOf.get(page.alert) && ends.includes(act) && one.askedAt > answeredAt,
    )
    return isLate ? [`the page ${page.title} was sent after its acknowledgement`] : []
  })
}

const countsOf = (words: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]),
  )
