import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import {
  BoardServer,
  VIEW_NAMES,
  type BoardActs,
  type BoardOptions,
  type BoardReads,
  type SessionFacts,
} from '../../src/board/index.js'
import type { Act, OpenUpdate } from '../../src/board/api.js'
import { Sites } from '../../src/http/hosting/index.js'
import { CrisisError } from '../../src/messages/index.js'
import { Ledger } from '../../src/ledger/index.js'
import { MemoryEngine } from '../support/memory-engine.js'
import { BoardVisitor } from '../support/board-visitor.js'

export const FIRST = { user: 'chief', password: 'first-password' } as const
export const MARKUP = `<img src=x onerror=alert(1)>`
const MOUNT = 'test'

/** Reads and acts that keep what they were asked. */
export class FakeBoard {
  readonly acts: { readonly facts: SessionFacts; readonly act: Act }[] = []
  readonly followers = new Set<(update: OpenUpdate) => void>()
  /** Holds every view until it is called. */
  hold: Promise<void> | undefined

  readonly reads: BoardReads = {
    views: Object.fromEntries(
      VIEW_NAMES.map((name) => [
        name,
        async ({ seesPatients }: SessionFacts, query: URLSearchParams) => {
          await this.hold
          if (query.get('alert') === '404') return null
          if (query.get('from') === 'nonsense') throw senseless()
          return { name, patient: seesPatients ? MARKUP : '*' }
        },
      ]),
    ) as unknown as BoardReads['views'],
    registerCsv: () =>
      Promise.resolve({
        name: 'register"\r\nX: y.csv',
        parts: (async function* () {
          yield `'=1+1\r\n`
          await Promise.resolve()
          yield 'two\r\n'
        })(),
      }),
    follow: (_facts, tell) => {
      this.followers.add(tell)
      return () => void this.followers.delete(tell)
    },
  }

  readonly does: BoardActs = {
    act: (facts, act) => {
      this.acts.push({ facts, act })
      return Promise.resolve({ isDone: true, reason: null })
    },
  }
}

const senseless = () =>
  new CrisisError('PERIOD_INVALID', { zh: '时间段无法识别', en: 'No such period' }, '422')

/** A board on a port of its own, with a ledger in memory and hashes that cost nothing. */
export class BoardFixture {
  readonly clock = { now: Date.UTC(2026, 2, 1) }
  readonly engine = new MemoryEngine(this.clock)
  readonly ledger = new Ledger(this.engine)
  readonly fake = new FakeBoard()
  readonly failures: unknown[] = []
  readonly sites = new Sites()
  board: BoardServer
  http: Server
  base = ''

  constructor(readonly options: Partial<BoardOptions> = {}) {
    this.board = this.make()
    this.http = createServer((req, res) => {
      if (!this.sites.handle(MOUNT, req, res)) res.writeHead(404).end('next')
    })
  }

  make(changes: Partial<BoardOptions> = {}): BoardServer {
    const bytes = Buffer.from('<p>')
    const page = { type: 'text/html', tag: 'tag', bytes, packed: gzipSync(bytes) }
    return new BoardServer({
      ledger: this.ledger,
      actor: { chain: 'test', actor: 'test' },
      board: 'board',
      hospital: MARKUP,
      zone: '+08:00',
      language: () => 'zh-CN',
      signIn: 'accounts',
      first: FIRST,
      proxies: undefined,
      headers: { user: 'X-User', role: '' },
      role: 'look',
      patients: true,
      nodeRedUser: () => Promise.resolve(null),
      idleMs: 60_000,
      absoluteMs: 600_000,
      wallMs: 6_000_000,
      reads: this.fake.reads,
      acts: this.fake.does,
      files: new Map([['/', page]]),
      failed: (thrown) => void this.failures.push(thrown),
      cost: { log2N: 4, r: 1, p: 1 },
      now: () => this.clock.now,
      ...this.options,
      ...changes,
    })
  }

  async open(): Promise<this> {
    this.sites.register(MOUNT, '/Crisis-Board', this.board)
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve))
    this.base = `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/crisis-board`
    return this
  }

  async close(): Promise<void> {
    await this.board.close()
    this.http.closeAllConnections()
    await new Promise((resolve) => this.http.close(resolve))
  }

  visitor(headers: Readonly<Record<string, string>> = {}): BoardVisitor {
    return new BoardVisitor(this.base, headers)
  }

  async signedIn(user: string = FIRST.user, password: string = FIRST.password) {
    const visitor = this.visitor()
    await visitor.signIn(user, password)
    return visitor
  }

  /** What stands in the audit: kind and detail of each entry, in order. */
  async audit(): Promise<readonly (Readonly<Record<string, unknown>> & { kind: string })[]> {
    const [chain] = await this.ledger.ask('auditChains', undefined)
    if (!chain) return []
    return this.engine
      .query('select kind, detail from audit order by seq')
      .map(({ kind, detail }) => ({
        ...(JSON.parse(String(detail)) as Record<string, unknown>),
        kind: String(kind),
      }))
  }
}
