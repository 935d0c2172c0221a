import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { execFileSync } from 'node:child_process'
import path from 'node:path'

/** The root of the repository, from dist/test/support. */
export const ROOT = path.resolve(__dirname, '../../..')

/** Throw-away folders lie inside the repository, so that a packed package finds its dependencies there. */
const RUN_FOLDER = path.join(ROOT, '.run')

export const PACKAGE_NAME = '@hospital-flows/node-red-crisis'

export type NodeRedPackage = 'node-red' | 'node-red-4'

export interface NodeRedOptions {
  readonly nodeRed?: NodeRedPackage
  /** The Node to run on. Default is the one that runs this. */
  readonly node?: string
  readonly port?: number
  /** Nodes of the flow file, with `credentials` on those that have some. */
  readonly flows?: readonly object[]
  /** A user directory that has the package installed already. Default is a fresh one. */
  readonly userDir?: string
  readonly env?: Readonly<Record<string, string>>
  /** Further settings of Node-RED, as they stand in settings.js. */
  readonly settings?: string
  /** Is given the process as soon as there is one, to end it while it still starts. */
  readonly onSpawn?: (child: ChildProcess) => void
}

export interface RunningNodeRed {
  readonly url: string
  readonly port: number
  readonly userDir: string
  readonly process: ChildProcess
  /** Everything it has printed. */
  log(): string
  /** Resolves with the first line printed, or to be printed, that matches. */
  line(pattern: RegExp, limitMs?: number): Promise<string>
  onLine(listener: (line: string) => void): void
  /** Deploys flows over the admin API, as the editor does. */
  deploy(flows: readonly object[], type?: 'full' | 'nodes' | 'flows'): Promise<void>
  stop(): Promise<void>
}

/** Makes the package as it would be published and answers with the path of the tarball. */
export function packPackage(): string {
  // Stages run beside each other: each process has a tarball of its own.
  const folder = path.join(RUN_FOLDER, `pack-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const output = execFileSync(
    process.execPath,
    [npmCli(), 'pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const packed: unknown = JSON.parse(output)
  const list = Array.isArray(packed) ? packed : Object.values(packed as object)
  return path.join(folder, (list[0] as { filename: string }).filename)
}

/** npm run tells its children where npm is; outside of it, Node-RED's own copy serves. */
export function npmCli(): string {
  const told = process.env['npm_execpath']
  if (told && existsSync(told)) return told
  // The package lets only its manifest be resolved.
  const manifest = createRequire(__filename).resolve('npm/package.json')
  return path.join(path.dirname(manifest), 'bin', 'npm-cli.js')
}

/** A fresh user directory with the package unpacked in it, as an installation would leave it. */
export function makeUserDir(tarball: string, prefix = 'user-'): string {
  mkdirSync(RUN_FOLDER, { recursive: true })
  const userDir = mkdtempSync(path.join(RUN_FOLDER, prefix))
  const target = path.join(userDir, 'node_modules', ...PACKAGE_NAME.split('/'))
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['-xzf', path.basename(tarball), '-C', target, '--strip-components=1'], {
    cwd: path.dirname(tarball),
  })
  writeFileSync(
    path.join(userDir, 'package.json'),
    JSON.stringify({ name: 'user', version: '0.0.1', dependencies: { [PACKAGE_NAME]: '*' } }),
  )
  return userDir
}

/** A fresh user directory into which npm installs the tarball with nothing but its own dependencies. */
export function installUserDir(tarball: string, outside: string): string {
  const userDir = mkdtempSync(path.join(outside, 'crisis-user-'))
  writeFileSync(
    path.join(userDir, 'package.json'),
    JSON.stringify({ name: 'user', version: '0.0.1' }),
  )
  execFileSync(
    process.execPath,
    [npmCli(), 'install', tarball, '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'],
    { cwd: userDir, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  return userDir
}

export function copyUserDir(from: string, to: string): void {
  cpSync(from, to, { recursive: true })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts Node-RED in a process of its own and waits until its flows run. */
export async function startNodeRed(
  options: NodeRedOptions & { userDir: string },
): Promise<RunningNodeRed> {
  const { userDir } = options
  const port = options.port ?? (await freePort())
  writeFileSync(path.join(userDir, 'settings.js'), settings(options.settings))
  const flowFile = path.join(userDir, 'flows.json')
  if (!existsSync(flowFile)) writeFileSync(flowFile, '[]')

  const require = createRequire(__filename)
  const main = path.join(
    path.dirname(require.resolve(`${options.nodeRed ?? 'node-red'}/package.json`)),
    'red.js',
  )
  const child = spawn(
    options.node ?? process.execPath,
    [
      main,
      '--userDir',
      userDir,
      '--settings',
      path.join(userDir, 'settings.js'),
      '--port',
      String(port),
    ],
    {
      cwd: userDir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_RED_DISABLE_TELEMETRY: '1',
        NODE_ENV: 'production',
        ...options.env,
      },
    },
  )
  options.onSpawn?.(child)
  const output = watchOutput(child)
  const url = `http://127.0.0.1:${port}`
  const running: RunningNodeRed = {
    url,
    port,
    userDir,
    process: child,
    ...output,
    async deploy(flows, type = 'full') {
      const response = await fetch(`${url}/flows`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'Node-RED-Deployment-Type': type },
        body: JSON.stringify(flows),
      })
      if (!response.ok)
        throw new Error(`deploying answered ${response.status}: ${await response.text()}`)
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
    },
  }
  // "Started flows" is in the language of the machine; the admin API is not.
  await untilUp(url, child, output.log)
  if (options.flows) await running.deploy(options.flows)
  return running
}

/** Removes a throw-away folder; on Windows a file may still be held for a moment. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

const START_LIMIT_MS = 90_000

async function untilUp(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const end = Date.now() + START_LIMIT_MS
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`Node-RED ended with ${child.exitCode ?? child.signalCode}:\n${log()}`)
    }
    try {
      const response = await fetch(`${url}/flows/state`)
      if (response.status < 500 && /start/i.test(await response.text())) return
    } catch {
      // Not listening yet.
    }
    if (Date.now() > end) throw new Error(`Node-RED did not start:\n${log()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function watchOutput(child: ChildProcess): Pick<RunningNodeRed, 'log' | 'line' | 'onLine'> {
  const lines: string[] = []
  const listeners = new Set<(line: string) => void>()
  let rest = ''
  const take = (chunk: Buffer): void => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      lines.push(line)
      for (const listener of listeners) listener(line)
    }
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  return {
    log: () => lines.join('\n'),
    onLine: (listener) => void listeners.add(listener),
    line(pattern, limitMs = 30_000) {
      const already = lines.find((line) => pattern.test(line))
      if (already !== undefined) return Promise.resolve(already)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          listeners.delete(look)
          reject(new Error(`No line matched ${String(pattern)} in:\n${lines.join('\n')}`))
        }, limitMs)
        const look = (line: string): void => {
          if (!pattern.test(line)) return
          clearTimeout(timer)
          listeners.delete(look)
          resolve(line)
        }
        listeners.add(look)
      })
    },
  }
}

const settings = (further = ''): string => `module.exports = {
  flowFile: 'flows.json',
  uiHost: '127.0.0.1',
  credentialSecret: 'only for throw-away flows',
  runtimeState: { enabled: true, ui: false },
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, projects: { enabled: false }, palette: { catalogues: [] } },
  logging: { console: { level: 'info', metrics: false, audit: false } },
  ${further}
}
`
