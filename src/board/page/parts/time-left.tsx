import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { DueView, OpenRow } from '../../api.js'
import { clockNow, durationText, everySecond } from '../clock.js'
import { useSay, words, type Say } from '../language.js'
import { Icon, pathOf } from './icon.js'

const T = {
  d: words('天', ' d '),
  h: words('时', ' h'),
  left: words('剩', 'in'),
  over: words('超时', 'late'),
  received: words('待接收', 'to be received'),
  processed: words('待处理', 'to be processed'),
  step: words('第 {step} 步', 'step {step}'),
  none: words('无时限', 'no limit'),
}

/** The last third of a limit, and at least this much, calls for attention. */
const SOON_MS = 3 * 60_000

export type Urgency = 'overdue' | 'soon' | 'calm'

/** The urgency of an open exam: what the server says, or what the clock has done since. */
export function urgencyOf(
  row: Pick<OpenRow, 'isOverdue' | 'due' | 'openedAt'>,
  now: number,
): Urgency {
  const left = row.due === null ? Infinity : row.due.at - now
  if (row.isOverdue || left <= 0) return 'overdue'
  const third = row.due === null ? 0 : (row.due.at - row.openedAt) / 3
  return left <= Math.max(SOON_MS, third) ? 'soon' : 'calm'
}

export const durationOf = (say: Say, ms: number): string =>
  durationText(ms, { d: say(T.d), h: say(T.h) })

/** The thing that has to be done, and by which step of the plan. */
export const dueWords = (say: Say, due: DueView | null): string =>
  due === null
    ? say(T.none)
    : due.step === null
      ? say(T[due.until])
      : `${say(T[due.until])} · ${say(T.step, { step: due.step })}`

interface Props {
  readonly row: Pick<OpenRow, 'isOverdue' | 'due' | 'openedAt'>
}

/**
 * The time that is left, as large as it matters, with a word and a picture beside its colour. It moves by itself every
 * second without a rendering of the table.
 */
export function TimeLeft({ row }: Props): VNode {
  const say = useSay()
  const box = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    const draw = (): void => show(element, row, say)
    draw()
    return whileSeen(element, draw)
  })
  return (
    <span class="time-left" ref={box}>
      <span class="time-mark">
        <Icon name="clock" />
        <span class="time-word" />
        <span class="time-text" />
      </span>
      <span class="time-due">{dueWords(say, row.due)}</span>
    </span>
  )
}

/** The boxes on the screen with their drawing; those of a long list that are out of sight cost nothing. */
const seen = new Map<Element, () => void>()
const drawings = new WeakMap<Element, () => void>()
let watcher: IntersectionObserver | undefined
let isTicking = false

/** Draws a box at every second while it is on the screen, and when it comes there. @returns the end of it */
function whileSeen(element: Element, draw: () => void): () => void {
  watcher ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const drawing = isIntersecting ? drawings.get(target) : undefined
      if (!drawing) {
        seen.delete(target)
        continue
      }
      seen.set(target, drawing)
      drawing()
    }
  })
  if (!isTicking) {
    isTicking = true
    everySecond(() => {
      for (const drawing of seen.values()) drawing()
    })
  }
  drawings.set(element, draw)
  watcher.observe(element)
  return () => {
    drawings.delete(element)
    seen.delete(element)
    watcher?.unobserve(element)
  }
}

function show(box: HTMLSpanElement, row: Props['row'], say: Say): void {
  const now = clockNow()
  const urgency = urgencyOf(row, now)
  const left = row.due === null ? null : row.due.at - now
  const isLate = left !== null && left <= 0
  // An exam that was late once stays overdue while its next limit still runs.
  const word = isLate || left === null ? (urgency === 'overdue' ? T.over : null) : T.left
  put(box.querySelector('.time-word'), word ? say(word) : '')
  put(box.querySelector('.time-text'), left === null ? '–' : durationOf(say, left))
  if (box.dataset['urgency'] !== urgency) {
    box.dataset['urgency'] = urgency
    const icon = pathOf(urgency === 'overdue' ? 'alarm' : 'clock')
    box.querySelector('path')?.setAttribute('d', icon)
  }
  const whole = row.due === null ? 0 : row.due.at - row.openedAt
  const share = left === null || whole <= 0 ? 0 : Math.min(1, Math.max(0, 1 - left / whole))
  box.style.setProperty('--share', share.toFixed(2))
}

function put(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text
}
