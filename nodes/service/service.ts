import {
  LicenceCheck,
  Licences,
  LicenceWatch,
  NODE_RED_MOUNT,
  type AddressOptions,
  type FormMet,
  type Handler,
  type Registration,
  type Trouble,
} from '../../src/http/hosting/index.js'
import {
  asCrisisError,
  withoutLicences,
  type CrisisError,
  type FeedbackHeader,
} from '../../src/messages/index.js'
import type { Operation } from '../../src/soap/index.js'
import { ConfigKind, type Face, type Runtime } from '../face/index.js'
import {
  isOfBefore,
  numberSetting,
  SERVICE_DEFAULTS,
  SERVICE_NUMBERS,
  SettingError,
  settingsOf,
  zoneSetting,
  type ServiceConfig,
  type ServiceCredentials,
} from '../settings/index.js'
import { readGuarding, unguarded, type Guarding } from './guarding.js'
import { hosting } from './hosting.js'
import { readLicences } from './licence-list.js'
import { namesOf, rulesOf } from './service-names.js'

/** The answer limit of the front stands behind the flow's own, which is the one that should strike. */
const FRONT_MARGIN_MS = 1000

interface Settings {
  readonly zone: string
  readonly host: string
  readonly port: number
  readonly answerLimitMs: number
  readonly address: AddressOptions
}

/** An address that we host, as the `in` nodes see it. */
export class Service {
  readonly #face: Face
  readonly #saved: object
  readonly #notified = new Set<() => void>()
  #config: ServiceConfig = SERVICE_DEFAULTS
  #settings: Settings | undefined
  #guarding: Guarding | undefined
  #problem: CrisisError | undefined
  #licences = new Licences([])
  #issued: readonly string[] = []
  #licenceProblem: CrisisError | undefined
  readonly #licenceCheck: LicenceCheck
  readonly #licenceWatch: LicenceWatch
  readonly #stopWatching: () => void
  /** Of the node that takes feedback, whose licences these are. */
  #tellFeedback: ((trouble: Trouble) => void) | undefined
  /** Names of unknown elements, in small letters, that make no other content of a document. */
  readonly ignoredElements: ReadonlySet<string>

