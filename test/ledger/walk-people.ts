import { alertKey } from '../../src/loop/index.js'
import { CRISIS, type Site } from './site.js'

/** Pages that are taken, wait, go to another channel, fail, and that nobody needs any more. */
export async function walkPages(site: Site): Promise<void> {
  const { ledger, actor } = site
  const alert = alertKey(site.system, { ...CRISIS, ExamNo: 'watched' })
  const way = (channel: string) => ({ channel, name: channel, to: ['x'] })
  const content = {
    person: { code: 'x', name: '' },
    ways: [way('one'), way('two')],
    ...{ title: '', text: '', level: '', link: null, urgent: true },
    oneTime: { prefix: 'https://x/', expiresMs: 1 },
    language: 'zh-CN',
  } as const
  const step = {
    ...{ watch: 'watch', revision: 1, storedAt: 0, step: 0, round: 0 },
    until: 'received',
    isLast: false,
  } as const
  const page = {
    ...{ actor, node: 'page', message: '{}', alert, revision: 1, content, step, lifeMs: null },
    noWay: 'X',
    redelivered: false,
  }
  const send = (more: object) => ledger.run('sendPage', { ...page, ...more })
  for (const more of [{ redelivered: true }, {}, { step: { ...step, round: 1 } }]) await send(more)
  await send({ content: { ...content, ways: [] } })
  for (let n = 0; n < 3; n++) await send({ alert: null, step: null })
  const rule = { limits: [{ most: 9, withinMs: 1 }], avoidsHalfHours: false }
  const claim = async (leaseMs: number, limit: number) => {
    const lease = { lease: 'walk/1', leaseMs, limit, isShared: false }
    const rate = { rule, per: 'channel' } as const
    const { groups } = await ledger.run('claimPages', { actor, channel: 'one', ...lease, rate })
    return groups.flat()
  }
  await claim(60_000, 1)
  await ledger.run('releasePages', { lease: 'walk/1' })
  const reason = { zh: '', en: '' }
  const attempt = { startedAt: 1, endedAt: 2, request: null, answer: null }
  const conclude = (id: number, lease: string | null, kind: 'refused' | 'retry' | 'accepted') =>
    ledger.run('concludePage', {
      ...{ actor, id, lease, attempt },
      verdict: { class: kind, code: 'X', reason },
    })
  const [one, two, three] = await claim(-1, 9)
  if (!one || !two || !three) throw new Error('the pages are due')
  for (const busy of [null, 'one']) await ledger.run('strandedPages', { busy })
  await conclude(one.id, one.lease, 'retry')
  await conclude(two.id, two.lease, 'refused')
  for (let n = 0; n < 2; n++) await conclude(three.id, three.lease, 'accepted')
  await conclude(two.id, null, 'refused')
  await ledger.run('pageCounts', { node: 'page' })
  await ledger.run('passOnHandouts', { actor, from: 'page', to: 'page 2', kind: 'paged' })
  // Dropped as soon as somebody reacts.
  await send({ redelivered: true })
}

/** Acts of people, with a step that is refused, and a link from its making to its use. */
export async function walkActs(site: Site): Promise<void> {
  const { ledger, actor, system } = site
  const ExamNo = 'acted'
  const person = { code: '1', name: '' }
  const node = { actor, target: 'acts', message: '{}', system, zone: '+08:00', result: 'x' }
  const did = { readBack: null, note: '', to: null }
  const { alert } = await site.send({ ExamNo })
  for (const kind of ['refused', 'refused', 'received'] as const) {
    const act = { ...did, kind, person, role: '', at: Date.UTC(2026, 0, 1), how: 'form' }
    await ledger.run('acknowledgeAlert', { ...node, which: { ExamNo }, act })
  }
  const link = { alert, revision: 1, person, expiresMs: 1_000 }
  const [token, over] = [
    await ledger.run('mintLink', link),
    await ledger.run('mintLink', { ...link, expiresMs: -1 }),
  ]
  for (const one of [token, over]) {
    await ledger.run('readLink', { token: one })
    await ledger.run('noteLink', { actor, token: one })
  }
  for (const typed of ['x', '1']) {
    await ledger.run('confirmLink', { actor, token, typed, people: [] })
  }
  const act = { ...did, kind: 'processed' } as const
  await ledger.run('useLink', { ...node, token, person: { code: '2', name: '' }, act, nextMs: 1 })
}
