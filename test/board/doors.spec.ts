import assert from 'node:assert/strict'
import { request, type IncomingMessage } from 'node:http'
import type { OpenUpdate, SessionView } from '../../src/board/api.js'
import { AddressList } from '../../src/http/hosting/index.js'
import type { BoardOptions } from '../../src/board/index.js'
import type { BoardVisitor } from '../support/board-visitor.js'
import { BoardFixture, FIRST } from './board-fixture.js'

const UPDATE: OpenUpdate = {
  now: 1,
  isWhole: true,
  changed: [],
  gone: [],
  counts: { open: 0, overdue: 0, owed: 0, stuck: 0, lastTrouble: null },
}

/** An event stream as a browser reads it. */
class Listener {
  text = ''
  isOver = false
  #changed = (): void => {}

  private constructor(
    readonly status: number,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8')
    response.on('data', (piece: string) => {
      this.text += piece
      this.#changed()
    })
    response.on('error', () => {})
    response.on('close', () => {
      this.isOver = true
      this.#changed()
    })
  }

  static open({ base, cookie }: BoardVisitor): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const req = request(`${base}/api/events`, { headers: { cookie }, agent: false }, (response) =>
        resolve(new Listener(response.statusCode ?? 0, response)),
      )
      req.on('error', reject).end()
    })
  }

  async until(holds: (listener: this) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => (this.#changed = resolve))
  }
}

