import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { freePort, ROOT } from '../support/node-red.js'

/** The port of the simulated HIS in example 01, which `npm start` runs as it stands. */
const HIS_PORT = 18_088
const PACS_PORT = 18_089

interface Ended {
  readonly code: number | null
  readonly printed: string
}

/** What `npm start -- --once` does. */
async function start(...options: readonly string[]): Promise<Ended> {
  const port = String(await freePort())
  const script = path.join(ROOT, 'scripts', 'start.mjs')
  // Other stages run from what is built, at the same time.
  const own = ['--once', '--no-build', '--port', port]
  const child = spawn(process.execPath, [script, ...own, ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  const take = (chunk: Buffer): void => {
    printed += chunk.toString()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, printed }
}

async function hold(port: number): Promise<Server | undefined> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  } catch {
    return undefined
  }
}

const leftFolders = (): readonly string[] => {
  const folder = path.join(ROOT, '.run')
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('start-')) : []
}

describe('npm start -- --once', function () {
  this.timeout(90_000)

  for (const [name, options] of [
    ['Node-RED 5', []],
    ['Node-RED 4.1', ['--node-red-4']],
  ] as const) {
    it(`prints each step, cleans up and ends with 0: ${name}`, async function () {
      for (const port of [HIS_PORT, PACS_PORT]) {
        const server = await hold(port)
        if (!server) {
          console.log(`      skipped: another program holds port ${port}`)
          this.skip()
        }
        server.close()
        await once(server, 'close')
      }
      const before = leftFolders()
      const { code, printed } = await start(...options)
      assert.equal(code, 0, printed)
      assert.equal(printed.match(/ ms {2}✓ /g)?.length, 10, printed)
      assert.match(printed, /The loop is closed/)
      assert.doesNotMatch(printed, /✗/)
      assert.deepEqual(leftFolders(), before)
    })
  }

  it('ends with 1 and names the port when another program holds it', async () => {
    const before = leftFolders()
    const server = await hold(HIS_PORT)
    const { code, printed } = await start()
    server?.close()
    assert.equal(code, 1, printed)
    assert.match(printed, /✗ .*18088.*port 18088 is in use/)
    assert.doesNotMatch(printed, /The loop is closed/)
    assert.deepEqual(leftFolders(), before)
  })
})
