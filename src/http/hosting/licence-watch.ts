import type { Licences } from './licences.js'
import { CrisisError } from '../../messages/index.js'

/** Time before the end of a licence at which a service begins to warn. */
export const WARN_BEFORE_MS = 14 * 24 * 3_600_000
const LOOK_EVERY_MS = 3_600_000

export type LicenceNotice = 'licenceSoon' | 'licenceExpired' | undefined

/** Says when an application's last licence is about to run out, and once that it has. */
export class LicenceWatch {
  readonly #licences: Licences
  readonly #now: () => number
  readonly #told = new Set<string>()

  constructor(licences: Licences, now: () => number = Date.now) {
    this.#licences = licences
    this.#now = now
  }

  get notice(): LicenceNotice {
    const now = this.#now()
    if (this.#licences.ending(now, 0).length > 0) return 'licenceExpired'
    return this.#licences.ending(now, WARN_BEFORE_MS).length > 0 ? 'licenceSoon' : undefined
  }

  /** Licences that have ended, each application once: a person has to be told now. */
  troubles(): readonly CrisisError[] {
    const fresh = this.#licences.ending(this.#now(), 0).filter((name) => !this.#told.has(name))
    for (const name of fresh) this.#told.add(name)
    return fresh.map(expired)
  }

  /** Looks now and then; returns how to stop. */
  start(look: () => void): () => void {
    const timer = setInterval(look, LOOK_EVERY_MS)
    timer.unref()
    return () => clearInterval(timer)
  }
}

const expired = (application: string): CrisisError =>
  new CrisisError(
    'LICENCE_EXPIRED',
    {
      zh: `程序“${application}”的身份验证码已全部过期，其反馈会被拒绝（401），请发放新的`,
      en: `All licences of the application ${application} have expired, so its feedback is refused (401); issue a new one`,
    },
    '401',
  )
