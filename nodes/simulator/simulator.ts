import {
  AddressList,
  Guard,
  NODE_RED_MOUNT,
  type Handler,
  type Registration,
} from '../../src/http/hosting/index.js'
import { DEFAULT_ZONE, isoInZone } from '../../src/messages/index.js'
import { ConfigKind, type CrisisContext, type Face, type Runtime } from '../face/index.js'
import { hosting } from '../service/index.js'
import {
  BEHAVIOURS,
  choiceSetting,
  HIS_BEHAVIOURS,
  numberSetting,
  SettingError,
  settingsOf,
  SIDES,
  SIMULATOR_CHOICES,
  SIMULATOR_DEFAULTS,
  SIMULATOR_NUMBERS,
  type Behaviour,
  type SimulatorConfig,
  type SimulatorCredentials,
} from '../settings/index.js'
import { Calling } from './calling.js'
import { His } from './his.js'
import { Pacs } from './pacs.js'
import { Replying } from './replying.js'
import type { Part, Stage, Told } from './stage.js'

export const SIMULATOR = new ConfigKind<Simulator>('crisis simulator')

const LOOPBACK = '127.0.0.1, ::1'
/** Time beside that of a slow answer. */
const ANSWER_MARGIN_MS = 10_000

/** Makes a node play a PACS or a HIS. */
export function simulateBy(face: Face, saved: SimulatorConfig): void {
  try {
    const simulator = new Simulator(face, settingsOf<SimulatorConfig>(saved, SIMULATOR_DEFAULTS))
    face.give(SIMULATOR, simulator)
    face.onClose((removed) => simulator.close(removed))
    face.onceStarted(() => simulator.start())
  } catch (thrown) {
    face.show('fault', 'badSetting')
    face.onceStarted(() => face.fail(thrown))
  }
}

/** Answers the button of a simulator in the editor. */
export function serveSimulatorButton(runtime: Runtime): void {
  runtime.answer('simulate', async ({ id }) => {
    const simulator = runtime.config(SIMULATOR, typeof id === 'string' ? id : '')
    if (!simulator) throw notDeployed()
    await simulator.press()
    return {}
  })
}

/** A system that is played; it does nothing unasked, keeps nothing, and calls one address. */
export class Simulator {
  readonly #face: Face
  readonly #settings: SimulatorConfig
  readonly #behaviour: Behaviour
  readonly #calling: Calling
  readonly #replying: Replying
  readonly #part: Pacs | His
  readonly #timers = new Set<NodeJS.Timeout>()
  #registration: Registration | undefined
  #calls = 0
  #closed = false

