import type { Answer } from '../../src/http/hosting/index.js'
import {
  CrisisError,
  failure,
  readFeedbackDocument,
  success,
  writeCrisisDocument,
} from '../../src/messages/index.js'
import { inventCrisis, isSimulated } from './invented.js'
import { callPeer, type Part, type Stage } from './stage.js'

/** A PACS: sends critical values, and takes the feedback on them. */
export class Pacs implements Part {
  readonly hosts = 'SynCrisisResponseInfo'
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** @throws SettingError SETTING_MISSING without an address */
  async sendCrisis(): Promise<void> {
    const crisis = inventCrisis(this.#stage.now())
    await callPeer(this.#stage, 'SynCrisisInfo', crisis, writeCrisisDocument(crisis))
  }

  answer(document: string): Answer {
    const { header, feedbacks } = readFeedbackDocument(document)
    const { licence, behaviour, tell, now } = this.#stage
    const { License: shown = '' } = header
    if (licence !== '' && shown.trim() !== licence) throw wrongLicence()
    if (!feedbacks.every(({ feedback }) => isSimulated(feedback))) throw unknownExam()
    const answer = behaviour === 'refusing' ? failure('422', REFUSED) : success()
    for (const { feedback } of feedbacks) {
      const at = now()
      tell({ operation: this.hosts, document: feedback, sentAt: at, endedAt: at, answer })
    }
    return answer
  }
}

const REFUSED = { zh: '模拟 PACS 按设置拒收', en: 'The simulated PACS refuses, as it was told to' }

const wrongLicence = (): CrisisError =>
  new CrisisError(
    'SIMULATED_LICENCE',
    { zh: '模拟 PACS：身份验证码不符', en: 'The simulated PACS has another licence' },
    '401',
  )

const unknownExam = (): CrisisError =>
  new CrisisError(
    'SIMULATED_EXAM',
    {
      zh: '模拟 PACS 只认自己发出的模拟危急值',
      en: 'The simulated PACS knows none but the critical values that it has invented',
    },
    '404',
  )
