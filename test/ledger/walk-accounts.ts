import type { Site } from './site.js'

/** Accounts and sessions of the board, from their making to their end. */
export async function walkAccounts(site: Site): Promise<void> {
  const { ledger, actor } = site
  const account = { code: '1', name: '', role: 'look', patients: false } as const
  const secret = 'x'
  for (const change of [
    { kind: 'add', secret, ...account },
    { kind: 'change', ...account },
    { kind: 'lock' },
    { kind: 'unlock' },
    { kind: 'password', secret },
    { kind: 'own', secret, keep: 'hash' },
  ] as const) {
    await ledger.run('changeBoardAccount', { actor, by: 'x', login: 'one', change })
  }
  await ledger.run('boardAccounts', undefined)
  await ledger.run('boardAccount', { login: 'one' })
  const session = {
    actor,
    board: 'board',
    login: 'one',
    person: account,
    remote: '',
    stamp: '',
    secret,
  }
  for (let n = 0; n < 21; n++) {
    const hash = `hash ${n}`
    const rest = { hash, way: 'account', role: '', forgetMs: 1 } as const
    await ledger.run('openBoardSession', { ...session, ...rest })
  }
  await ledger.run('boardKey', undefined)
  const hash = 'hash 20'
  await ledger.run('boardSession', { board: 'board', hash })
  await ledger.run('seeBoardSession', { hash })
  await ledger.run('closeBoardSession', { actor, hash })
  const refused = [{ account: '', remote: '', why: 'password', count: 1 }]
  await ledger.run('noteBoardRefusals', { actor, refused })
  const change = { kind: 'delete' } as const
  await ledger.run('changeBoardAccount', { actor, by: 'x', login: 'one', change })
}
