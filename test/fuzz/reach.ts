import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** The folder of the scanner, compiled, but for the words about what it refused. */
const SCANNER = /\/dist\/src\/messages\/xml\/(?!likely-cause)/

/**
 * The blocks of the scanner that run on none of so many small documents, each with the first line of its text.
 * In a thread of its own: V8 counts blocks only in what is loaded while it counts.
 */
export function unreachedBlocks(cases: number, seed: number): Promise<readonly string[]> {
  const worker = new Worker(__filename, { workerData: { cases, seed } })
  return new Promise((resolve, reject) => {
    worker.on('message', resolve)
    worker.on('error', reject)
  })
}

async function countBlocks(cases: number, seed: number): Promise<readonly string[]> {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const { readXml } = await import('../../src/messages/index.js')
  const { attempt } = await import('./checks.js')
  const { dice } = await import('./choices.js')
  const { checkDrain } = await import('./targets/gate.js')
  const { smallDocument } = await import('./small-documents.js')
  const { seeded } = await import('../messages/support.js')
  const draw = dice(seeded(seed))
  for (let i = 0; i < cases; i++) {
    const xml = smallDocument(draw)
    checkDrain(xml, attempt(xml, () => readXml(xml)).error)
  }
  const blocks: string[] = []
  // The session is of this thread, so the answer is there before `post` returns.
  session.post('Profiler.takePreciseCoverage', (error, answer) => {
    if (error) throw error
    for (const { url, functions } of answer.result.filter(({ url }) => SCANNER.test(url))) {
      const source = readFileSync(fileURLToPath(url), 'utf8')
      for (const { functionName, ranges } of functions) {
        for (const { startOffset, endOffset } of ranges.filter(({ count }) => count === 0)) {
          const [line] = source.slice(startOffset, endOffset).trim().split('\n', 1)
          // Nothing stands behind a loop that ends only by `return` or `throw`.
          if (line) blocks.push(`${basename(url)}, ${functionName}: ${line}`)
        }
      }
    }
  })
  session.disconnect()
  return blocks
}

if (!isMainThread && parentPort) {
  const { cases, seed } = workerData as { cases: number; seed: number }
  Error.stackTraceLimit = 0
  const port = parentPort
  void countBlocks(cases, seed).then((blocks) => port.postMessage(blocks))
}
