import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const port = parentPort!

// A thread of its own: makes a single file of the copy in `workerData`, and says 'ok' when it is whole.
const db = new DatabaseSync(String(workerData))
// A copy in WAL mode would leave two more files beside it for whoever reads it.
db.exec('pragma journal_mode = delete')
const { quick_check: answer } = db.prepare('pragma quick_check(1)').get() as { quick_check: string }
db.close()
port.postMessage(answer)
