/* The figures of the closed loop, counted one by one from what has happened. */

export interface LoggedContent {
  readonly start: number
  /** When somebody received it first, by our clock and as the feedback said; null = nobody has. */
  received: { readonly at: number; readonly saidAt: number; readonly isOther: boolean } | null
  processed: number | null
}

export interface LoggedAlert {
  readonly setAt: number | null
  readonly discipline: 'radiology' | 'ultrasound' | 'other'
  readonly contents: LoggedContent[]
  isCancelled: boolean
  pages: number
}

const MINUTE = 60_000

type Share = readonly [numerator: number, denominator: number]

export function countFigures(
  alerts: readonly LoggedAlert[],
  limits: { readonly receivedMs: number; readonly processedMs: number },
): Readonly<Record<string, Share>> {
  const valid = alerts.filter(({ isCancelled }) => !isCancelled)
  const contents = valid.flatMap((alert) =>
    alert.contents.map((one, n) => ({ ...one, isLast: n === alert.contents.length - 1 })),
  )
  const toReceive = contents.filter(({ received, processed, isLast, start }) =>
    received ? received.at >= start : processed === null && isLast,
  )
  const toProcess = contents.filter(({ processed, isLast, start }) =>
    processed === null ? isLast : processed >= start,
  )
  return {
    'RQI-RCV-04': national(
      valid.filter((one) => one.discipline === 'radiology'),
      true,
    ),
    'US-CV-01': national(
      valid.filter((one) => one.discipline === 'ultrasound'),
      false,
    ),
    receivedOnTime: [
      toReceive.filter((one) => one.received && one.received.at - one.start <= limits.receivedMs)
        .length,
      toReceive.length,
    ],
    processedOnTime: [
      toProcess.filter(
        (one) => one.processed !== null && one.processed - one.start <= limits.processedMs,
      ).length,
      toProcess.length,
    ],
    closedLoop: [
      valid.filter(({ contents: all }) => all.at(-1)?.processed !== null).length,
      valid.length,
    ],
    pagesPerValue: [valid.reduce((n, { pages }) => n + pages, 0), valid.length],
  }
}

function national(alerts: readonly LoggedAlert[], wantsBoth: boolean): Share {
  let inTime = 0
  let all = 0
  for (const { contents, setAt } of alerts) {
    const opened = contents[0]!.start
    const start = setAt !== null && setAt < opened ? setAt : opened
    const first = contents.find(
      ({ received, processed }) => received !== null || processed !== null,
    )
    if (first && first.received === null) continue
    if (first?.received && first.received.at < start) continue
    all++
    if (!first?.received) continue
    const { at, saidAt, isOther } = first.received
    const isPossible = saidAt >= start - 5 * MINUTE && saidAt <= at + 5 * MINUTE
    const took = isPossible ? Math.min(saidAt, at) - start : at - start
    if (took <= 10 * MINUTE && (isOther || !wantsBoth)) inTime++
  }
  return [inTime, all]
}
