import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Operation } from '../../../src/soap/index.js'
import { freePort, removeFolder } from '../../support/node-red.js'
import { LITE, PHP, SPYNE, startServer, type RunningServer, type Toolkit } from './toolkits.js'

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
export interface HostingToolkit extends RunningServer {
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
  const [args, ready] = await startOf(toolkit)
  const server = await startServer(toolkit, args, folder, ready)
  return {
    url: server.url,
    async stop() {
      await server.stop()
      removeFolder(folder)
    },
    reply: (reply) => writeFileSync(path.join(folder, 'reply.json'), JSON.stringify(reply)),
    received() {
      const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean)
      clear()
      return lines.map((line) => JSON.parse(line) as Received)
    },
  }
}

async function startOf(toolkit: Toolkit): Promise<[args: string[], ready: RegExp]> {
  const listening = /^listening (\d+)$/m
  switch (toolkit) {
    case PHP:
      // PHP's own server does not tell which port it took, so it is given one.
      return [['-S', `127.0.0.1:${await freePort()}`, 'php_server.php'], /:(\d+)\) started/]
    case SPYNE:
      return [['spyne_server.py'], listening]
    case LITE:
      return [['lite_server.pl'], listening]
    default:
      throw new Error(`${toolkit.name} has no script that hosts`)
  }
}
