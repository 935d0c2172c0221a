import { PROCESSED, type Site } from './site.js'

const PEER = 'peer'
const ITEM = { peer: PEER, node: 'node', message: '{}', expiresAfterMs: 1 } as const
const LEASE = { lease: 'walk/1' }
const ATTEMPT = {
  ...{ startedAt: 1, endedAt: 2, class: 'unauthorized', code: 'PEER_DEADLINE' },
  ...{ reasonZh: '', reasonEn: '', reply: null },
  request: Buffer.from('<a/>'),
  response: Buffer.alloc(0),
}

/** Troubles of every kind, and a look of the watchdog. */
export async function walkTroubles(site: Site): Promise<void> {
  const { ledger, actor } = site
  for (let n = 0; n < 2; n++) await site.feedBack({ ...PROCESSED, ExamNo: `of none ${n}` })
  const raw = Buffer.from('<raw/>')
  const said = { operation: '', code: 'X', reasonZh: '', reasonEn: '' }
  const call = { service: 'service', remoteAddress: '', charset: '', raw, ...said }
  for (let n = 0; n < 2; n++) await ledger.run('quarantine', { actor, item: call })
  const item = { ...ITEM, operation: 'SynCrisisInfo', document: '<a/>', alert: null } as const
  for (const lane of ['1', '2']) await ledger.run('enqueue', { actor, item: { ...item, lane } })
  const limits = { limit: 10, parallel: 10, perMinute: 1_000, leaseMs: 60_000 }
  const { documents } = await ledger.run('claim', { actor, peer: PEER, ...LEASE, ...limits })
  for (const { id, lease } of documents) {
    await ledger.run('conclude', { actor, id, lease, attempt: ATTEMPT, verdict: { state: 'held' } })
  }
  const rules = { silenceMs: 0, backlogDocuments: 0, backlogGraceMs: 0, oldestMs: 0 }
  const args = { actor, target: 'watch', zone: '+08:00' }
  await site.rows('update alert set opened_at = opened_at - 7200000 where id > 0')
  for (let isCounted = false; !isCounted;) {
    ;({ isCounted } = await ledger.run('watchOver', { ...args, rules }))
  }
  await ledger.run('enqueue', { actor, item: { ...item, lane: 'piles up' } })
  await site.rows('update outbox set at = at - 60000 where id > 0')
  await ledger.run('watchOver', { ...args, rules })
  const off = { ...rules, silenceMs: null, backlogDocuments: null, oldestMs: null }
  await ledger.run('watchOver', { ...args, rules: off })
  const synthetic = { target: 'watch', key: 'SYNTHETIC-1' }
  await ledger.run('expectSynthetic', { ...synthetic, everyMs: 1 })
  await ledger.run('noteSynthetic', synthetic)
  const ended = { actor, ...synthetic, peer: PEER, refused: null, tells: true }
  await ledger.run('endSynthetic', ended)
  const trouble = { actor, kind: 'channelDown', key: 'channel' } as const
  for (const on of [true, false]) await ledger.run('noteTrouble', { ...trouble, on })
  const gaps = { actor, target: 'watch', kind: 'rosterGap' } as const
  for (const present of [[{ key: 'x' }], []]) await ledger.run('keepTroubles', { ...gaps, present })
}
