import { parentPort, workerData } from 'node:worker_threads'
import { SqliteHost } from './sqlite-host.js'
import type { ToWorker, WorkerSettings } from './sqlite-protocol.js'
import type { EngineDefinition } from './types.js'

// The thread of the SQLite engine: SQLite blocks while the disk flushes, and the flows must not.
const port = parentPort!
const settings = workerData as WorkerSettings
const { definition } = require(settings.definition) as { definition: EngineDefinition }
const host = new SqliteHost(settings, definition, (message) => port.postMessage(message))

port.on('message', (message: ToWorker) => {
  if (message.type === 'calls') host.take(message.calls)
  else if (message.type === 'look') host.look(message.ids)
  else if (message.type === 'doubt') host.doubt(message.error)
  else if (message.type === 'backup') host.backup(message.id, message.target)
  else void host.close().finally(() => port.close())
})
host.open()
