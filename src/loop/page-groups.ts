import { rateWaitMs, type RateRule } from './rate.js'

/*
 * Pages of one channel that are due: which of them go now, and which go together because of the channel's limit.
 */

/** A page as far as its turn depends on it. */
export interface DuePage {
  /** Pages with the same one may stand in one message; another person's may not. */
  readonly together: string
  /** The limit counts for each of these by itself; the same for all where it is one of the channel. */
  readonly counted: string
  readonly urgent: boolean
}

/** A message that a channel was given. */
export interface SentMessage {
  /** In epoch ms. */
  readonly at: number
  readonly counted: string
}

export interface PageTurns<T> {
  /** Messages that go now: most of one page, and one of several where no more than this one may go. */
  readonly groups: readonly (readonly T[])[]
  /** In how many ms the next of those that are left may go; null = none is left. */
  readonly againMs: number | null
}

/**
 * The turns of pages that are due, in their order. As long as the limit lets all go, each goes by itself. The last
 * message that it lets go takes all pages with it that would have to wait for the next, so that a flood calls people
 * late by no page.
 * @param most how many messages the instance can send now
 */
export function pageTurns<T extends DuePage>(
  pages: readonly T[],
  rule: RateRule | null,
  sent: readonly SentMessage[],
  now: number,
  most: number,
): PageTurns<T> {
  const groups: (readonly T[])[] = []
  const gone = [...sent]
  let left = pages
  let againMs: number | null = null
  const blocked = new Set<string>()
  while (left.length > 0 && groups.length < most) {
    const first = left.find(({ counted }) => !blocked.has(counted))
    if (!first) break
    const { counted } = first
    const wait = rule ? rateWaitMs(rule, timesOf(gone, counted), now, first.urgent) : 0
    if (wait > 0) {
      blocked.add(counted)
      againMs = Math.min(againMs ?? wait, wait)
      continue
    }
    gone.push({ at: now, counted })
    const waits = left.some((page) => page !== first && page.counted === counted)
    const isLast = rule !== null && waits && rateWaitMs(rule, timesOf(gone, counted), now, true) > 0
    const group = isLast ? left.filter(({ together }) => together === first.together) : [first]
    groups.push(group)
    left = left.filter((page) => !group.includes(page))
  }
  return { groups, againMs }
}

const timesOf = (sent: readonly SentMessage[], counted: string): readonly number[] =>
  sent.filter((one) => one.counted === counted).map(({ at }) => at)
