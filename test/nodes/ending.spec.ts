import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

const MODULE = path.resolve(__dirname, '../../nodes/peer/ending.js')

/** A process that listens whether it is to end, and what becomes of it at a signal. */
async function signalled(
  more = '',
): Promise<readonly [code: number | null, signal: string | null]> {
  const script = `const { watchEnding, isEnding } = require(${JSON.stringify(MODULE)})
    watchEnding()
    watchEnding()
    ${more}
    setInterval(() => {}, 1000)
    console.log(isEnding())`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  assert.equal(String(said).trim(), 'false')
  child.kill('SIGTERM')
  return (await once(child, 'exit')) as [number | null, string | null]
}

const onSignals = process.platform === 'win32' ? describe.skip : describe

onSignals('a process that is asked to end', () => {
  it('knows it, and leaves the rest to whoever else listens', async () => {
    const stop = "process.on('SIGTERM', () => process.exit(isEnding() ? 3 : 4))"
    assert.deepEqual(await signalled(stop), [3, null])
  })

  it('ends as if we did not listen, where nobody else does', async () => {
    assert.deepEqual(await signalled(), [null, 'SIGTERM'])
  })
})
