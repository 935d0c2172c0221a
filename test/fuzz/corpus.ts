import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** From dist/test/fuzz. */
export const CORPUS = resolve(__dirname, '../../../test/fuzz/corpus')

/** An input and who it is for. */
export interface Case {
  readonly target: string
  readonly bytes: Buffer
}

/** The kept inputs, in an order that does not depend on the machine; files `<target>/<hash>`. */
export function readCorpus(folder: string = CORPUS): readonly Case[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .toSorted()
    .flatMap((target) =>
      readdirSync(join(folder, target))
        .toSorted()
        .map((name) => readCase(join(folder, target, name))),
    )
}

export const readCase = (file: string): Case => ({
  target: basename(dirname(file)),
  bytes: readFileSync(file),
})

/** Writes an input and says where. */
export function keep({ target, bytes }: Case, folder: string = CORPUS): string {
  const file = join(folder, target, createHash('sha256').update(bytes).digest('hex').slice(0, 12))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
  return file
}
