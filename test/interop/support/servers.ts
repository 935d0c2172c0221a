import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Operation } from '../../../src/soap/index.js'
import { freePort, removeFolder, ROOT } from '../../support/node-red.js'
import { AXIS_JARS, JAXWS_JARS } from './callers.js'
import { build, type Command } from './stubs.js'
import {
  AXIS,
  environment,
  GSOAP,
  JAXWS,
  LITE,
  MONO,
  optionsOf,
  PHP,
  SOAP4R,
  SPYNE,
  type Toolkit,
} from './toolkits.js'

export type Reply =
  | { readonly value: string }
  | { readonly fault: { readonly code: 'Client' | 'Server'; readonly text: string } }

/** What a hosting script says that it was called with. */
export interface Received {
  readonly path: string
  readonly operation: Operation
  readonly argument: string
}

/** A toolkit that hosts both operations, in different styles at different paths. */
export interface HostingToolkit {
  readonly url: string
  stop(): Promise<void>
  /** What it answers from now on. */
  reply(reply: Reply): void
  /** What it was called with since it was asked last. */
  received(): Received[]
}

export async function host(toolkit: Toolkit): Promise<HostingToolkit> {
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-interop-'))
  const log = path.join(folder, 'received.jsonl')
  const clear = (): void => writeFileSync(log, '')
  clear()
  const { command, cwd, ready } = await startOf(toolkit)
  const server = await start(toolkit, command, cwd, folder, ready)
  return {
    url: server.url,
    async stop() {
      await server.stop()
      removeFolder(folder)
    },
    reply(reply) {
      writeFileSync(path.join(folder, 'reply.json'), JSON.stringify(reply))
      writeFileSync(path.join(folder, 'reply.txt'), plain(reply))
    },
    received() {
      const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean)
      clear()
      return lines.map(receivedOf)
    },
  }
}

/** For what knows no JSON. */
const plain = (reply: Reply): string =>
  'fault' in reply
    ? `fault ${reply.fault.code} ${encoded(reply.fault.text)}`
    : `value ${encoded(reply.value)}`

const encoded = (text: string): string => Buffer.from(text).toString('base64')

/** A line is JSON, or a path, an operation and the argument in Base64. */
function receivedOf(line: string): Received {
  if (line.startsWith('{')) return JSON.parse(line) as Received
  const [place = '', operation = '', argument = ''] = line.split(' ')
  return {
    path: place,
    operation: operation as Operation,
    argument: Buffer.from(argument, 'base64').toString(),
  }
}

interface Start {
  readonly command: Command
  readonly cwd: string
  /** Matches the line that tells of it, with the port as its group. */
  readonly ready: RegExp
}

async function startOf(toolkit: Toolkit): Promise<Start> {
  const scripts = path.join(ROOT, 'test/interop/servers')
  const ready = /^listening (\d+)$/m
  const script = (...args: string[]): Start => ({
    command: [toolkit.command, ...optionsOf(toolkit), ...args],
    cwd: scripts,
    ready,
  })
  switch (toolkit) {
    case PHP:
      // PHP's own server does not tell which port it took, so it is given one.
      return {
        ...script('-S', `127.0.0.1:${await freePort()}`, 'php_server.php'),
        ready: /:(\d+)\) started/,
      }
    case SPYNE:
      return script('spyne_server.py')
    case LITE:
      return script('lite_server.pl')
    case SOAP4R:
      return script('soap4r_server.rb')
  }
  const program = PROGRAMS.get(toolkit)
  if (program === undefined) throw new Error(`${toolkit.name} has nothing that hosts`)
  const name = `${toolkit.name.replace(/\W/g, '')}-server`
  return {
    command: program.run,
    cwd: await build(name, 'servers', program.steps, environment()),
    ready,
  }
}

const PROGRAMS = new Map<Toolkit, { readonly steps: readonly Command[]; readonly run: Command }>([
  [
    JAXWS,
    {
      steps: [
        ['javac', '-nowarn', '-cp', JAXWS_JARS, 'Interop.java', 'JaxwsServer.java'],
        // The classes around its arguments, which Debian's JAX-WS cannot make while it runs.
        ['wsgen', '-cp', JAXWS_JARS, 'JaxwsServer$Document12'],
      ],
      run: ['java', '-cp', JAXWS_JARS, 'JaxwsServer'],
    },
  ],
  [
    AXIS,
    {
      steps: [['javac', '-nowarn', '-cp', AXIS_JARS, 'Interop.java', 'AxisServer.java']],
      run: ['java', '-cp', AXIS_JARS, 'AxisServer'],
    },
  ],
  [
    GSOAP,
    {
      steps: [
        ['soapcpp2', '-S', '-L', '-x', '-j', 'gsoap_pacs.h'],
        [
          'sh',
          '-c',
          'g++ -w -I. -o server gsoap_server.cpp soapC.cpp soapPacsService.cpp -lgsoap++',
        ],
      ],
      run: ['./server'],
    },
  ],
  [
    MONO,
    {
      // ASP.NET looks for what it hosts in bin.
      steps: [
        ['mkdir', 'bin'],
        ['mcs', '-out:bin/AsmxServer.exe', '-r:System.Web', 'AsmxServer.cs'],
      ],
      run: ['mono', 'bin/AsmxServer.exe'],
    },
  ],
])

const START_LIMIT_MS = 20_000

/**
 * Starts what hosts, and waits until it listens. Output is kept for the error only: toolkits print the documents they
 * handle.
 */
function start(
  toolkit: Toolkit,
  [command, ...args]: Command,
  cwd: string,
  folder: string,
  ready: RegExp,
): Promise<Pick<HostingToolkit, 'url' | 'stop'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: environment({ INTEROP_FOLDER: folder }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = new Promise<void>((done) => child.once('exit', () => done()))
    const stop = async (): Promise<void> => {
      child.kill()
      await ended
    }
    let output = ''
    const fail = (why: string): void => {
      clearTimeout(timer)
      child.kill()
      reject(new Error(`${toolkit.name} ${why}:\n${output}`))
    }
    const timer = setTimeout(() => fail('does not listen'), START_LIMIT_MS)
    const look = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-10_000)
      const port = ready.exec(output)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      resolve({ url: `http://127.0.0.1:${port}`, stop })
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code) => fail(`ended with ${code}`))
  })
}
