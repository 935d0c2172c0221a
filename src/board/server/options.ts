import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressList } from '../../http/hosting/index.js'
import type { Actor, Ledger } from '../../ledger/index.js'
import type { Role, SessionView } from '../api.js'
import type { PageFiles } from './files.js'
import type { ScryptCost } from './passwords.js'
import type { BoardActs, BoardReads } from './reads.js'

/** Pages that are no part of the board but lie below its path, such as those for monitoring, with a guard of their own. */
export interface OtherPages {
  /** @param rest the path behind that of the board, without its slash, such as `livez` */
  handles(rest: string): boolean
  /** Never throws. */
  handle(req: IncomingMessage, res: ServerResponse, rest: string): void
}

/** A user of Node-RED whose password was right. */
export interface NodeRedUser {
  readonly name: string
  /** True for one who may do everything there (`*`). */
  readonly isAdministrator: boolean
}

/** Headers in which a proxy says who is there. */
export interface ProxyHeaders {
  readonly user: string
  /** '' = everybody has the role of the settings. */
  readonly role: string
}

export interface BoardOptions {
  readonly ledger: Ledger
  readonly actor: Actor
  /** Tells this board from others of the same ledger, for ever: its sessions are for it alone. */
  readonly board: string
  readonly hospital: string
  readonly zone: string
  readonly language: () => SessionView['language']
  readonly signIn: SessionView['signIn']
  /** Stands in the settings, and can sign in whatever becomes of the accounts; null = there is none. */
  readonly first: { readonly user: string; readonly password: string } | null
  /** Proxies whose headers are believed. */
  readonly proxies: AddressList | undefined
  readonly headers: ProxyHeaders
  /** Role of those whom a proxy or Node-RED lets in, where that says none. */
  readonly role: Role
  /** True when they, and the first administrator, see patients. */
  readonly patients: boolean
  /** null where the password is not that of a user. Rejects where nobody can say. */
  readonly nodeRedUser: (user: string, password: string) => Promise<NodeRedUser | null>
  /** Time in ms after which a session ends that nobody uses, and after which each does. */
  readonly idleMs: number
  readonly absoluteMs: number
  /** The same for one that only looks and sees no patients, as on a wall; it may be idle. */
  readonly wallMs: number
  readonly reads: BoardReads
  readonly acts: BoardActs
  readonly files: PageFiles
  readonly others?: OtherPages | undefined
  /** Told of what nobody has foreseen. */
  readonly failed: (thrown: unknown) => void
  readonly cost?: ScryptCost
  readonly now?: () => number
  readonly limits?: Partial<StreamLimits>
}

export interface StreamLimits {
  readonly most: number
  readonly mostOfSession: number
  /** Interval between signs of life, in ms. */
  readonly beatMs: number
  /** Bytes that a reader may leave unread, and time in ms for which it may leave any. */
  readonly mostUnread: number
  readonly unreadMs: number
}

export const STREAM_LIMITS: StreamLimits = {
  most: 300,
  mostOfSession: 6,
  beatMs: 15_000,
  mostUnread: 4 << 20,
  unreadMs: 45_000,
}
