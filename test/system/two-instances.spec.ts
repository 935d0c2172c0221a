import assert from 'node:assert/strict'
import { Comms } from '../support/comms.js'
import {
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
  type RunningNodeRed,
} from '../support/node-red.js'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { exampleFlows, freePorts, inject } from './cells.js'

// The folders lie inside the repository, where `pg` is found.
describe('example 12, two instances on PostgreSQL', function () {
  this.timeout(120_000)
  let server: TestPostgres | undefined
  let folder = ''
  const running: RunningNodeRed[] = []

  before(async function () {
    server = await postgresOrSkip(this)
    folder = packPackage()
  })

  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()))
    for (const { userDir } of running.splice(0)) removeFolder(userDir)
  })

  after(() => server?.stop())

  for (const nodeRed of ['node-red', 'node-red-4'] as const) {
    it(`has one ledger, and one goes on when the other stops, in ${nodeRed}`, async () => {
      const { host, port, database, user, password } = server!.address
      const env = {
        CRISIS_PG_HOST: host,
        CRISIS_PG_PORT: String(port),
        CRISIS_PG_DATABASE: database,
        CRISIS_PG_USER: user,
        CRISIS_PG_PASSWORD: password,
      }
      const start = async (): Promise<RunningNodeRed> => {
        const one = await startNodeRed({ nodeRed, userDir: makeUserDir(folder), env })
        running.push(one)
        return one
      }
      const deployed = async (one: RunningNodeRed): Promise<Comms> => {
        const comms = await Comms.open(one.url)
        const flows = exampleFlows('12', await freePorts(), one.port)
        await one.deploy(flows)
        for (const id of ['c12in', 'c12fbin']) await comms.shows(id, 'green listening')
        return comms
      }
      const [first, second] = await Promise.all([start(), start()])
      // The first one makes the tables.
      const atFirst = await deployed(first)
      const atSecond = await deployed(second)

      await simulate(second)
      // Either of them delivers it.
      const { payload } = await atSecond.debug('c12d9')
      const { ExamNo } = payload as { readonly ExamNo: string }
      const known = await listed(first, atFirst)
      assert.ok(known.includes(ExamNo), `${ExamNo} in ${known.join()}`)

      await second.stop()
      await simulate(first)
      await atFirst.debug('c12d1')
      assert.ok((await listed(first, atFirst)).length > known.length)
      atFirst.close()
      atSecond.close()
    })
  }
})

async function simulate({ url }: RunningNodeRed): Promise<void> {
  const response = await fetch(`${url}/hospital-flows-crisis/simulate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'c12simpacs' }),
  })
  assert.equal(response.status, 200)
}

/** The exams that one of them lists as open. */
async function listed(one: RunningNodeRed, comms: Comms): Promise<readonly string[]> {
  comms.clear()
  await inject(one, 'c12ask')
  const { payload } = await comms.debug('c12d8')
  const rows = payload as readonly { readonly ExamNo: string }[]
  return rows.map(({ ExamNo }) => ExamNo)
}
