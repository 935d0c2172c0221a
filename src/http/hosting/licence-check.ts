import { BackOff } from './back-off.js'
import type { Licences, LicenceVerdict } from './licences.js'
import { CrisisError, type FeedbackHeader, type Reason } from '../../messages/index.js'

/** Lets in who shows a right licence, and tells who guesses to wait. */
export class LicenceCheck {
  readonly #licences: Licences
  readonly #now: () => number
  readonly #backOff: BackOff

  constructor(licences: Licences, now: () => number = Date.now) {
    this.#licences = licences
    this.#now = now
    this.#backOff = new BackOff(now)
  }

  /**
   * @param caller the address whose wrong licences are counted
   * @throws CrisisError LICENCE_REFUSED, LICENCE_EXPIRED
   */
  require(header: Partial<FeedbackHeader>, caller: string): void {
    // Looked at before any waiting: whoever shows the right one gets in, whatever others try from its address.
    const verdict = this.#licences.check(header, this.#now())
    if (verdict === 'right') return
    // A caller with a licence that was right, or will be, does not guess.
    const waitMs = verdict === 'wrong' ? this.#backOff.failed(caller) : 0
    throw waitMs > 0 ? tooOften(Math.ceil(waitMs / 1000)) : REFUSALS[verdict]()
  }
}

const REFUSALS: Readonly<Record<Exclude<LicenceVerdict, 'right'>, () => CrisisError>> = {
  wrong: () =>
    refused({
      zh: '身份验证失败：Header 中的 Application 与 License 缺失或不正确',
      en: 'Not authorised: Application and License in the Header are missing or wrong',
    }),
  early: () =>
    refused({
      zh: '身份验证失败：该身份验证码尚未生效',
      en: 'Not authorised: this licence is not valid yet',
    }),
  expired: () =>
    refused(
      {
        zh: '身份验证失败：该身份验证码已过期，请向本系统申请新的',
        en: 'Not authorised: this licence has expired; ask this system for a new one',
      },
      'LICENCE_EXPIRED',
    ),
}

const tooOften = (seconds: number): CrisisError =>
  refused({
    zh: `身份验证失败：Header 中的 Application 与 License 多次不正确，请核对后再试，至少等待 ${seconds} 秒`,
    en: `Not authorised: Application and License in the Header were wrong too often; check them and wait at least ${seconds} s before the next attempt`,
  })

const refused = (reason: Reason, code = 'LICENCE_REFUSED'): CrisisError =>
  new CrisisError(code, reason, '401')
