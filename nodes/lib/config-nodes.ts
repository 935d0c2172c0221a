import type { Node } from 'node-red'
import type { CourierState } from '../../src/delivery/index.js'
import type { FormMet, Handler, Registration, Trouble } from '../../src/http/hosting/index.js'
import type { ClockOffset, CrisisError, FeedbackHeader } from '../../src/messages/index.js'
import type { Operation } from '../../src/soap/index.js'
import { requireVariable } from './setting-values.js'
import type { PeerCredentials, ServiceCredentials } from './settings.js'

/** What the nodes of a peer show of it. */
export interface PeerState extends CourierState {
  /** When the WSDL was read that is used in the place of one that cannot be had, in epoch ms; null = none is. */
  readonly keptWsdl: number | null
}

/** A remote system that we call, as the `out` nodes see it. */
export interface PeerNode extends Node<PeerCredentials> {
  readonly zone: string
  readonly storeId: string
  /** The PACS whose exam numbers go out here. */
  readonly system: string
  /** What is added to the times of the feedback that goes out here; undefined = nothing (A33). */
  readonly clockOffset: ClockOffset | undefined
  /** After how many ms an undelivered document is given to a person; null = never. */
  readonly expiresAfterMs: number | null
  /**
   * The nodes that send by it, under the name that Node-RED looks for: an error of a config node that is on no
   * tab reaches the Catch nodes of these.
   */
  readonly users: Readonly<Record<string, Node>>
  /** Makes a node a user, told of what is so and of every change of it; returns how to stop that. */
  use(node: Node, onState: (state: PeerState) => void): () => void
  /** What makes this peer unusable, if anything does. */
  readonly problem: CrisisError | undefined
  /** The header of the feedback we send; its licence must go nowhere but into that document. */
  header(): FeedbackHeader
}

/** An address that we host, as the `in` nodes see it. */
export interface ServiceNode extends Node<ServiceCredentials> {
  /** The `crisis store` it uses; '' = the file in the user directory. */
  readonly storeId: string
  /** The PACS whose exam numbers come in here. */
  readonly system: string
  readonly zone: string
  readonly answerLimitMs: number
  /** Names of unknown elements, in small letters, that make no other content of a document. */
  readonly ignoredElements: ReadonlySet<string>
  /** Why all feedback is refused, if it is: it must carry a licence, and there is none to compare it with. */
  readonly licenceTrouble: CrisisError | undefined
  /** What a node that takes feedback shows while it is idle, where licences run out. */
  licenceNotice(): 'licenceSoon' | 'licenceExpired' | undefined
  /** Told whenever that may have changed; returns how to stop that. */
  onLicenceNotice(notify: () => void): () => void
  /**
   * Hosts an operation here until it is released. `onTrouble` is told once of each call that was refused,
   * `onForm` of each that could be read.
   * @throws CrisisError for a setting that cannot be used, a port that cannot be opened, an address taken
   */
  host(
    operation: Operation,
    handler: Handler,
    onTrouble: (trouble: Trouble) => void,
    onForm: (met: FormMet) => void,
  ): Promise<Registration>
  /** A call's bytes without any licence, as they may be kept. */
  conceal(raw: Buffer): Buffer
  /** @throws CrisisError LICENCE_REFUSED, LICENCE_EXPIRED, answered 401 */
  requireLicence(header: Partial<FeedbackHeader>, caller: string): void
}

/**
 * A node's credentials. Node-RED gives a node none at all, against its types, while none are set and the name
 * of its type has a space in it.
 * @throws SettingError SETTING_MISSING for an environment variable that is not set: its name must never be the secret
 */
export function credentialsOf<T extends object>(node: Node<T>): Partial<T> {
  const credentials: Partial<T> = node.credentials ?? {}
  Object.values(credentials).forEach(requireVariable)
  return credentials
}
