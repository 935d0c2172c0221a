import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** The server's clock minus ours, in ms: a workstation that is wrong by minutes must not show another time left. */
let skewMs = 0

/** Takes the server's clock over. @param serverNow epoch ms */
export function setClock(serverNow: number): void {
  skewMs = serverNow - Date.now()
}

/** Epoch ms by the server's clock. */
export const clockNow = (): number => Date.now() + skewMs

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** Calls back at every second. @returns the end of it */
export function everySecond(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    for (const one of listeners) one()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** Minutes that a zone such as `+08:00` is ahead of UTC. */
export function zoneMinutes(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  if (sign === undefined) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** Shows instants (epoch ms) in the zone of the hospital, whatever the zone of the workstation. */
export class Times {
  readonly #zone: string
  readonly #offsetMs: number

  constructor(zone: string) {
    this.#zone = zone
    this.#offsetMs = zoneMinutes(zone) * MINUTE_MS
  }

  #text(at: number): string {
    return new Date(at + this.#offsetMs).toISOString()
  }

  /** As in `2026-01-31`. */
  day(at: number): string {
    return this.#text(at).slice(0, 10)
  }

  /** As in `16:33`. */
  minute(at: number): string {
    return this.#text(at).slice(11, 16)
  }

  /** As in `16:33:27`. */
  second(at: number): string {
    return this.#text(at).slice(11, 19)
  }

  /** As in `01-31 16:33`; only the time where it is of the same day as `now`. */
  short(at: number, now: number): string {
    return this.day(at) === this.day(now)
      ? this.minute(at)
      : `${this.day(at).slice(5)} ${this.minute(at)}`
  }

  /** As in `16:33:27`, or `01-31 16:33:27` where it is not of the same day as `now`. */
  moment(at: number, now: number): string {
    return this.day(at) === this.day(now)
      ? this.second(at)
      : `${this.day(at).slice(5)} ${this.second(at)}`
  }

  /** As in `2026-01-31 16:33:27`. */
  whole(at: number): string {
    return `${this.day(at)} ${this.second(at)}`
  }

  /** For `<input type="datetime-local">`. */
  field(at: number): string {
    return this.#text(at).slice(0, 16)
  }

  /** ISO 8601 with offset, from what such a field holds. */
  iso(field: string): string {
    return `${field.length === 16 ? `${field}:00` : field}${this.#zone}`
  }
}

export const TimesContext = createContext(new Times('+08:00'))
export const useTimes = (): Times => useContext(TimesContext)

/** The first day of the month of a day, and the day some days before it, as in `2026-01-31`. */
export const firstOfMonth = (day: string): string => `${day.slice(0, 8)}01`
export const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00Z`) - days * DAY_MS).toISOString().slice(0, 10)

const two = (n: number): string => String(n).padStart(2, '0')

/** A duration as in `4:10`, `1:04:10` or `3 d 4 h`, without its sign. */
export function durationText(
  ms: number,
  units: { readonly d: string; readonly h: string },
): string {
  const whole = Math.floor(Math.abs(ms) / 1000)
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  if (h >= 48) return `${Math.floor(h / 24)}${units.d}${h % 24}${units.h}`
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}
