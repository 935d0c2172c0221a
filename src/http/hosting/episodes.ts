import type { Trouble } from './hosted.js'
import { startTimer, type StartTimer } from '../timers.js'

/** After how long what was counted is told; doubled for as long as an episode goes on. */
export const FIRST_COUNT_MS = 60_000
/** An episode is over when there was none of its kind for so long, and what is counted is told at least so often. */
export const EPISODE_MS = 3_600_000
const MAX_EPISODES = 1_000

/** Troubles that a caller who may not come in can cause at will, or that are told elsewhere too: told once, then counted. */
const TOLD_ONCE: ReadonlySet<string> = new Set([
  'CALLER_REFUSED',
  'CREDENTIAL_MISSING',
  'CREDENTIAL_REFUSED',
  'CLIENT_CERTIFICATE',
  'TLS_HANDSHAKE',
  'LICENCE_REFUSED',
  'LICENCE_EXPIRED',
  'FRONT_BUSY',
  'LEDGER_NEARLY_FULL',
])

/** Trouble that harms nobody and may go on for ever, such as a monitor that looks at a wrong path: one trace is enough. */
const NEVER_COUNTED: ReadonlySet<string> = new Set([
  'HTTP_UNREADABLE',
  'PATH_UNKNOWN',
  'METHOD_REFUSED',
])

/**
 * Everything else is told one by one, for there may be evidence in it, but not without end: a ledger that fails
 * for an hour would raise thousands of alarms. None is silent, for those beyond are told by their number.
 */
export const MAX_TOLD = 100

interface Episode {
  told: number
  /** Since the last time something was told. */
  kept: number
  last: Trouble
  lastAt: number
  countMs: number
}

/**
 * Tells troubles so that a flood of them is one alarm with a count, however it is paced: the first of a caller's kind
 * is told at once, those that follow are counted, and told as one now and then, until there was none for an hour.
 */
export class Episodes {
  readonly #tell: (trouble: Trouble) => void
  readonly #startTimer: StartTimer
  readonly #now: () => number
  readonly #episodes = new Map<string, Episode>()

  /** @param now a clock in ms that is not set */
  constructor(
    tell: (trouble: Trouble) => void,
    start: StartTimer = startTimer,
    now: () => number = () => performance.now(),
  ) {
    this.#tell = tell
    this.#startTimer = start
    this.#now = now
  }

  get size(): number {
    return this.#episodes.size
  }

  add(trouble: Trouble): void {
    const { code, remoteAddress } = trouble
    let key = `${code} ${remoteAddress}`
    // Many addresses at once are one episode too.
    if (!this.#episodes.has(key) && this.#episodes.size >= MAX_EPISODES) key = code
    // The bytes are not kept along: they may be many, and the caller was told that they were refused.
    const last = { ...trouble, raw: undefined }
    const lastAt = this.#now()
    const episode = this.#episodes.get(key)
    if (!episode) {
      const begun = { told: 1, kept: 0, last, lastAt, countMs: FIRST_COUNT_MS }
      this.#episodes.set(key, begun)
      this.#lookAfter(FIRST_COUNT_MS, key, begun)
      this.#tell(trouble)
      return
    }
    episode.lastAt = lastAt
    if (episode.told < limitOf(code)) {
      episode.told++
      this.#tell(trouble)
    } else if (!NEVER_COUNTED.has(code)) {
      episode.kept++
      episode.last = last
    }
  }

  #lookAfter(ms: number, key: string, episode: Episode): void {
    this.#startTimer(() => {
      const { kept, last } = episode
      if (kept > 0) {
        episode.kept = 0
        episode.countMs = Math.min(EPISODE_MS, episode.countMs * 2)
        this.#lookAfter(episode.countMs, key, episode)
        this.#tell({ ...last, count: kept, reason: counted(last, kept) })
        return
      }
      const leftMs = episode.lastAt + EPISODE_MS - this.#now()
      if (leftMs > 0) this.#lookAfter(Math.min(leftMs, episode.countMs), key, episode)
      else this.#episodes.delete(key)
    }, ms)
  }
}

const limitOf = (code: string): number =>
  TOLD_ONCE.has(code) || NEVER_COUNTED.has(code) ? 1 : MAX_TOLD

const counted = ({ reason }: Trouble, count: number): Trouble['reason'] => ({
  zh: `${reason.zh}（此后又发生 ${count} 次，未逐一报告）`,
  en: `${reason.en} (${count} more since, not reported one by one)`,
})
