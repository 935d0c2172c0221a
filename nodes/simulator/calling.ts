import { outcomeOfError, outcomeOfReply, type Outcome } from '../../src/delivery/index.js'
import { Poster } from '../../src/http/calling/index.js'
import { asCrisisError } from '../../src/messages/index.js'
import { openRemote, type Operation, type Remote } from '../../src/soap/index.js'
import { requireTypable, SettingError } from '../settings/index.js'

/** Calls the one address that a simulated system may call. */
export class Calling {
  readonly #address: string
  readonly #operation: Operation
  readonly #isGbk: boolean
  readonly #poster = new Poster()
  #remote: Promise<Remote> | undefined

  /** @throws SettingError SETTING_INVALID */
  constructor(address: string, operation: Operation, isGbk: boolean) {
    requireTypable(address)
    this.#address = address.trim()
    this.#operation = operation
    this.#isGbk = isGbk
  }

  get isPossible(): boolean {
    return this.#address !== ''
  }

  /** Sends a document once, and says what came of it. @throws SettingError SETTING_MISSING without an address */
  async call(document: string): Promise<Outcome> {
    if (!this.isPossible) throw noAddress()
    try {
      this.#remote ??= openRemote({
        operation: this.#operation,
        transport: this.#poster,
        address: this.#address,
        ...(this.#isGbk && { charset: 'GBK' }),
        allowGbk: true,
      })
      const { answer } = await (await this.#remote).call(document)
      return outcomeOfReply(answer)
    } catch (thrown) {
      this.#remote = undefined
      return outcomeOfError(asCrisisError(thrown))
    }
  }

  close(): void {
    this.#poster.close()
  }
}

const noAddress = (): SettingError =>
  new SettingError('SETTING_MISSING', {
    zh: '模拟系统未填写要调用的地址，没有发送',
    en: 'The simulated system has no address to call, so nothing was sent',
  })
