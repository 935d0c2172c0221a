import {
  Courier,
  outcomeOfError,
  outcomeOfReply,
  replyTable,
  type CourierState,
  type Outcome,
  type Trouble,
} from '../../src/delivery/index.js'
import {
  asCrisisError,
  CrisisError,
  escapeText,
  isZeroAndOther,
  withoutSecrets,
  type ClockOffset,
  type FeedbackHeader,
} from '../../src/messages/index.js'
import {
  messagePathsOf,
  openRemote,
  type Operation,
  type ReadForm,
  type Transport,
} from '../../src/soap/index.js'
import { ConfigKind, type Face, type FlowMessage } from '../face/index.js'
import {
  PEER_DEFAULTS,
  settingsOf,
  zoneSetting,
  type PeerConfig,
  type PeerCredentials,
  holdsLogin,
  LOGIN_IN_ADDRESS,
  OLD_TLS_ALLOWED,
} from '../settings/index.js'
import { INSTANCE, useStore, type Store } from '../store/index.js'
import {
  peerNumber,
  posterOf,
  readsMoreThanOne,
  remoteOptionsOf,
  replyRulesOf,
  secretsOf,
} from './calling.js'
import { isEnding } from './ending.js'
import { keptDescriptions } from './kept-description.js'
import { constantsOf, formOf, requireProperties } from './request.js'

/** Couriers that are closed and have something on its way, also of nodes that a deploy has replaced. */
const lingering = new Set<Courier>()

/** All that the nodes of a peer show of it. */
export interface PeerState extends CourierState {
  /** When the WSDL was read that is used in the place of one that cannot be had, in epoch ms; null = none is. */
  readonly keptWsdl: number | null
}

/** Hears what is so of a peer, and who else uses it. */
type PeerListener = (state: PeerState, users: readonly Face[]) => void

/** A remote system that we call, as the `out` nodes see it. */
export class Peer {
  readonly #face: Face
  readonly #listeners = new Map<Face, PeerListener>()
  #state: PeerState | undefined
  #settings: PeerConfig = PEER_DEFAULTS
  #credentials: Partial<PeerCredentials> = {}
  #close = async (): Promise<void> => {}
  #call = (_operation: Operation, _document: string): Promise<Outcome> =>
    Promise.reject(this.problem!)
  #zone: string = PEER_DEFAULTS.zone
  #clockOffset: ClockOffset | undefined
  #expiresAfterMs: number | null = null
  #form: ReadForm | undefined
  /** Makes this peer unusable. Told by the nodes that use it: a config node has no Catch node of its own. */
  readonly problem: CrisisError | undefined

