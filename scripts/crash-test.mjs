// `npm run crash-test`: kills a real Node-RED again and again while critical values are fed into it, and counts.
//   --kills N          how often (default 200)
//   --engine NAME      sqlite (default) or postgres
//   --seed N           other moments, other troubles (default 1)
//   --loop             kills the closed loop instead: timers, pages and acknowledgements, with two instances on postgres
//   --no-build         use dist as it is
// Ends with 1 when anything that was answered 0 is lost, or overtaken by its correction; with --loop,
// when a step, a page or an acknowledgement is lost or doubled, or a page goes after its acknowledgement.
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertNode } from './node-version.mjs'

assertNode()
const root = resolve(fileURLToPath(import.meta.url), '../..')
if (!process.argv.includes('--no-build')) {
  const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--clean'], {
    stdio: 'inherit',
  })
  if (build.status !== 0) process.exit(1)
}
const { main } = await import('../dist/test/crash/main.js')
process.exit((await main(process.argv.slice(2))) ? 0 : 1)