  /** @throws SettingError */
  constructor(face: Face, settings: SimulatorConfig) {
    this.#face = face
    this.#settings = settings
    const side = choiceSetting('side', settings.side, SIDES) ?? 'pacs'
    this.#behaviour = choiceSetting('behaviour', settings.behaviour, BEHAVIOURS) ?? 'good'
    if (side === 'pacs' && HIS_BEHAVIOURS.includes(this.#behaviour)) throw ofHisAlone()
    const calls = side === 'pacs' ? 'SynCrisisInfo' : 'SynCrisisResponseInfo'
    this.#calling = new Calling(settings.address, calls, this.#behaviour === 'gbk')
    this.#replying = new Replying(this.#behaviour)
    const { licence = '' } = face.credentials<SimulatorCredentials>()
    const stage: Stage = {
      behaviour: this.#behaviour,
      calling: this.#calling,
      application: settings.application.trim(),
      licence: licence.trim(),
      tell: (told) => this.#tell(told),
      later: (run, seconds) => this.#later(run, seconds),
      now: Date.now,
    }
    const secondsOf = (name: keyof typeof SIMULATOR_NUMBERS): number =>
      numberSetting(name, settings[name], SIMULATOR_NUMBERS[name])
    const delays = {
      receiveSeconds: secondsOf('receiveSeconds'),
      processSeconds: secondsOf('processSeconds'),
    }
    this.#part = side === 'pacs' ? new Pacs(stage) : new His(stage, delays)
    // Told at the deploy, and not when the first call comes.
    secondsOf('slowSeconds')
    this.#optional('seconds')
    this.#optional('port')
  }

  /** null = blank. @throws SettingError SETTING_INVALID */
  #optional(name: keyof typeof SIMULATOR_CHOICES): number | null {
    const text = this.#settings[name]
    if (text.trim() === '') return null
    return numberSetting(name, text, SIMULATOR_CHOICES[name])
  }

  start(): void {
    if (this.#closed) return
    this.#show()
    const seconds = this.#optional('seconds')
    if (seconds !== null && this.#part instanceof Pacs) this.#sendEvery(this.#part, seconds)
    this.#host(this.#part).catch((thrown: unknown) => {
      this.#face.show('fault', 'error')
      this.#face.fail(thrown)
    })
  }

  #sendEvery(pacs: Pacs, seconds: number): void {
    this.#later(async () => {
      this.#sendEvery(pacs, seconds)
      await pacs.sendCrisis()
    }, seconds)
  }

  async #host(part: Part): Promise<void> {
    const { path, allow } = this.#settings
    if (path.trim() === '') return
    const slowMs = numberSetting(
      'slowSeconds',
      this.#settings.slowSeconds,
      SIMULATOR_NUMBERS.slowSeconds,
    )
    const handler: Handler = async ({ document }) => {
      const answer = part.answer(document)
      if (this.#behaviour === 'slow') await this.#pause(slowMs)
      return answer
    }
    const options = {
      ...this.#replying.options,
      allowGbk: true,
      answerLimitMs: slowMs + ANSWER_MARGIN_MS,
      guard: new Guard({ allow: new AddressList(allow.trim() === '' ? LOOPBACK : allow) }),
    }
    const port = this.#optional('port')
    // A port that only this machine may call listens to no other one.
    const host = allow.trim() === '' ? '127.0.0.1' : '0.0.0.0'
    const registration =
      port === null
        ? hosting.switchboard.register(NODE_RED_MOUNT, path.trim(), part.hosts, handler, options)
        : await hosting.ports.register({ host, port }, path.trim(), part.hosts, handler, options)
    this.#registration = registration
    if (this.#closed) await registration.release(true)
  }

  /** The button in the editor. @throws SettingError SETTING_MISSING, SETTING_INVALID */
  async press(): Promise<void> {
    if (!(this.#part instanceof Pacs)) throw noButton()
    await this.#part.sendCrisis()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#later(() => Promise.resolve(resolve()), ms / 1000)
    })
  }

  #later(run: () => Promise<void>, seconds: number): void {
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run().catch((thrown: unknown) => this.#face.fail(thrown))
    }, seconds * 1000)
    this.#timers.add(timer)
  }

  #tell({ operation, document, sentAt, endedAt, outcome, answer }: Told): void {
    if (this.#closed) return
    this.#calls++
    this.#show()
    const { runtime } = this.#face
    const times = {
      sentAt: isoInZone(sentAt, DEFAULT_ZONE),
      endedAt: isoInZone(endedAt, DEFAULT_ZONE),
    }
    const crisis: CrisisContext = {
      operation,
      flags: ['simulated'],
      simulated: {
        side: this.#part instanceof Pacs ? 'pacs' : 'his',
        behaviour: this.#behaviour,
        call: outcome ? 'made' : 'got',
        ...(answer && { answer: { code: answer.code, desc: answer.desc } }),
      },
      ...(outcome && {
        outcome: { ...outcome, reason: runtime.words(outcome.reason), ...times },
      }),
    }
    this.#face.send({ topic: operation, payload: document, crisis })
  }

  #show(): void {
    const word = this.#part instanceof Pacs ? 'simulatedPacs' : 'simulatedHis'
    this.#face.show('activity', { word, count: this.#calls })
  }

  async close(removed: boolean): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#calling.close()
    this.#replying.close()
    await this.#registration?.release(removed)
  }
}

const invalid = (zh: string, en: string): SettingError =>
  new SettingError('SETTING_INVALID', { zh, en })

const ofHisAlone = () =>
  invalid(
    '迟到和矛盾的反馈只有模拟 HIS 才有',
    'Late and contradictory feedback is that of a simulated HIS',
  )

const noButton = () =>
  invalid(
    '模拟 HIS 没有可发送的危急值：它只应答，并随后发送反馈',
    'A simulated HIS has nothing to send by a button: it answers, and sends its feedback afterwards',
  )

const notDeployed = () => invalid('模拟系统尚未部署', 'The simulated system is not deployed yet')