  constructor(face: Face, saved: object) {
    this.#face = face
    this.#saved = saved
    this.#readSettings()
    this.#readLicences()
    this.ignoredElements = new Set(
      this.#config.ignoredElements
        .toLowerCase()
        .split(/[\s,;，、；]+/)
        .filter(Boolean),
    )
    this.#licenceCheck = new LicenceCheck(this.#licences)
    this.#licenceWatch = new LicenceWatch(this.#licences)
    this.#stopWatching = this.#licenceWatch.start(() => {
      this.#tellExpired()
      for (const notify of this.#notified) notify()
    })
  }

  get id(): string {
    return this.#face.id
  }

  /** The name that people gave it, else its id. */
  get title(): string {
    return this.#face.title
  }

  /** The `crisis store` it uses; '' = the file in the user directory. */
  get storeId(): string {
    return this.#config.store
  }

  /** The PACS whose exam numbers come in here. */
  get system(): string {
    return this.#config.system.trim()
  }

  get zone(): string {
    return this.#settings?.zone ?? SERVICE_DEFAULTS.zone
  }

  get answerLimitMs(): number {
    return this.#settings?.answerLimitMs ?? 0
  }

  /** The trouble by which all feedback is refused: it must carry a licence, and there is none to compare it with. */
  get licenceTrouble(): CrisisError | undefined {
    if (!this.#config.licenceCheck) return undefined
    return this.#licenceProblem ?? (this.#licences.size === 0 ? licenceMissing() : undefined)
  }

  /** The word of a node that takes feedback while it is idle, where licences run out. */
  licenceNotice(): LicenceWatch['notice'] {
    return this.#config.licenceCheck ? this.#licenceWatch.notice : undefined
  }

  /** Told whenever that may have changed; returns how to stop that. */
  onLicenceNotice(notify: () => void): () => void {
    this.#notified.add(notify)
    return () => void this.#notified.delete(notify)
  }

  /**
   * Hosts an operation here until it is released. `onTrouble` is told once of each call that was refused,
   * `onForm` of each that could be read, or was turned away unread.
   * @throws CrisisError for a setting that cannot be used, a port that cannot be opened, an address taken
   */
  async host(
    operation: Operation,
    handler: Handler,
    onTrouble: (trouble: Trouble) => void,
    onForm: (met: FormMet) => void,
  ): Promise<Registration> {
    const settings = this.#settings
    const guarding = this.#guarding
    const config = this.#config
    if (!settings || !guarding) throw this.#problem
    const isOpen =
      !guarding.guards(operation) &&
      !config.unguarded &&
      !(config.mount === 'node-red' && (await hosting.asksForLogin(this.#face.runtime)))
    if (isOpen && !isOfBefore(this.#saved)) throw unguarded()
    const options = {
      ...settings.address,
      answerLimitMs: settings.answerLimitMs + FRONT_MARGIN_MS,
      onForm,
      onTrouble,
    }
    const place = { host: settings.host, port: settings.port, tls: guarding.tls }
    const registration =
      config.mount === 'port'
        ? await hosting.ports.register(place, config.path, operation, handler, options)
        : hosting.switchboard.register(NODE_RED_MOUNT, config.path, operation, handler, options)
    // It goes on as it did, for it may be what a hospital relies on; but it is said at each start.
    if (isOpen) onTrouble(troubleOf(unguarded()))
    if (operation === 'SynCrisisResponseInfo' && config.licenceCheck) {
      this.#tellFeedback = onTrouble
      this.#tellExpired()
    }
    return {
      release: (removed) => {
        if (this.#tellFeedback === onTrouble) this.#tellFeedback = undefined
        return registration.release(removed)
      },
    }
  }

  /** A call's bytes without any licence, as they may be kept. */
  conceal(raw: Buffer): Buffer {
    return withoutLicences(raw, this.#issued)
  }

  /** @throws CrisisError LICENCE_REFUSED, LICENCE_EXPIRED, answered 401 */
  requireLicence(header: Partial<FeedbackHeader>, caller: string): void {
    if (this.#config.licenceCheck) this.#licenceCheck.require(header, caller)
  }

  close(): void {
    this.#stopWatching()
  }

  #readSettings(): void {
    const { runtime } = this.#face
    try {
      this.#config = settingsOf<ServiceConfig>(this.#saved, SERVICE_DEFAULTS)
      const credentials = this.#face.credentials<ServiceCredentials>()
      this.#guarding = readGuarding(runtime, this.#config, credentials)
      this.#settings = readSettings(runtime, this.#config, this.#guarding)
    } catch (error) {
      this.#problem = asCrisisError(error)
    }
  }

  #readLicences(): void {
    try {
      const { licences } = this.#face.credentials<ServiceCredentials>()
      const list = readLicences(licences, this.zone, (name) => this.#face.variable(name))
      this.#issued = list.licences.map(({ licence }) => licence)
      this.#licences = new Licences(list.licences)
      this.#licenceProblem = list.problem
    } catch (error) {
      // A critical value carries no licence: it is taken all the same.
      this.#licenceProblem = asCrisisError(error)
    }
  }

  #tellExpired(): void {
    if (!this.#tellFeedback) return
    for (const error of this.#licenceWatch.troubles()) this.#tellFeedback(troubleOf(error))
  }
}

export const SERVICE = new ConfigKind<Service>('crisis service')

/** @throws SettingError SETTING_INVALID */
function readSettings(
  runtime: Runtime,
  config: ServiceConfig,
  { guard, pathSecret, withSecret }: Guarding,
): Settings {
  // Node-RED's port is there even when it serves no nodes.
  if (config.mount === 'node-red' && runtime.settings.httpNodeRoot === false) {
    throw new SettingError('SETTING_INVALID', {
      zh: '本 Node-RED 关闭了 HTTP 节点（httpNodeRoot），请改用独立端口',
      en: 'This Node-RED has its HTTP nodes switched off (httpNodeRoot); use a port of its own',
    })
  }
  const number = (name: keyof typeof SERVICE_NUMBERS): number =>
    numberSetting(name, config[name], SERVICE_NUMBERS[name])
  return {
    zone: zoneSetting(config.zone),
    host: config.host.trim() === '' ? '0.0.0.0' : config.host.trim(),
    port: config.mount === 'port' ? number('port') : 0,
    answerLimitMs: number('answerSeconds') * 1000,
    address: {
      ...(pathSecret !== undefined && { pathSecret }),
      names: namesOf(config),
      ...(config.inbound.length > 0 && { rules: rulesOf(config) }),
      ...(config.publicUrl.trim() !== '' && { publicUrl: withSecret(config.publicUrl.trim()) }),
      body: { maxBytes: number('maxKilobytes') * 1024, timeMs: number('bodySeconds') * 1000 },
      allowGbk: config.allowGbk,
      ...(guard && { guard }),
      strict: config.strict,
      markControls: config.markControls,
    },
  }
}

const licenceMissing = () =>
  new SettingError('LICENCE_MISSING', {
    zh: '该服务未配置任何身份验证码（License），所有反馈都会被拒绝（401）',
    en: 'No licence is set at this service, so all feedback is refused (401)',
  })

/** A trouble that no call has raised. */
const troubleOf = ({ code, reason, answer }: CrisisError): Trouble => ({
  code,
  reason,
  answer,
  remoteAddress: '',
  operation: '',
  raw: undefined,
  charset: '',
})