describe('the event streams of the board', function () {
  this.timeout(10_000)
  let board: BoardFixture

  const open = async (limits: BoardOptions['limits']) => {
    board = await new BoardFixture({ limits: { beatMs: 20, ...limits } }).open()
  }
  afterEach(() => board.close())

  it('tell what is open, and that they live', async () => {
    await open({})
    const stream = await Listener.open(await board.signedIn())
    for (const tell of board.fake.followers) tell(UPDATE)
    const isBeat = /event: beat\ndata: \{"now":\d+\}\n\n/
    await stream.until(({ text }) => text.includes('event: open') && isBeat.test(text))
    assert.match(stream.text, /^retry: \d{4}\n\n/)
    assert.ok(stream.text.includes(`event: open\ndata: ${JSON.stringify(UPDATE)}\n\n`))
    stream.response.destroy()
    while (board.fake.followers.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  it('are so many and no more: a thousand of them leave the others alone', async () => {
    await open({ most: 8, mostOfSession: 6 })
    const [one, two] = [await board.signedIn(), await board.signedIn()]
    const first = await Listener.open(two)
    const statuses: number[] = []
    for (let batch = 0; batch < 10; batch++) {
      const opened = await Promise.all(Array.from({ length: 100 }, () => Listener.open(one)))
      statuses.push(...opened.map(({ status }) => status))
    }
    assert.equal(statuses.filter((status) => status === 200).length, 6)
    assert.equal(statuses.filter((status) => status === 429).length, 994)
    assert.equal((await Listener.open(two)).status, 200)
    assert.equal((await Listener.open(await board.signedIn())).status, 503, 'there are eight')
    assert.equal((await one.get('/api/open')).status, 200)
    first.text = ''
    await first.until(({ text }) => text.includes('event: beat'))
  })

  it('end with their session, and with the board', async () => {
    await open({})
    const chief = await board.signedIn()
    const fields = { action: 'add', code: 'n', name: 'n', role: 'look', password: 'long-password' }
    await chief.act({ kind: 'account', id: 'nurse', fields })
    const nurse = await board.signedIn('nurse', 'long-password')
    const [stream, other] = [await Listener.open(nurse), await Listener.open(chief)]
    await chief.act({ kind: 'account', id: 'nurse', fields: { action: 'lock' } })
    await stream.until(({ isOver }) => isOver)
    assert.match(stream.text, /event: signedOut\ndata: \{\}\n\n$/)
    assert.equal((await Listener.open(nurse)).status, 401)
    // Idle: nobody has touched the page, and the stream by itself does not count.
    board.clock.now += 60_001
    await other.until(({ isOver }) => isOver)
    const last = await Listener.open(await board.signedIn())
    await board.board.close()
    await last.until(({ isOver }) => isOver)
    assert.ok(!last.text.includes('signedOut'), 'the browser comes again')
  })

  it('are cut off where nobody reads them', async () => {
    await open({ mostUnread: 1 << 20, unreadMs: 100 })
    const stream = await Listener.open(await board.signedIn())
    stream.response.pause()
    const big = { ...UPDATE, gone: Array.from({ length: 200_000 }, (_, n) => n) }
    for (let n = 0; n < 30; n++) for (const tell of board.fake.followers) tell(big)
    while (board.board.streams > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.equal(board.fake.followers.size, 0)
    stream.response.destroy()
  })
})

describe('a board behind a proxy', function () {
  this.timeout(10_000)
  let board: BoardFixture

  const open = async (options: Partial<BoardOptions> = {}, proxies = '127.0.0.1') => {
    board = await new BoardFixture({ proxies: new AddressList(proxies), ...options }).open()
  }
  afterEach(() => board.close())
  const sessionOf = (headers: Readonly<Record<string, string>>) =>
    board.visitor(headers).get('/api/session')

  it('believes who is there, with the role that the proxy says', async () => {
    await open({ signIn: 'proxy', headers: { user: 'X-User', role: 'X-Groups' }, patients: false })
    const nurse = board.visitor({ 'X-User': '%E6%8A%A4%E5%A3%AB', 'X-Groups': 'staff, ACT' })
    const { body } = await nurse.get('/api/session')
    assert.deepEqual(
      [body.person?.code, body.role, body.seesPatients, body.signIn],
      ['护士', 'act', false, 'proxy'],
    )
    nurse.session = body as SessionView
    assert.equal((await nurse.act({ kind: 'received', alert: 1 })).status, 200)
    const other = board.visitor({ 'X-User': 'other', 'X-Groups': 'administer' })
    other.cookie = nurse.cookie
    assert.equal((await other.get('/api/open')).status, 401, 'the session of somebody else')
    for (const [headers, person] of [
      [{ 'X-User': '' }, null],
      [{ 'X-User': 'nurse, chief', 'X-Groups': 'administer' }, null],
    ] as const) {
      assert.equal((await sessionOf(headers)).body.person, person)
    }
    assert.equal((await sessionOf({ 'X-User': 'x', 'X-Groups': 'staff' })).status, 403)
    assert.equal((await sessionOf({ 'X-User': 'x' })).status, 403)
    assert.equal(await board.visitor().signIn(FIRST.user, FIRST.password), 403)
  })

  it('believes nobody else', async () => {
    await open({ signIn: 'proxy' }, '10.1.2.3')
    assert.equal((await sessionOf({ 'X-User': 'chief' })).status, 403)
  })

  it('gives a cookie for TLS and for the path that the browser has, where a believed proxy says so', async () => {
    await open()
    const headers = {
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Prefix': '/pacs/',
      'X-Forwarded-Host': 'board.hospital',
      Origin: 'https://board.hospital',
    }
    const visitor = board.visitor(headers)
    const response = await visitor.post('/api/sign-in', FIRST)
    assert.match(
      response.headers.getSetCookie()[0] ?? '',
      /^__Secure-crisis-board-\w+=[\w-]{43}; Path=\/pacs\/crisis-board; HttpOnly; SameSite=Strict; Secure$/,
    )
    assert.equal((await visitor.get('/api/open')).status, 200)
    await board.close()
    await open({}, '10.1.2.3')
    assert.equal((await board.visitor(headers).post('/api/sign-in', FIRST)).status, 403)
    const { Origin: _origin, ...rest } = headers
    const plain = await board.visitor(rest).post('/api/sign-in', FIRST)
    assert.match(plain.headers.getSetCookie()[0] ?? '', /^crisis-.*Path=\/crisis-board; HttpOnly/)
  })

  it('takes the users of Node-RED, by their permissions', async () => {
    const nodeRedUser = (name: string, password: string) =>
      Promise.resolve(password === 'right' ? { name, isAdministrator: name === 'boss' } : null)
    await open({ signIn: 'node-red', nodeRedUser, role: 'act' })
    for (const [user, password, status, role] of [
      ['boss', 'right', 200, 'administer'],
      ['other', 'right', 200, 'act'],
      ['other', 'wrong', 401, undefined],
      [FIRST.user, FIRST.password, 200, 'administer'],
    ] as const) {
      const visitor = board.visitor()
      assert.equal(await visitor.signIn(user, password), status, user)
      assert.equal(visitor.session?.role, role)
    }
    // A session of the one way is none of the other.
    const boss = await board.signedIn('boss', 'right')
    board.sites.register('test', '/changed', board.make({ signIn: 'accounts' }))
    assert.equal(
      (
        await fetch(board.base.replace('/crisis-board', '/changed/api/open'), {
          headers: { cookie: boss.cookie },
        })
      ).status,
      401,
    )
  })
})
