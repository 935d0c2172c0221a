import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'

/** The root of the repository, from dist/test/house. */
export const ROOT = resolve(__dirname, '../../..')

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

const SKIPPED = new Set(['node_modules', 'dist', '.run', '.git'])

/** All files below a folder of the repository whose name matches. */
export function filesBelow(folder: string, name: RegExp): readonly SourceFile[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesBelow(path, name)
    if (!name.test(entry.name)) return []
    return [{ path: path.split(sep).join('/'), text: readFileSync(join(ROOT, path), 'utf8') }]
  })
}

/** What a file imports: packages as they are named, files of ours by their path from the root. */
export function importsOf({ path, text }: SourceFile): readonly string[] {
  const statements = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g,
  )
  return [...statements].map(([, fixed, called]) => {
    const target = fixed ?? called ?? ''
    if (!target.startsWith('.')) return target
    const file = relative(ROOT, resolve(ROOT, path, '..', target))
    return file.split(sep).join('/').replace(/\.js$/, '.ts')
  })
}