  constructor(face: Face, saved: object) {
    this.#face = face
    try {
      this.#read(saved)
      const { store, release } = useStore(face.runtime, this.#settings.store)
      this.#close = release
      this.#credentials = face.credentials<PeerCredentials>()
      this.#start(store, release)
    } catch (error) {
      this.problem = asCrisisError(error)
    }
  }

  get id(): string {
    return this.#face.id
  }

  /** The name that people gave it, else its id. */
  get title(): string {
    return this.#face.title
  }

  get zone(): string {
    return this.#zone
  }

  get storeId(): string {
    return this.#settings.store
  }

  /** The PACS whose exam numbers go out here. */
  get system(): string {
    return this.#settings.system.trim()
  }

  /** Added to the times of the feedback that goes out here; undefined = nothing (A33). */
  get clockOffset(): ClockOffset | undefined {
    return this.#clockOffset
  }

  /** The age in ms at which an undelivered document is given to a person; null = never. */
  get expiresAfterMs(): number | null {
    return this.#expiresAfterMs
  }

  /** The header of the feedback we send; its licence must go nowhere but into that document. */
  header(): FeedbackHeader {
    return {
      Application: this.#settings.application,
      License: this.#credentials.licence ?? '',
    }
  }

  /** Refuses a message that lacks what a request takes from it. @throws CrisisError MESSAGE_VALUE */
  require(msg: FlowMessage): void {
    requireProperties(this.#form, msg)
  }

  /** As they are saved, for the dialog. @throws SettingError SETTING_MISSING */
  saved(): Partial<PeerCredentials> {
    return this.#face.credentials()
  }

  /** Makes a node a user, told of what is so and of every change of it; returns how to stop that. */
  use(user: Face, listener: PeerListener): () => void {
    const leave = this.#face.addUser(user)
    this.#listeners.set(user, listener)
    this.#show()
    return () => {
      leave()
      this.#listeners.delete(user)
      this.#show()
    }
  }

  /** Tells all nodes, since what one of them shows depends on which others there are. */
  #show(): void {
    const state = this.#state
    if (!state?.counted) return
    const users = [...this.#listeners.keys()]
    for (const listener of this.#listeners.values()) listener(state, users)
  }

  /** Sends a document once, past the outbox: for what is owed to nobody, such as a synthetic critical value. */
  probe(operation: Operation, document: string): Promise<Outcome> {
    return this.#call(operation, document).catch((thrown: unknown) => outcomeOfError(thrown))
  }

  close(): Promise<void> {
    return this.#close()
  }

  #read(saved: object): void {
    const settings = settingsOf<PeerConfig>(saved, PEER_DEFAULTS)
    this.#settings = settings
    this.#zone = zoneSetting(settings.zone)
    const seconds = peerNumber(settings, 'clockOffset')
    if (seconds !== 0) this.#clockOffset = { seconds, zone: this.#zone }
    const hours = peerNumber(settings, 'expireHours')
    this.#expiresAfterMs = hours === 0 ? null : hours * 3_600_000
  }

  #start(store: Store, release: () => Promise<void>): void {
    const face = this.#face
    const settings = this.#settings
    const poster = posterOf(face.runtime, settings, this.#credentials)
    // The WSDL is asked for beside the deliveries, whose connections it must not take.
    const reader = posterOf(face.runtime, settings, this.#credentials)
    const transport: Transport = {
      post: (...call) => poster.post(...call),
      get: (...call) => reader.get(...call),
    }
    const constants = constantsOf((name) => face.variable(name), this.#credentials)
    this.#form = formOf(settings, constants)
    const rules = replyRulesOf(settings)
    const remote = {
      ...remoteOptionsOf(settings, this.#credentials, this.#form),
      allowBlank: readsMoreThanOne(rules),
    }
    const addresses = [settings.wsdl, settings.address]
    if (addresses.some(holdsLogin)) face.warn('LOGIN_IN_ADDRESS', LOGIN_IN_ADDRESS)
    if (settings.oldTls) face.warn('OLD_TLS_ALLOWED', OLD_TLS_ALLOWED)
    if (isZeroAndOther(rules.jsonSuccessCodes ?? [])) face.warn('ZERO_AND_OTHER', ZERO_AND_OTHER)
    const secrets = secretsOf(this.#credentials, addresses)
    const kept = keptDescriptions(face, store.ledger, this.#zone, (keptWsdl) => {
      this.#state = { ...(this.#state ?? courier.state), keptWsdl }
      this.#show()
    })
    this.#call = async (operation, document) => {
      const opened = await openRemote({ ...remote, operation, transport, kept })
      const { answer } = await opened.call(document)
      return outcomeOfReply(answer, rules)
    }
    const courier = new Courier({
      ledger: store.ledger,
      peer: face.id,
      ...store.actor(face),
      instance: INSTANCE,
      open: (operation, signal, doubted) =>
        openRemote({ ...remote, operation, signal, doubted, transport, kept }),
      seal: (document) => sealed(document, this.header().License),
      conceal: {
        text: (text) => withoutSecrets.text(text, secrets),
        bytes: (bytes) => withoutSecrets.bytes(bytes, secrets),
      },
      policy: { replies: replyTable(settings.replyTable) },
      rules,
      needsMessage: this.#form !== undefined && messagePathsOf(this.#form).length > 0,
      parallel: peerNumber(settings, 'parallel'),
      perMinute: peerNumber(settings, 'perMinute'),
      // The WSDL and the call may each take the poster's time.
      callTimeoutMs: 2 * peerNumber(settings, 'totalSeconds') * 1000 + 5_000,
      troubleAgeMs: peerNumber(settings, 'troubleMinutes') * 60_000,
      onTrouble: (trouble) => this.#tell(trouble),
      onAttempt: (ended) => store.meters.tried(face.title, ended),
      onChange: (changed) => {
        this.#state = { keptWsdl: null, ...this.#state, ...changed }
        this.#show()
      },
    })
    this.#close = async () => {
      await courier.close()
      lingering.add(courier)
      // A document that is still on its way is recorded in the ledger, for the courier that follows.
      void courier.ended.then(() => {
        lingering.delete(courier)
        poster.close()
        reader.close()
        return release()
      })
      if (isEnding()) await Promise.all([...lingering].map((one) => one.breakOff()))
    }
    courier.start()
  }

  #tell({ kind, code, reason }: Trouble): void {
    const trouble = new CrisisError(code, reason)
    if (kind === 'peerRecovered') this.#face.allClear(trouble)
    else if (TOLD_BY_OTHERS.has(kind)) this.#face.log(trouble)
    else this.#face.fail(trouble)
  }
}

/** Flows of 0.1.0 may have it, and would send nothing if it were refused. */
const ZERO_AND_OTHER = {
  zh: 'JSON 成功码同时有 0 与其他数字，其中之一是失败：对方的失败可能被当作成功，请向厂商确认后只保留一个',
  en: 'The JSON success codes have 0 and another number, of which one is the failure: a failure of the peer may count as delivered; ask the vendor and keep one',
}

export const PEER = new ConfigKind<Peer>('crisis peer')

/** Catch nodes hear of a dead letter from the node that sent it, and of the ledger from all: these are logged only. */
const TOLD_BY_OTHERS: ReadonlySet<Trouble['kind']> = new Set(['deadLetter', 'ledger'])

/** The ledger keeps feedback without its licence, which is put in only here. */
const sealed = (document: string, licence: string): string =>
  document.replace('<License></License>', () => `<License>${escapeText(licence)}</License>`)
