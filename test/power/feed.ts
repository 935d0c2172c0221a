import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Feeder } from '../crash/feeder.js'
import { CRISIS_PATH, crashFlows } from '../crash/flows.js'
import { pause, seeded } from '../crash/random.js'
import { RecorderProcess } from '../crash/recorder-process.js'
import { freePort, makeUserDir, removeFolder, startNodeRed } from '../support/node-red.js'
import { noteAcknowledged, readDiary, type Entry } from './diary.js'
import { Disk, snapshotOf, writeFiles, type Files } from './disk.js'
import { Machine } from './machine.js'

/** The ledger on the disk; its folder is still to be made. */
export const LEDGER = path.join('crisis', 'ledger.db')

const LANES = 16
const PAUSE_MS = 30

export interface FeedOptions {
  readonly tarball: string
  readonly seed: number
  /** How many documents are to be answered 0. */
  readonly documents: number
  /** What is on the disk before. */
  readonly files: Files
  /** The number of the first exam. */
  readonly firstExam: number
}

/** What happened to the files of a ledger while it accepted and delivered. */
export interface Fed {
  readonly entries: readonly Entry[]
  /** The disk as it was before. */
  disk(options?: { readonly ignoring?: RegExp }): Disk
  /** The files as they were in the end. */
  readonly end: Files
}

/**
 * Feeds a real Node-RED whose ledger lies on a disk that notes everything down, while the receiver behind it is in
 * trouble; then stops it in order.
 */
export async function feed(options: FeedOptions): Promise<Fed> {
  const { seed, documents, files, firstExam } = options
  const userDir = makeUserDir(options.tarball, 'power-')
  const folder = path.join(userDir, 'disk')
  const diary = path.join(userDir, 'diary')
  mkdirSync(folder)
  writeFiles(folder, files)
  const before = snapshotOf(folder)
  const recorder = await RecorderProcess.start(userDir, seed)
  const machine = new Machine({ folder, orders: path.join(userDir, 'orders'), diary })
  try {
    recorder.tell('trouble')
    const port = await freePort()
    const events = path.join(userDir, 'events.jsonl')
    const store = { engine: 'file', file: path.join(folder, LEDGER) }
    const flows = crashFlows({ store, port, peer: recorder.url, events })
    writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flows))
    const running = await startNodeRed({ userDir, env: machine.env })
    const feeder = new Feeder({
      urls: [`http://127.0.0.1:${port}${CRISIS_PATH}`],
      random: seeded(seed),
      lanes: LANES,
      pauseMs: PAUSE_MS,
      firstExam,
      onAcknowledged: (name) => noteAcknowledged(diary, name),
    })
    feeder.start()
    while (feeder.acknowledged.length < documents) await pause(50)
    await feeder.stop()
    await running.stop()
    return {
      entries: readDiary(diary),
      disk: (how) => new Disk(folder, before, how),
      end: filesIn(folder),
    }
  } finally {
    machine.close()
    await recorder.stop()
    removeFolder(userDir)
  }
}

function filesIn(folder: string): Files {
  const files = new Map<string, Buffer>()
  for (const { path: file, bytes } of snapshotOf(folder)) {
    if (bytes) files.set(path.relative(folder, file), bytes)
  }
  return files
}
