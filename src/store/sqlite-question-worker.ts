import { parentPort, workerData } from 'node:worker_threads'
import { readOne } from './sqlite-batch.js'
import { SqliteConnection } from './sqlite-connection.js'
import { identityOf } from './sqlite-guard.js'
import { ledgerError } from './errors.js'
import { fileError } from './sqlite-errors.js'
import {
  toPlain,
  type FromQuestions,
  type QuestionSettings,
  type ToQuestions,
} from './sqlite-protocol.js'
import type { EngineDefinition } from './types.js'

// The thread that answers the questions of people: it only reads, and no writer ever waits for it.
const port = parentPort!
const { file, definition: path } = workerData as QuestionSettings
const { definition } = require(path) as { definition: EngineDefinition }
let reader: SqliteConnection | undefined

const say = (message: FromQuestions): void => port.postMessage(message)

port.on('message', (message: ToQuestions) => {
  if (message.type === 'close') {
    reader?.close()
    port.close()
    return
  }
  const { id } = message.call
  try {
    // The file is looked at before each question; here only between that look and the opening.
    if (!reader) {
      if (identityOf(file.path) !== file.identity)
        throw ledgerError('LEDGER_TOUCHED', { evidence: 'replaced' })
      reader = new SqliteConnection(file.path, { readOnly: true })
    }
    const settled = readOne(reader, definition, message.call)
    say({ settled: 'error' in settled ? { id, error: toPlain(settled.error) } : settled })
  } catch (thrown) {
    say({ settled: { id, error: toPlain(fileError(thrown)) }, damaged: true })
  }
})
