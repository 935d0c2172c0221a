// `npm run fuzz`: feeds everything that reads what comes in with inputs that it makes up, and checks what must hold.
//   --minutes N        how long (default 1)
//   --seed N           which inputs (default another each time; it is printed)
//   --target NAME      only this reader; several may be given
//   --repeat FILE      only this input, as it was kept when it was found
//   --save             keeps in test/fuzz/corpus the fewest inputs that reach all that was reached
//   --unguided         without coverage, to compare; --empty without the corpus
//   --no-build         use dist as it is
// Or compares the gate with other readers of XML alone, and ends with how many differences there are:
//   --differential     with that of version 0.1.0, the reference, expat and libxml2, on small documents made up
//   --cases N          how many (default 10 000 000)
//   --exhaustive       with the reference, on all strings of small alphabets where they mean something
//   --length N         up to so many characters (default 5: half an hour)
// Or compares the ledger with the model of test/ledger, in traces of what may happen to an exam:
//   --traces N         how many, from the seed on; what differs is printed, shrunk
// What is found is written to test/fuzz/corpus, shrunk, and replayed by `npm test` from then on. Ends with 1 then.
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
const { main } = await import('../dist/test/fuzz/main.js')
process.exit((await main(process.argv.slice(2))) ? 0 : 1)
