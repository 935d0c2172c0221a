import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESSED, RECEIVED, type Site } from './site.js'

const LICENCE = 'L-7788-secret'

/** Where the chain of a site is broken. */
async function brokenAt(site: Site): Promise<readonly number[]> {
  const { broken } = await site.ledger.verifyAudit()
  return broken.filter(({ chain }) => chain === site.system).map(({ seq }) => seq)
}

/** Changes a line and gives it the hash that it would have. */
async function forge(site: Site, seq: number, changes: { seq?: number; kind?: string }) {
  const [row] = await site.rows(
    'select * from audit where chain = $1 and seq = $2',
    site.system,
    seq,
  )
  const { chain, at, alert, outbox, actor, detail, before, ...rest } = row!
  const kind = changes.kind ?? rest['kind']!
  const to = changes.seq ?? seq
  const hash = createHash('sha256')
    .update(before as string)
    .update(JSON.stringify([chain, to, at, kind, alert, outbox, actor, detail]))
    .digest('hex')
  await site.rows(
    'update audit set seq = $3, kind = $4, hash = $5 where chain = $1 and seq = $2',
    site.system,
    seq,
    to,
    kind,
    hash,
  )
  return hash
}

onBothEngines('the audit', (site) => {
  beforeEach(async () => {
    await site().send()
    await site().feedBack(RECEIVED)
    await site().send({ CrisisMemo: '更正' })
    await site().tell(later(PROCESSED))
    await site().feedBack({ ...RECEIVED, ExamNo: 'unknown' })
  })

  it('says what happened, and holds', async () => {
    assert.deepEqual(await site().audited(), [
      'stored',
      'feedback:received',
      'revised',
      'told:processed',
      'queued',
      'orphan',
    ])
    assert.deepEqual(await brokenAt(site()), [])
    const { entries } = await site().ledger.verifyAudit()
    const [all] = await site().rows('select count(*) as n from audit')
    assert.equal(entries, all?.['n'])
  })

  for (const [column, value] of [
    ['kind', "'resent'"],
    ['at', 'at + 1'],
    ['alert', 'alert + 1'],
    ['outbox', '7'],
    ['actor', "'somebody'"],
    ['detail', `'{"revision":1}'`],
    ['hash', 'before'],
    ['before', 'hash'],
  ] as const) {
    it(`shows where the ${column} of a line was changed`, async () => {
      await site().rows(
        `update audit set ${column} = ${value} where chain = $1 and seq = 3`,
        site().system,
      )
      assert.deepEqual(await brokenAt(site()), [3])
    })
  }

  it('shows where a line was taken out', async () => {
    await site().rows('delete from audit where chain = $1 and seq = 3', site().system)
    assert.deepEqual(await brokenAt(site()), [4])
  })

  it('shows that the first line was taken out', async () => {
    await site().rows('delete from audit where chain = $1 and seq = 1', site().system)
    assert.deepEqual(await brokenAt(site()), [2])
  })

  it('shows that the last line was taken out, or all of them', async () => {
    await site().rows('delete from audit where chain = $1 and seq = 6', site().system)
    assert.deepEqual(await brokenAt(site()), [6])
    await site().rows('delete from audit where chain = $1', site().system)
    assert.deepEqual(await brokenAt(site()), [1])
  })

  it('shows where the rest was moved up to hide a line that was taken out', async () => {
    await site().rows('delete from audit where chain = $1 and seq = 3', site().system)
    for (const seq of [4, 5, 6]) {
      await site().rows(
        'update audit set seq = seq - 1 where chain = $1 and seq = $2',
        site().system,
        seq,
      )
    }
    assert.deepEqual(await brokenAt(site()), [3])
  })

  it('shows where a line was put in', async () => {
    await site().rows('update audit set seq = 7 where chain = $1 and seq = 6', site().system)
    await site().rows(
      `insert into audit (chain, seq, at, kind, alert, outbox, actor, detail, before, hash)
       select chain, 6, at, 'resent', alert, outbox, actor, detail, hash, before
       from audit where chain = $1 and seq = 5`,
      site().system,
    )
    assert.deepEqual(await brokenAt(site()), [6])
  })

  it('shows behind a line that was forged whole', async () => {
    await forge(site(), 3, { kind: 'resent' })
    assert.deepEqual(await brokenAt(site()), [4])
    await forge(site(), 6, { kind: 'resent' })
    assert.deepEqual(await brokenAt(site()), [4])
  })

  it('shows that the last line was forged whole', async () => {
    await forge(site(), 6, { kind: 'resent' })
    assert.deepEqual(await brokenAt(site()), [7])
  })

  it('shows a gap in the numbers', async () => {
    const hash = await forge(site(), 6, { seq: 8 })
    await site().rows(
      'update audit_head set seq = 8, hash = $2 where chain = $1',
      site().system,
      hash,
    )
    assert.deepEqual(await brokenAt(site()), [8])
  })

  it('goes through long chains page by page', async () => {
    for (let n = 0; n < 21; n++) {
      await site().sendAll(Array.from({ length: 25 }, () => ({})))
    }
    assert.deepEqual(await brokenAt(site()), [])
    await site().rows(
      "update audit set detail = '{}' where chain = $1 and seq = 501",
      site().system,
    )
    assert.deepEqual(await brokenAt(site()), [501])
  })

  it('has no text of a patient, a person or a licence in it', async () => {
    await site().send({ SickNo: 'C0002', CrisisMemo: '李四' })
    await site().send({ SickNo: 'C0002', CrisisMemo: '李四' })
    await site().ledger.run('quarantine', {
      actor: site().actor,
      item: {
        service: 'service',
        operation: 'SynCrisisResponseInfo',
        remoteAddress: '127.0.0.1',
        raw: Buffer.from(`<License>${LICENCE}</License>`),
        charset: 'utf-8',
        code: 'LICENCE_WRONG',
        reasonZh: `李四 ${LICENCE}`,
        reasonEn: `李四 ${LICENCE}`,
      },
    })
    const rows = await site().rows('select * from audit where chain = $1', site().system)
    assert.ok(rows.length >= 9)
    const all = JSON.stringify(rows)
    const { CrisisSettor, CrisisCode: _code, CrisisType: _type, ...texts } = CRISIS
    const secrets = [
      ...Object.values(texts),
      CrisisSettor?.code,
      CrisisSettor?.name,
      RECEIVED.CrisisReceiver?.name,
      PROCESSED.ProcessStaff?.name,
      PROCESSED.ProcessStaff?.code,
      PROCESSED.ProcessResult,
      'C0002',
      '李四',
      '更正',
      LICENCE,
    ]
    for (const secret of secrets) {
      assert.ok(secret)
      assert.equal(all.includes(secret), false, `${secret} stands in the audit`)
    }
  })
})
