// `npm run bench`: what this package costs beside the bare minimum and beside the usual ways, as ratios.
//   --quick         a short run; good enough to see an order of magnitude
//   --smoke         as short as can be: whether it runs at all
//   --alerts N      how many alerts the ledgers of ledger-size and ledger-open have (1 000 000; quick: 100 000); about 3.5 KB each
//   --messages N    how many messages ledger-memory takes and passes on (100 000; quick: 10 000)
//   topics          codec, parsers, front, front-tls, hosting, calling, node-red, start, ledger-accepts, ledger-thread,
//                   ledger-size, ledger-open, ledger-start, ledger-migration, ledger-plans, ledger-couriers, ledger-memory,
//                   loop-timers, loop-figures, region, board-search, board-page; `front` is both of its kind, `ledger` is all that begin with it. All when none is named
// Figures of a busy machine mean little by themselves; see docs/measurements.md for how they are taken.
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertNode } from './node-version.mjs'

assertNode()
const root = resolve(fileURLToPath(import.meta.url), '../..')
for (const [file, ...args] of [
  ['scripts/build.mjs', '--clean'],
  ['dist/test/bench/main.js', ...process.argv.slice(2)],
]) {
  const { status } = spawnSync(process.execPath, [join(root, file), ...args], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
