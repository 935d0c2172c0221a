import assert from 'node:assert/strict'
import type { AccountChange } from '../../src/ledger/index.js'
import { onBothEngines } from './both-engines.js'
import type { Site } from './site.js'

const NURSE = { code: 'n1', name: '护士', role: 'act', patients: true } as const

const change = (site: Site, login: string, what: AccountChange) =>
  site.ledger.run('changeBoardAccount', { actor: site.actor, by: 'chief', login, change: what })

const open = (site: Site, login: string, hash: string, secret: string | null) =>
  site.ledger.run('openBoardSession', {
    ...{ actor: site.actor, board: site.system, hash, login, secret, person: NURSE },
    ...{ way: secret === null ? 'proxy' : 'account', role: '', stamp: '', remote: '10.0.0.1' },
    forgetMs: 60_000,
  })

const session = (site: Site, hash: string, board = site.system) =>
  site.ledger.ask('boardSession', { board, hash })

onBothEngines('the accounts of the board', (newSite) => {
  it('are found by their login in any case and width, one for each', async () => {
    const site = newSite()
    const login = `Nurse ${site.system}`
    assert.equal(await change(site, login, { kind: 'add', ...NURSE, secret: 's' }), true)
    assert.equal(
      await change(site, login.toUpperCase(), { kind: 'add', ...NURSE, secret: 't' }),
      false,
    )
    const found = await site.ledger.ask('boardAccount', { login: ` ｎurse ${site.system} ` })
    assert.deepEqual([found?.account.login, found?.secret], [login, 's'])
    assert.equal(await change(site, `none ${site.system}`, { kind: 'lock' }), false)
  })

  it('end their sessions with each change, and give their role by then', async () => {
    const site = newSite()
    const login = `nurse ${site.system}`
    const hash = (n: number) => `${site.system} ${n}`
    await change(site, login, { kind: 'add', ...NURSE, secret: 's' })
    assert.equal(await open(site, login, hash(1), 's'), true)
    assert.equal((await session(site, hash(1)))?.patients, true)
    assert.equal(await session(site, hash(1), 'another board'), null)
    assert.equal(await open(site, login, hash(2), 's'), true)
    await change(site, login, { kind: 'own', secret: 't', keep: hash(2) })
    assert.equal(await session(site, hash(1)), null)
    assert.ok(await session(site, hash(2)))
    // Somebody who has shown the old password a moment ago comes too late.
    assert.equal(await open(site, login, hash(3), 's'), false)
    for (const what of [
      { kind: 'change', ...NURSE, role: 'look' },
      { kind: 'lock' },
      { kind: 'delete' },
    ] as const) {
      await change(site, login, { kind: 'unlock' })
      const [own, late] = [`${hash(4)} ${what.kind}`, `${hash(5)} ${what.kind}`]
      await open(site, login, own, 't')
      assert.ok(await session(site, own), what.kind)
      await change(site, login, what)
      assert.equal(await session(site, own), null, what.kind)
      assert.equal(await open(site, login, late, 't'), what.kind === 'change', what.kind)
    }
  })

  it('are signed in with twenty browsers at most, and those of others stay', async () => {
    const site = newSite()
    for (let n = 0; n < 22; n++) await open(site, 'one', `${site.system} one ${n}`, null)
    await open(site, 'two', `${site.system} two`, null)
    const left = await Promise.all(
      Array.from({ length: 22 }, (_, n) => session(site, `${site.system} one ${n}`)),
    )
    assert.equal(left.filter((one) => one !== null).length, 20)
    assert.ok(await session(site, `${site.system} one 21`))
    assert.ok(await session(site, `${site.system} two`))
    await site.ledger.run('closeBoardSession', { actor: site.actor, hash: `${site.system} two` })
    assert.equal(await session(site, `${site.system} two`), null)
  })
})
