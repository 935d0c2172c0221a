import type { Trouble } from './hosted.js'
import { startTimer, type StartTimer } from './timers.js'

/** After how long without one of its kind an episode is over; doubled for as long as it goes on. */
export const QUIET_MS = 60_000
const LONGEST_QUIET_MS = 3_600_000
const MAX_EPISODES = 1_000

/** What somebody who may not come in can cause at will, and what is told elsewhere too: told once, then counted. */
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
  quietMs: number
  stopTimer: () => void
}

/**
 * Tells troubles so that a flood of them is one alarm with a count: the first of a caller's kind is told at
 * once, those that follow are counted, and told as one when the caller has been quiet or goes on for long.
 */
export class Episodes {
  readonly #tell: (trouble: Trouble) => void
  readonly #startTimer: StartTimer
  readonly #episodes = new Map<string, Episode>()

  constructor(tell: (trouble: Trouble) => void, start: StartTimer = startTimer) {
    this.#tell = tell
    this.#startTimer = start
  }

  get size(): number {
    return this.#episodes.size
  }

  add(trouble: Trouble): void {
    const { code, remoteAddress } = trouble
    let key = `${code} ${remoteAddress}`
    // Many addresses at once are one episode too.
    if (!this.#episodes.has(key) && this.#episodes.size >= MAX_EPISODES) key = code
    const episode = this.#episodes.get(key)
    if (!episode) {
      this.#episodes.set(key, this.#begin(key, trouble))
      this.#tell(trouble)
    } else if (episode.told < (TOLD_ONCE.has(code) ? 1 : MAX_TOLD)) {
      episode.told++
      this.#tell(trouble)
    } else {
      episode.kept++
      // What came in is not kept along: it may be large, and the caller was told that it was refused.
      episode.last = { ...trouble, raw: undefined }
    }
  }

  #begin(key: string, last: Trouble): Episode {
    const episode: Episode = {
      told: 1,
      kept: 0,
      last: { ...last, raw: undefined },
      quietMs: QUIET_MS,
      stopTimer: () => {},
    }
    const wait = (): void => {
      episode.stopTimer = this.#startTimer(() => {
        const { kept, last: latest } = episode
        if (kept === 0) {
          this.#episodes.delete(key)
          return
        }
        episode.kept = 0
        episode.quietMs = Math.min(LONGEST_QUIET_MS, episode.quietMs * 2)
        wait()
        this.#tell({ ...latest, count: kept, reason: counted(latest, kept) })
      }, episode.quietMs)
    }
    wait()
    return episode
  }
}

const counted = ({ reason }: Trouble, count: number): Trouble['reason'] => ({
  zh: `${reason.zh}（此后又发生 ${count} 次，未逐一报告）`,
  en: `${reason.en} (${count} more since, not reported one by one)`,
})
