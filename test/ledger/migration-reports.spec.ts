import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFeedbackDocument } from '../../src/messages/index.js'
import { PostgresEngine, SqliteEngine, type Engine, type SqlValue } from '../../src/store/index.js'
import { postgresOrSkip } from '../support/postgres.js'
import { definition, definitionPath } from './definition.js'
import { ninthDefinition, ninthPath } from './definition-ninth.js'
import { CRISIS, later, RECEIVED, Site } from './site.js'

const SECOND = { ...CRISIS, CrisisCode: '2', CrisisName: '前置胎盘' }
const SYSTEM = 'PACS'

/** What a flow had told, as the version before kept it. */
const telling = (alerts: readonly number[], says: object | null) =>
  JSON.stringify({
    feedback: RECEIVED,
    stage: 'received',
    about: { key: '' },
    alerts,
    application: 'HIS',
    extra: [],
    omitEmpty: true,
    omitEmptyProcess: false,
    perAlert: false,
    combinedOnly: false,
    says,
  })

interface Row {
  readonly message: string
  readonly state: string
  readonly parked?: string
  readonly attempts?: number
  readonly endedAt?: number
  readonly mergedInto?: number
  readonly says?: object
}

/** The numbers of these are 1, 2 and so on. */
const ROWS: readonly Row[] = [
  { message: 'delivered', state: 'done', attempts: 1, endedAt: 5, says: RECEIVED },
  { message: 'with a delivered one', state: 'merged', mergedInto: 1, endedAt: 4 },
  { message: 'waits', state: 'parked', parked: 'otherFinding' },
  { message: 'to be sent', state: 'ready', says: RECEIVED },
  { message: 'with one to be sent', state: 'merged', mergedInto: 4, endedAt: 4 },
  { message: 'dead', state: 'dead', attempts: 2, endedAt: 5, says: RECEIVED },
  { message: 'taken back', state: 'parked', parked: 'alertCancelled', says: RECEIVED },
  {
    message: 'tried and held',
    state: 'parked',
    parked: 'wrongPatient',
    attempts: 1,
    says: RECEIVED,
  },
]

async function fill(site: Site): Promise<void> {
  const { examKey } = site.crisisOf(CRISIS)
  const rows = (sql: string, ...params: SqlValue[]) => site.rows(sql, ...params)
  for (const row of ROWS) {
    await rows(
      `insert into outbox (peer, operation, lane, document, alert, node, message, state, due, at, attempts,
         ended_at, parked, merged_into, telling)
       values ($1, 'SynCrisisResponseInfo', $2, '<old/>', 1, $3, $4, $5, 0, 1, $6, $7, $8, $9, $10)`,
      `peer of ${SYSTEM}`,
      examKey,
      site.target,
      JSON.stringify({ topic: row.message }),
      row.state,
      row.attempts ?? 0,
      row.endedAt ?? null,
      row.parked ?? null,
      row.mergedInto ?? null,
      telling([1], row.says ?? null),
    )
  }
}

async function carriesOver(before: () => Engine, after: () => Engine): Promise<void> {
  const old = before()
  await old.ready()
  await fill(new Site(old, SYSTEM))
  await old.close()

  const engine = after()
  assert.deepEqual((await engine.ready()).warnings, [])
  const site = new Site(engine, SYSTEM)
  const states = await site.told()
  assert.deepEqual(states, [
    'merged',
    'done',
    'parked otherFinding',
    'merged',
    'ready',
    'dead',
    'parked alertCancelled',
    'parked wrongPatient',
  ])
  // Nothing is told twice, and what waits has no document.
  const documents = await site.rows('select id, node, state, blocked, says from outbox order by id')
  assert.deepEqual(
    documents.map((row) => [row['id'], row['node'], row['state'], row['blocked']]),
    [
      [1, '', 'done', null],
      [4, '', 'ready', null],
      [6, '', 'dead', null],
      [7, '', 'ready', 'alertCancelled'],
      [8, '', 'ready', 'wrongPatient'],
    ],
  )
  assert.deepEqual(JSON.parse(String(documents[1]?.['says'])), RECEIVED)
  await site.deliver()
  assert.deepEqual(await site.outcomes(), [
    'to be sent done DELIVERED',
    'with one to be sent done DELIVERED',
  ])
  await site.ledger.run('expireDocuments', {
    actor: site.actor,
    peer: `peer of ${SYSTEM}`,
    expiresAfterMs: null,
  })
  assert.deepEqual(await site.outcomes(), ['taken back cancelled FEEDBACK_CANCELLED'])

  // What waits goes out once both findings have come as far; numbers go on where they were.
  const [first] = await site.sendAll([CRISIS, SECOND])
  assert.equal(first?.alert, 1)
  const { outbox } = await site.tell(later(RECEIVED), { message: 'new' })
  assert.ok(outbox! > ROWS.length)
  const one = await site.claim()
  assert.equal(readFeedbackDocument(one.document).feedbacks[0]?.feedback.ExamNo, CRISIS.ExamNo)
  await site.conclude({ id: one.id, lease: 'courier' }, { state: 'done' })
  const outcomes = await site.outcomes()
  assert.deepEqual(outcomes.toSorted(), ['new done DELIVERED', 'waits done DELIVERED'])
  await engine.close()
}

describe('feedback that waited in a ledger of the version before', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crisis-migration-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  const file = (path: string): Engine =>
    new SqliteEngine({ file: join(folder, 'ledger.db'), definition: path, ballastBytes: 0 })

  it('is what it was, and gets its outcome (SQLite)', async () => {
    await carriesOver(
      () => file(ninthPath),
      () => file(definitionPath),
    )
  })

  it('is what it was, and gets its outcome (PostgreSQL)', async function () {
    const server = await postgresOrSkip(this)
    const { address } = server
    try {
      const schema = 'reports'
      await carriesOver(
        () => new PostgresEngine({ address, definition: ninthDefinition, schema }),
        () => new PostgresEngine({ address, definition, schema }),
      )
    } finally {
      await server.stop()
    }
  })
})
