import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { BoardSession } from '../../ledger/index.js'
import type { Role } from '../api.js'
import type { BoardOptions } from './options.js'
import { areEqual } from './passwords.js'
import type { SessionFacts } from './reads.js'
import type { Verified, Verifier } from './verifier.js'

/** A session that holds now. */
export interface Session {
  readonly token: string
  readonly hash: string
  readonly way: BoardSession['way']
  readonly login: string
  readonly facts: SessionFacts
  /** True when it was used so long ago that its use has to be noted again. */
  readonly isStale: boolean
}

const TOKEN_BYTES = 32
/** Uses of a session are noted no more often than this, in ms, nor than some times within its idle time. */
const SEEN_EVERY_MS = 60_000
const SEEN_WITHIN_IDLE = 10

/** Sessions stand in the ledger, so that all instances know them, and only the browser knows their token. */
export class Sessions {
  readonly #options: BoardOptions
  readonly #verifier: Verifier

  constructor(options: BoardOptions, verifier: Verifier) {
    this.#options = options
    this.#verifier = verifier
  }

  /** @returns the token; null where the account has been changed since its password was checked. @throws LedgerError */
  async open(verified: Verified, remote: string): Promise<string | null> {
    const { way, login, person, role, stamp, secret } = verified
    const { ledger, actor, board, absoluteMs, wallMs } = this.#options
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    const isOpen = await ledger.run('openBoardSession', {
      actor,
      board,
      hash: hashOf(token),
      way,
      login,
      person,
      role,
      stamp,
      secret,
      remote,
      forgetMs: Math.max(absoluteMs, wallMs),
    })
    return isOpen ? token : null
  }

  /**
   * The session of a token, with what its person may do by now.
   * @param role of whom a proxy has named with this request
   * @throws LedgerError
   */
  async read(token: string, role: Role | null): Promise<Session | null> {
    if (token === '') return null
    const { ledger, board } = this.#options
    const hash = hashOf(token)
    const found = await ledger.run('boardSession', { board, hash })
    if (!found || !(await this.#mayStand(found))) return null
    const facts = this.#factsOf(found, role)
    if (isOver(found, facts, this.#options)) {
      await this.close(hash)
      return null
    }
    const everyMs = Math.min(SEEN_EVERY_MS, this.#options.idleMs / SEEN_WITHIN_IDLE)
    const isStale = found.now - found.seenAt > everyMs
    return { token, hash, way: found.way, login: found.login, facts, isStale }
  }

  /** @throws LedgerError */
  async note({ hash, isStale }: Session): Promise<void> {
    if (isStale) await this.#options.ledger.run('seeBoardSession', { hash })
  }

  /** @throws LedgerError */
  async close(hash: string): Promise<void> {
    const { ledger, actor } = this.#options
    await ledger.run('closeBoardSession', { actor, hash })
  }

  /** One that was made under other settings of the node ends with them. */
  async #mayStand({ way, login, stamp }: BoardSession): Promise<boolean> {
    const { signIn } = this.#options
    if (way === 'first') {
      return this.#verifier.isFirst(login) && stamp === (await this.#verifier.stamp())
    }
    return way === (signIn === 'accounts' ? 'account' : signIn)
  }

  #factsOf(found: BoardSession, role: Role | null): SessionFacts {
    const { language, patients } = this.#options
    const { code, name } = found
    return {
      person: { code, name },
      role: role ?? (found.role || this.#options.role),
      seesPatients: found.patients ?? patients,
      language: language(),
    }
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** True for a session that shows no patients and does nothing, as on a wall. */
export const isWall = ({ role, seesPatients }: SessionFacts): boolean =>
  role === 'look' && !seesPatients

function isOver(
  { at, seenAt, now }: BoardSession,
  facts: SessionFacts,
  { idleMs, absoluteMs, wallMs }: Pick<BoardOptions, 'idleMs' | 'absoluteMs' | 'wallMs'>,
): boolean {
  if (isWall(facts)) return now - at > Math.max(wallMs, absoluteMs)
  return now - at > absoluteMs || now - seenAt > idleMs
}

/** The token that each act of a session's page brings along; of another session it is another one. */
export const formTokenOf = (token: string): string =>
  createHmac('sha256', token).update('form').digest('base64url')

export const isFormToken = (token: string, shown: string): boolean =>
  areEqual(Buffer.from(formTokenOf(token)), Buffer.from(shown))
