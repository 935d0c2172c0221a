import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../../support/node-red.js'

export type Command = readonly [command: string, ...args: string[]]

const BUILD_LIMIT_MS = 60_000
const run = promisify(execFile)
let folder: string | undefined
const built = new Map<string, Promise<string>>()

/**
 * A folder of its own in which the steps were run, once for all that ask for the same. The folder is removed when the
 * process ends.
 * @param source what it is made of: a folder of test/interop
 */
export function build(
  name: string,
  source: 'clients' | 'servers',
  steps: readonly Command[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  folder ??= scratch()
  const cwd = path.join(folder, name)
  const running = built.get(name) ?? buildIn(cwd, source, steps, env)
  built.set(name, running)
  return running
}

async function buildIn(
  cwd: string,
  source: string,
  steps: readonly Command[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  cpSync(path.join(ROOT, 'test/interop', source), cwd, { recursive: true })
  for (const [command, ...args] of steps)
    await run(command, args, { cwd, env, timeout: BUILD_LIMIT_MS, maxBuffer: 16 << 20 })
  return cwd
}

function scratch(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'crisis-stubs-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  return made
}
