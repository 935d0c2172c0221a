import { Client } from 'pg'
import { PostgresEngine, type EngineDefinition, type Step } from '../../src/store/index.js'
import type { TestPostgres } from '../support/postgres.js'
import { definition } from './definition.js'
import { Site } from './site.js'

/*
 * Two instances on one PostgreSQL. An operation of the first one stands still before a statement that the test names,
 * while the second one runs another operation to its end, or until it waits for the first. Nothing depends on time: the
 * first waits for a lock that the test holds, and the server says who waits.
 */

/** What an instance does; `site` is the exam's ledger as this instance sees it. */
export type Act = (site: Site) => Promise<unknown>

interface Gate {
  /** How many statements of the operation run before it stands still. */
  readonly before: number
  readonly key: number
}

export interface Interleaved {
  /** The first operation has as many statements that it came to the gate. */
  readonly stood: boolean
  /** The second one was done while the first one stood still. */
  readonly passed: boolean
  readonly results: readonly PromiseSettledResult<unknown>[]
}

export class TwoInstances {
  /** Number of operations that had to be begun again, as after a deadlock. */
  repeated = 0
  readonly #begun = new WeakSet<object>()
  #gate: Gate | undefined
  #sites = 0

  private constructor(
    readonly first: PostgresEngine,
    readonly second: PostgresEngine,
    readonly control: Client,
  ) {}

  static async open({ address }: TestPostgres, schema: string): Promise<TwoInstances> {
    const holder: { gates?: TwoInstances } = {}
    const begin = (args: object) => holder.gates?.begin(args)
    const gated = watched((args) => (begin(args), holder.gates?.takeGate()))
    const first = new PostgresEngine({ address, definition: gated, schema })
    await first.ready()
    const other = watched((args) => (begin(args), undefined))
    const second = new PostgresEngine({ address, definition: other, schema })
    await second.ready()
    const control = new Client({ ...address })
    await control.connect()
    await control.query(`set search_path to ${schema}`)
    return (holder.gates = new TwoInstances(first, second, control))
  }

  async close(): Promise<void> {
    await Promise.all([this.first.close(), this.second.close(), this.control.end()])
  }

  /** One exam in the eyes of both, each with a chain of its own for its audit. */
  pair(): readonly [Site, Site] {
    const system = `race ${++this.#sites}`
    return [
      new Site(this.first, system, `${system} a`),
      new Site(this.second, system, `${system} b`),
    ]
  }

  begin(args: object): void {
    if (this.#begun.has(args)) this.repeated++
    this.#begun.add(args)
  }

  /** The gate stands for one operation, the next that the first instance runs. */
  takeGate(): Gate | undefined {
    const gate = this.#gate
    this.#gate = undefined
    return gate
  }

  /** Lets `one` stand still before its statement number `before`, counted from 0, and `other` run meanwhile. */
  async interleave(
    one: () => Promise<unknown>,
    other: () => Promise<unknown>,
    before: number,
  ): Promise<Interleaved> {
    const key = 7_000_000 + ++this.#sites
    await this.control.query('select pg_advisory_lock($1)', [key])
    this.#gate = { before, key }
    let isOver = false
    const running = one().finally(() => {
      isOver = true
    })
    running.catch(() => undefined)
    while (!isOver && (await this.#waiting()) === 0);
    const stood = !isOver
    let passed = false
    const meanwhile = other().finally(() => {
      passed = true
    })
    meanwhile.catch(() => undefined)
    while (stood && !passed && (await this.#waiting()) < 2);
    const wasFirst = passed
    await this.control.query('select pg_advisory_unlock($1)', [key])
    const results = await Promise.allSettled([running, meanwhile])
    this.#gate = undefined
    return { stood, passed: stood && wasFirst, results }
  }

  async #waiting(): Promise<number> {
    const { rows } = await this.control.query<{ n: number }>(
      'select count(*)::int as n from pg_locks where not granted',
    )
    return rows[0]!.n
  }
}

/** Every operation may stand still at a gate; its own statements are what they are. */
function watched(begin: (args: object) => Gate | undefined): EngineDefinition {
  const operations = Object.entries(definition.operations).map(([name, make]) => [
    name,
    name === 'statement' ? make : (args: never) => stepwise(make(args), begin(args)),
  ])
  return { ...definition, operations: Object.fromEntries(operations) as never }
}

function* stepwise(step: Step<unknown>, gate: Gate | undefined): Step<unknown> {
  let turn = step.next([])
  for (let n = 0; !turn.done; n++) {
    if (gate && n === gate.before) {
      yield { sql: 'select pg_advisory_xact_lock($1) as gate', params: [gate.key] }
    }
    turn = step.next(yield turn.value)
  }
  return turn.value
}

/** All that is stored of a site, without ids and times, which differ from run to run. */
export async function snapshot(site: Site): Promise<string> {
  const { system, target } = site
  const alerts = await site.rows(
    `select id, stage, revision, hold, resent, sick_no, received_at is not null as received,
       processed_at is not null as processed, fed_back_at is not null as fed
     from alert where system = $1 order by id`,
    system,
  )
  const rank = new Map(alerts.map((row, index) => [row['id'], index + 1]))
  const stages = await site.rows(
    `select s.alert, s.stage, s.code, s.said_at from stage s join alert a on a.id = s.alert
     where a.system = $1 order by s.alert, s.id`,
    system,
  )
  const contents = await site.rows(
    `select r.alert, r.n, r.content from revision r join alert a on a.id = r.alert
     where a.system = $1 order by r.alert, r.n`,
    system,
  )
  const told = await site.rows(
    'select alert, document from told where system = $1 order by alert',
    system,
  )
  const documents = await site.rows(
    `select id, operation, document, state, blocked, message, alert, attempts, code, replay_of
     from outbox where peer = $1 order by id`,
    `peer of ${system}`,
  )
  const documentRank = new Map(documents.map((row, index) => [row['id'], index + 1]))
  const reports = await site.rows(
    'select message, waits, outbox, alert, report from report where peer = $1 order by id',
    `peer of ${system}`,
  )
  const feedback = await site.rows(
    'select state, stage, content, resent from feedback where system = $1 order by id',
    system,
  )
  const owed = await site.rows('select kind, alert, content from owed where target = $1', target)
  const kinds = owed.map((row) => {
    const { kind, code, state, stage, message, flags } = JSON.parse(
      String(row['content']),
    ) as Record<string, unknown>
    return JSON.stringify([
      row['kind'],
      rank.get(row['alert']),
      kind,
      code,
      state,
      stage,
      message,
      flags,
    ])
  })
  const nameless = JSON.stringify(
    {
      alerts: alerts.map(({ id: _id, ...row }) => row),
      stages: stages.map((row) => ({ ...row, alert: rank.get(row['alert']) })),
      contents: contents.map((row) => [rank.get(row['alert']), row['n']]),
      told: told.map((row) => [rank.get(row['alert']), row['document']]),
      documents: documents.map(({ id: _id, ...row }) => ({
        ...row,
        alert: rank.get(row['alert']),
        replay_of: documentRank.get(row['replay_of']),
      })),
      reports: reports.map((row) => ({
        ...row,
        alert: rank.get(row['alert']),
        outbox: documentRank.get(row['outbox']),
        report: (JSON.parse(String(row['report'])) as { alerts: number[] }).alerts.map((id) =>
          rank.get(id),
        ),
      })),
      feedback: feedback.map(({ content: _content, ...row }) => row),
      owed: kinds.toSorted(),
    },
    null,
    1,
  )
  return nameless.replaceAll(system, 'race')
}
