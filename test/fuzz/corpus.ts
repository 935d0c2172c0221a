import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** From dist/test/fuzz. */
const CORPUS = resolve(__dirname, '../../../test/fuzz/corpus')

/** An input and who it is for. */
export interface Case {
  readonly target: string
  readonly bytes: Buffer
}

/** The kept inputs, in an order that does not depend on the machine; files `<target>/<hash>`. */
export function readCorpus(): readonly Case[] {
  if (!existsSync(CORPUS)) return []
  return readdirSync(CORPUS)
    .toSorted()
    .flatMap((target) =>
      readdirSync(join(CORPUS, target))
        .toSorted()
        .map((name) => readCase(join(CORPUS, target, name))),
    )
}

export const readCase = (file: string): Case => ({
  target: basename(dirname(file)),
  bytes: readFileSync(file),
})

/** Whatever was found once is replayed for ever, whether or not it reaches anything of its own. */
const FOUND = 'found-'

/** Writes a finding and says where. */
export const keepFinding = (one: Case): string => write(one, FOUND)

/** Puts other inputs in the place of those that were kept for what they reach. */
export function replaceCorpus(cases: readonly Case[]): void {
  for (const target of existsSync(CORPUS) ? readdirSync(CORPUS) : []) {
    for (const name of readdirSync(join(CORPUS, target))) {
      if (!name.startsWith(FOUND)) rmSync(join(CORPUS, target, name))
    }
  }
  for (const one of cases) write(one, '')
}

function write({ target, bytes }: Case, prefix: string): string {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const file = join(CORPUS, target, prefix + hash)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
  return file
}
