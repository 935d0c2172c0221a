import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { Anchor } from './anchor.js'
import { ledgerError } from './errors.js'
import { SqliteConnection } from './sqlite-connection.js'
import { fileError } from './sqlite-errors.js'
import { foreignFile, inspectFile } from './sqlite-file.js'
import { isDatabase, isStandalone, sizeOf } from './sqlite-header.js'
import { assertLocal, assertWritable, NO_FILE_SYSTEMS, takeOwnership } from './sqlite-place.js'
import { toPlain, type FromLook, type LookSettings } from './sqlite-protocol.js'
import type { EngineDefinition } from './types.js'

// A thread that looks at the place of a ledger and changes nothing there: a disk that hangs holds up nobody else.
const port = parentPort!
const settings = workerData as LookSettings

try {
  const exists = look(settings)
  port.postMessage({ exists } satisfies FromLook)
} catch (thrown) {
  port.postMessage({ error: toPlain(fileError(thrown)) } satisfies FromLook)
}

/** True when there is a ledger; throws what an opening would say. */
function look({ file: path, anchor: anchorFile, definition: module }: LookSettings): boolean {
  assertLocal(path)
  const file = resolve(path)
  const folder = nearestFolder(dirname(file))
  assertLocal(file, folder)
  if (NO_FILE_SYSTEMS.has(statfsSync(folder).type)) throw ledgerError('LEDGER_PATH')
  // A folder that is missing is made by the opening.
  if (!statSync(folder).isDirectory()) throw ledgerError('LEDGER_PATH')
  accessSync(folder, constants.W_OK | constants.X_OK)
  const anchor = new Anchor(anchorFile)
  const logBytes = sizeOf(`${file}-wal`)
  if (sizeOf(file) === 0) {
    if (anchor.exists || logBytes > 0) throw ledgerError('LEDGER_MISSING')
    if (existsSync(file)) assertWritable(file)
    return false
  }
  assertWritable(file)
  if (!isDatabase(file)) throw foreignFile()
  // Taken only where there is one, and given back at once.
  if (existsSync(`${file}.lock`)) takeOwnership(file).close()
  if (logBytes > 0 && isStandalone(file)) throw ledgerError('LEDGER_STALE_LOG')
  // Rows that are only in the log could be read by opening it, which makes files.
  if (logBytes === 0) inspect(file, module, anchor)
  return true
}

/** Reads the file as it is, which makes no log beside it. */
function inspect(file: string, module: string, anchor: Anchor): void {
  const url = pathToFileURL(file)
  url.search = 'immutable=1'
  let reader: SqliteConnection
  try {
    reader = new SqliteConnection(url, { readOnly: true })
  } catch (error) {
    // Node 22.13 takes no address; then the opening says what is wrong inside.
    if (error instanceof TypeError) return
    throw error
  }
  try {
    const { definition } = require(module) as { definition: EngineDefinition }
    inspectFile(reader, definition, anchor)
  } finally {
    reader.close()
  }
}

/** The folder, or the nearest one above it that is there. */
function nearestFolder(folder: string): string {
  let found = folder
  while (!existsSync(found) && dirname(found) !== found) found = dirname(found)
  return found
}
