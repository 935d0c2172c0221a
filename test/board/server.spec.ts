import assert from 'node:assert/strict'
import { ledgerError } from '../../src/store/index.js'
import { BoardVisitor } from '../support/board-visitor.js'
import { BoardFixture, FIRST, MARKUP } from './board-fixture.js'

const PASSWORD = 'a-long-password'

describe('the server of the board', function () {
  this.timeout(10_000)
  let board: BoardFixture

  beforeEach(async () => {
    board = await new BoardFixture().open()
  })
  afterEach(() => board.close())

  const account = async (user: string, role: string, patients = 'no') => {
    const chief = await board.signedIn()
    const fields = { action: 'add', code: user, name: MARKUP, role, patients, password: PASSWORD }
    const { body } = await chief.act({ kind: 'account', id: user, fields })
    assert.deepEqual(body, { isDone: true, reason: null })
    return board.signedIn(user, PASSWORD)
  }

  it('leads to its page, which is served with headers that let nothing else in', async () => {
    const stranger = board.visitor()
    const bare = await stranger.fetch('')
    assert.deepEqual([bare.status, bare.headers.get('location')], [302, './crisis-board/'])
    const page = await stranger.fetch('/')
    assert.equal(await page.text(), '<p>')
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; script/)
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
    const again = await stranger.fetch('/', { headers: { 'If-None-Match': '"tag"' } })
    assert.equal(again.status, 304)
  })

  it('serves no path but those it knows, however one is written', async () => {
    const chief = await board.signedIn()
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '//',
      '//board.js',
      '/api//open',
      '/api/open/',
      '/API/open',
      '/api/toString',
      '/api/__proto__',
      '/board.js%00',
      `/${'a'.repeat(5_000)}`,
      `/api/open?${'a'.repeat(5_000)}`,
    ]) {
      const { status } = await chief.fetch(path)
      assert.ok([400, 404].includes(status), `${path} ${status}`)
    }
    for (const [path, method] of [
      ['/', 'POST'],
      ['/api/open', 'DELETE'],
      ['/api/act', 'GET'],
      ['/api/events', 'HEAD'],
    ] as const) {
      assert.equal((await chief.fetch(path, { method })).status, 405, path)
    }
  })

  it('shows nothing to whoever is not signed in', async () => {
    const stranger = board.visitor()
    const { body } = await stranger.get('/api/session')
    assert.deepEqual([body.person, body.formToken, body.seesPatients], [null, '', false])
    for (const path of ['open', 'exam?alert=1', 'events', 'accounts', 'register.csv']) {
      assert.equal((await stranger.fetch(`/api/${path}`)).status, 401, path)
    }
    assert.equal((await stranger.act({ kind: 'received', alert: 1 })).status, 401)
    assert.equal(board.fake.acts.length, 0)
  })

  it('signs in by a password, and tells a wrong one from no user by nothing', async () => {
    await account('nurse', 'look')
    for (const [user, password] of [
      ['nurse', 'wrong-password'],
      ['nobody', PASSWORD],
      [FIRST.user, PASSWORD],
      ['', ''],
      ['x'.repeat(300), PASSWORD],
    ] as const) {
      const response = await board.visitor().post('/api/sign-in', { user, password })
      assert.equal(response.status, 401)
      assert.equal(((await response.json()) as { code: string }).code, 'WRONG_LOGIN')
    }
    const nurse = await board.signedIn(' NURSE ', PASSWORD)
    assert.deepEqual(nurse.session?.person, { code: 'nurse', name: MARKUP })
    const kinds = (await board.audit()).filter(({ kind }) => kind !== 'boardAccount')
    assert.deepEqual(
      kinds.map(({ kind, by, account: who, count }) => [kind, by ?? who, count]),
      [
        ['boardSignIn', FIRST.user, undefined],
        ['boardSignIn', 'nurse', undefined],
        ['boardRefused', 'nurse', 1],
        // A login that is none may be a password that was typed into the wrong field.
        ['boardRefused', '', 1],
        ['boardRefused', FIRST.user, 1],
        ['boardSignIn', 'nurse', undefined],
      ],
    )
  })

  it('makes whoever tries many passwords wait, and nobody else', async () => {
    const person = await board.signedIn()
    const attacker = board.visitor()
    for (let n = 0; n < 10; n++) assert.equal(await attacker.signIn(FIRST.user, 'guess'), 401)
    const refused = await attacker.post('/api/sign-in', { user: FIRST.user, password: 'guess' })
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    // The right one waits too where it comes from the same address, and for this user only, but for a computer at
    // which that person has signed in before.
    assert.equal(await attacker.signIn(FIRST.user, FIRST.password), 429)
    assert.equal(await attacker.signIn('another', 'guess'), 401)
    assert.equal(await person.signIn(FIRST.user, FIRST.password), 200)
    board.clock.now += 2_000
    assert.equal(await attacker.signIn(FIRST.user, FIRST.password), 200)
    await board.board.close()
    const counts = (await board.audit()).filter(({ kind }) => kind === 'boardRefused')
    // A flood is two entries: the first, and the number of those that followed.
    assert.deepEqual(
      new Set(
        counts.map(
          ({ why, account: who, count }) => `${String(why)} ${String(who)} ${String(count)}`,
        ),
      ),
      new Set([`password ${FIRST.user} 1`, `password ${FIRST.user} 10`, 'password  1', 'wait  1']),
    )
  })

  it('gives a cookie that no script reads and no other site sends, for this board alone', async () => {
    const visitor = board.visitor()
    const response = await visitor.post('/api/sign-in', { ...FIRST })
    const [cookie = '', device = ''] = response.headers.getSetCookie()
    assert.match(
      device,
      /^crisis-board-[0-9a-f]{8}-device=[\w-]{22}; Path=\/crisis-board; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    )
    assert.match(
      cookie,
      /^crisis-board-[0-9a-f]{8}=[\w-]{43}; Path=\/crisis-board; HttpOnly; SameSite=Strict$/,
    )
    const token = /=([\w-]{43})/.exec(cookie)?.[1] ?? ''
    const rows = JSON.stringify(board.engine.query('select * from board_session'))
    assert.ok(!rows.includes(token), 'only the hash is kept')
  })

  it('ends a session by its end, its idleness and a sign-out, whoever shows its cookie then', async () => {
    const chief = await board.signedIn()
    const thief = board.visitor()
    thief.cookie = chief.cookie
    assert.equal((await thief.get('/api/open')).status, 200)
    assert.equal((await chief.post('/api/sign-out', {})).status, 200)
    assert.equal((await thief.get('/api/open')).status, 401)

    const idle = await board.signedIn()
    board.clock.now += 60_001
    assert.equal((await idle.get('/api/open')).status, 401)

    const busy = await board.signedIn()
    for (let n = 0; n < 10; n++) {
      board.clock.now += 59_999
      assert.equal((await busy.get('/api/open')).status, 200)
      board.clock.now += 1
    }
    board.clock.now += 1
    assert.equal((await busy.get('/api/open')).status, 401)
    await board.board.close()
    const why = (await board.audit()).filter(({ kind }) => kind !== 'boardSignIn')
    assert.ok(why.some(({ kind, by }) => kind === 'boardSignOut' && by === FIRST.user))
    assert.ok(why.some(({ kind, why: reason }) => kind === 'boardRefused' && reason === 'session'))
  })

  it('lets a wall stay on, and nobody else', async () => {
    const wall = await account('wall', 'look')
    board.clock.now += 5_000_000
    assert.equal((await wall.get('/api/open')).status, 200)
    board.clock.now += 1_000_001
    assert.equal((await wall.get('/api/open')).status, 401)
  })

  it('acts for pages of its own only, with the form of the session, and for roles that may', async () => {
    const nurse = await account('nurse', 'act', 'yes')
    const looker = await account('looker', 'look')
    const act = { kind: 'received', alert: 1, fields: { note: MARKUP } } as const
    const foreign = { 'X-Crisis-Form': looker.session?.formToken ?? '' }
    for (const [headers, status] of [
      [{}, 200],
      [{ 'Sec-Fetch-Site': 'same-origin', Origin: 'https://behind.a.proxy' }, 200],
      [{ Origin: new URL(board.base).origin }, 200],
      [{ 'X-Crisis-Form': '' }, 403],
      [foreign, 403],
      [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
      [{ 'Sec-Fetch-Site': 'same-site' }, 403],
      [{ Origin: 'https://evil.example' }, 403],
      [{ Origin: 'null' }, 403],
      [{ 'Content-Type': 'text/plain' }, 400],
    ] as const) {
      assert.equal((await nurse.act(act, headers)).status, status, JSON.stringify(headers))
    }
    assert.equal((await looker.act(act)).body.code, 'ROLE_TOO_SMALL')
    assert.equal((await nurse.get('/api/accounts')).status, 403)
    const fields = { action: 'unlock' }
    assert.equal((await nurse.act({ kind: 'account', id: 'looker', fields })).status, 403)
    assert.equal(board.fake.acts.length, 3)
    const [done] = board.fake.acts
    assert.deepEqual(done?.facts.person, { code: 'nurse', name: MARKUP })
    assert.equal(done?.act.fields?.['note'], MARKUP, 'as text')
    await board.board.close()
    const refused = (await board.audit()).filter(({ kind }) => kind === 'boardRefused')
    for (const why of ['form', 'site', 'role']) {
      assert.ok(
        refused.some((one) => one.why === why),
        why,
      )
    }
  })

  it('takes no act that is none, nor one that is too big', async () => {
    const chief = await board.signedIn()
    for (const [act, status] of [
      [{ kind: 'nonsense' }, 400],
      [{ kind: 'toString' }, 400],
      [{ kind: 'received', alert: -1 }, 400],
      [{ kind: 'received', alert: '1' }, 400],
      [{ kind: 'received', fields: { note: 1 } }, 400],
      [{ kind: 'received', fields: ['x'] }, 400],
      [{ kind: 'received', reason: 'x'.repeat(4_001) }, 400],
      [{ kind: 'received', reason: 'x'.repeat(10 << 20) }, 413],
      ['not json', 400],
      ['null', 400],
    ] as const) {
      const response = await chief.post('/api/act', act)
      assert.equal(response.status, status, JSON.stringify(act).slice(0, 80))
      assert.ok(((await response.json()) as { reason: { zh: string } }).reason.zh)
    }
    assert.equal(board.fake.acts.length, 0)
    assert.equal((await chief.get('/api/open')).status, 200, 'the session goes on')
  })

  it('says what does not exist and what makes no sense, and fails without a word of why', async () => {
    const chief = await board.signedIn()
    assert.equal((await chief.get('/api/exam?alert=404')).status, 404)
    const { status, body } = await chief.get('/api/search?from=nonsense')
    assert.deepEqual([status, body.code], [400, 'PERIOD_INVALID'])
    const shown = await chief.fetch('/api/open')
    assert.match(shown.headers.get('content-type') ?? '', /^application\/json/)
    assert.deepEqual(await shown.json(), { name: 'open', patient: MARKUP })

    board.fake.hold = Promise.reject(new TypeError(`secret of ${MARKUP}`))
    board.fake.hold.catch(() => {})
    const broken = await chief.get('/api/open')
    assert.deepEqual([broken.status, broken.body.code], [500, 'UNEXPECTED'])
    assert.ok(!JSON.stringify(broken.body).includes('secret'))
    assert.equal(board.failures.length, 1)
    board.fake.hold = undefined
    board.engine.failing = (name) =>
      name === 'boardSession' ? ledgerError('LEDGER_SLOW') : undefined
    assert.equal((await chief.get('/api/open')).status, 503)
  })

  it('answers few questions of one session at a time', async () => {
    const chief = await board.signedIn()
    let go = (): void => {}
    board.fake.hold = new Promise((resolve) => (go = resolve))
    const asked = Array.from({ length: 8 }, () => chief.fetch('/api/search'))
    const refused = new Promise<void>((resolve) => {
      let left = 2
      for (const one of asked) void one.then(() => --left === 0 && resolve())
    })
    await refused
    go()
    const all = await Promise.all(asked)
    assert.equal(all.filter(({ status }) => status === 200).length, 6)
    assert.equal(all.filter(({ status }) => status === 429).length, 2)
  })

  it('sends the register as a file that no browser shows', async () => {
    const chief = await board.signedIn()
    const csv = await chief.fetch('/api/register.csv')
    assert.equal(await csv.text(), `'=1+1\r\ntwo\r\n`)
    assert.equal(
      csv.headers.get('content-disposition'),
      'attachment; filename="register___X__y.csv"',
    )
  })

  it('keeps accounts: made, changed, locked and removed by an administrator, who is named in the audit', async () => {
    const nurse = await account('nurse', 'act')
    const other = await account('other', 'administer')
    const chief = await board.signedIn()
    const set = (id: string, fields: Record<string, string>, by = chief) =>
      by.act({ kind: 'account', id, fields }).then(({ body }) => body.isDone)
    const person = { code: 'n1', name: '护士', role: 'look', patients: 'no' }
    const no: readonly [string, Record<string, string>, typeof chief][] = [
      ['NURSE', { action: 'add', ...person, password: PASSWORD }, chief],
      ['short', { action: 'add', ...person, password: 'short' }, chief],
      ['norole', { action: 'add', ...person, role: 'god', password: PASSWORD }, chief],
      ['a b', { action: 'add', ...person, password: PASSWORD }, chief],
      ['nobody', { action: 'lock' }, chief],
      [FIRST.user, { action: 'delete' }, chief],
      ['other', { action: 'lock' }, other],
    ]
    for (const [id, fields, by] of no) assert.equal(await set(id, fields, by), false, id)
    assert.equal((await chief.act({ kind: 'account', id: 'x', fields: {} })).status, 400)

    const signedOut = async () => (await nurse.get('/api/open')).status === 401
    assert.equal(await set('nurse', { action: 'change', ...person }), true)
    assert.ok(await signedOut(), 'a change ends its sessions')
    await nurse.signIn('nurse', PASSWORD)
    assert.deepEqual([nurse.session?.person?.code, nurse.session?.role], ['n1', 'look'])
    assert.equal(await set('nurse', { action: 'lock' }), true)
    assert.ok(await signedOut())
    assert.equal(await nurse.signIn('nurse', PASSWORD), 403)
    assert.equal(await nurse.signIn('nurse', 'wrong-password'), 401)
    await set('nurse', { action: 'unlock' })
    await set('nurse', { action: 'password', password: 'another-password' })
    assert.equal(await nurse.signIn('nurse', PASSWORD), 401)
    assert.equal(await nurse.signIn('nurse', 'another-password'), 200)

    const elsewhere = await board.signedIn('nurse', 'another-password')
    const own = { action: 'ownPassword', oldPassword: 'wrong', password: 'mine-alone-now' }
    assert.equal((await nurse.act({ kind: 'account', fields: own })).status, 401)
    const right = { ...own, oldPassword: 'another-password' }
    assert.equal((await nurse.act({ kind: 'account', fields: right })).body.isDone, true)
    assert.equal((await nurse.get('/api/open')).status, 200)
    assert.equal((await elsewhere.get('/api/open')).status, 401)

    const { body } = await chief.get('/api/accounts')
    assert.deepEqual(
      body.rows?.map(({ user, role, isFirst, lastSignIn }) => [user, role, isFirst, !!lastSignIn]),
      [
        [FIRST.user, 'administer', true, false],
        ['nurse', 'look', false, true],
        ['other', 'administer', false, true],
      ],
    )
    assert.equal(await set('nurse', { action: 'delete' }), true)
    assert.ok(await signedOut())
    const changes = (await board.audit()).filter(({ kind }) => kind === 'boardAccount')
    assert.deepEqual(
      changes.map(
        ({ by, account: who, change }) => `${String(by)} ${String(change)} ${String(who)}`,
      ),
      [
        ...['add nurse', 'add other', 'change nurse', 'lock nurse', 'unlock nurse'],
        'password nurse',
      ]
        .map((text) => `${FIRST.user} ${text}`)
        .concat('nurse own nurse', `${FIRST.user} delete nurse`),
    )
    const kept = JSON.stringify(board.engine.query('select * from board_account, audit'))
    assert.ok(!kept.includes(PASSWORD) && !kept.includes('mine-alone-now'))
  })

  it('has a second person sign with a password of their own', async () => {
    await account('second', 'act')
    await account('looker', 'look')
    const chief = await board.signedIn()
    const lift = (secondUser: string, secondPassword: string) =>
      chief.act({ kind: 'liftHold', alert: 1, fields: { secondUser, secondPassword, x: 'y' } })
    for (const [user, password] of [
      ['second', 'wrong'],
      [FIRST.user, FIRST.password],
      ['looker', PASSWORD],
    ] as const) {
      const { status, body } = await lift(user, password)
      assert.deepEqual([status, body.isDone], [200, false], user)
    }
    assert.equal(board.fake.acts.length, 0)
    assert.equal((await lift('second', PASSWORD)).body.isDone, true)
    assert.equal((await lift('', '')).body.isDone, true, 'the act itself says that it wants one')
    assert.deepEqual(
      board.fake.acts.map(({ facts, act }) => [facts.second?.code, act.fields]),
      [
        ['second', { x: 'y' }],
        [undefined, { x: 'y' }],
      ],
    )
  })

  it('gives its sessions up when the first administrator gets another password', async () => {
    const chief = await board.signedIn()
    const first = { ...FIRST, password: 'a-new-password' }
    board.sites.register('test', '/changed', board.make({ first }))
    const elsewhere = new BoardVisitor(board.base.replace('/crisis-board', '/changed'))
    elsewhere.cookie = chief.cookie
    assert.equal((await elsewhere.get('/api/open')).status, 401)
    assert.equal((await chief.get('/api/open')).status, 200)
  })
})
