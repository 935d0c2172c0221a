import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresEngine, SqliteEngine, type Engine } from '../../src/store/index.js'
import { startPostgres, type NoPostgres, type TestPostgres } from '../support/postgres.js'
import { definition, definitionPath } from './definition.js'
import { Site } from './site.js'

// One server for all specs; it takes a second to start.
let server: Promise<TestPostgres | NoPostgres> | undefined
let schemas = 0

after(async () => {
  const started = await server
  if (started && 'stop' in started) await started.stop()
})

/** The server that all of these tests share; skips the test where there is none. */
export async function sharedPostgres(context: Mocha.Context): Promise<TestPostgres> {
  const started = await (server ??= startPostgres())
  if ('stop' in started) return started
  console.log(`    skipped: ${started.reason}`)
  return context.skip()
}

/** Tests on a file and on a server, each test with a site of its own in a ledger that they share. */
export function onBothEngines(title: string, tests: (site: () => Site) => void): void {
  describe(`${title} (SQLite)`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'crisis-ledger-'))
    withEngine(tests, () =>
      Promise.resolve(
        new SqliteEngine({
          file: join(folder, 'ledger.db'),
          definition: definitionPath,
          ballastBytes: 0,
        }),
      ),
    )
    // After the engine is closed, or it may still write into the folder while that is removed.
    after(() => rmSync(folder, { recursive: true, force: true }))
  })
  describe(`${title} (PostgreSQL)`, () => {
    withEngine(tests, async function () {
      const { address } = await sharedPostgres(this)
      const schema = `rules_${++schemas}`
      return new PostgresEngine({ address, definition, schema })
    })
  })
}

function withEngine(
  tests: (site: () => Site) => void,
  open: (this: Mocha.Context) => Promise<Engine>,
): void {
  let engine: Engine | undefined
  let site: Site
  let sites = 0
  before(async function () {
    engine = await open.call(this)
    await engine.ready()
  })
  after(async () => engine?.close())
  beforeEach(() => {
    if (engine) site = new Site(engine, `site${++sites}`)
  })
  tests(() => site)
}
