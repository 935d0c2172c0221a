import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ledgerError } from '../../src/store/errors.js'
import { postgresLedger } from '../crash/ledgers.js'
import type { Answer } from '../support/calls.js'
import { fillDisk } from '../support/full-disk.js'
import { makeUserDir, packPackage, removeFolder } from '../support/node-red.js'
import { errorsIn } from './cells.js'
import { Door, until, type DoorOptions } from './door.js'

/** A disk of this size takes some of them. */
const DISK = '16m'
/** Of SQLite, in bytes. */
const PAGE = 4096
const LONG_MEMO = '长'.repeat(10_000)
/** Exams of the test itself are numbered behind those that were in the ledger before. */
const LAST_EXAM = 100
const SENDERS = 8
const MOST_TRIES = 10
/** Left on a disk, for some documents and not for many. */
const ROOM = 1536 * 1024
/** In a user directory. */
const COMMAND =
  'node_modules/@hospital-flows/node-red-crisis/dist/src/ledger/command/crisis-ledger.js'
const IN_OUTBOX = 'select document from outbox'

describe('a ledger in trouble, seen by those who send', function () {
  this.timeout(120_000)
  const folders: string[] = []
  const disks: string[] = []
  const doors: Door[] = []
  let tarball: string
  /** A ledger that was closed in order, and what was accepted into it. */
  let whole: string
  let inside: readonly string[]
  let userDir: string
  let file: string

  const makeFolder = (): string => {
    const folder = makeUserDir(tarball, 'faults-')
    folders.push(folder)
    return folder
  }

  async function open(options: Partial<DoorOptions> = {}): Promise<Door> {
    const door = await Door.open({ userDir, store: { engine: 'file', file }, ...options })
    doors.push(door)
    return door
  }

  before(async () => {
    tarball = packPackage()
    userDir = makeFolder()
    file = path.join(userDir, 'ledger.db')
    const door = await open()
    await door.sendUntilAccepted()
    await door.sendUntilAccepted()
    await door.untilDelivered()
    await closeAll()
    whole = file
    inside = door.accepted
  })

  beforeEach(() => {
    userDir = makeFolder()
    file = path.join(userDir, 'ledger.db')
  })

  afterEach(async () => {
    await closeAll()
    for (const disk of disks.splice(0)) spawnSync('umount', ['-l', disk])
    for (const folder of folders.splice(1)) removeFolder(folder)
  })

  after(() => folders.forEach((folder) => removeFolder(folder)))

  /** Node-RED never ends by itself, and prints no path and no error that is not ours. */
  async function closeAll(): Promise<void> {
    for (const door of doors.splice(0)) {
      const killed = door.running.process.signalCode
      if (killed === null) assert.equal(door.running.process.exitCode, null)
      const log = await door.close()
      for (const line of errorsIn(log)) {
        assert.match(line, /\[(?:LEDGER|PEER|UPKEEP)_[A-Z_]+\]$/)
        assert.doesNotMatch(line, /ledger\.db|SQLITE|长长/)
      }
    }
  }

  /** The sender is told that it was not stored, and the operator why. */
  async function assertRefused(door: Door, code: string, reason: string): Promise<void> {
    assertNotStored(await door.send())
    await door.comms.showsLike('in', /^red (?:store|refused)/)
    const line = await door.running.line(new RegExp(`crisis in.*\\[${code}\\]`))
    assert.ok(line.includes(reason), line)
  }

  /** Without a restart: new ones are taken, and all of old are still there. */
  async function assertRecovers(door: Door, before: readonly string[] = inside): Promise<void> {
    door.comms.clear()
    await door.sendUntilAccepted()
    await door.comms.shows('in', 'green listening')
    await door.untilDelivered()
    assertStored([...before, ...door.accepted])
  }

  function assertStored(exams: readonly string[]): void {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      const rows = database.prepare('select exam_no from alert').all()
      const stored = new Set(rows.map((row) => row['exam_no']))
      assert.deepEqual(
        exams.filter((exam) => !stored.has(exam)),
        [],
      )
      assert.deepEqual(
        { ...database.prepare('pragma integrity_check').get() },
        { integrity_check: 'ok' },
      )
    } finally {
      database.close()
    }
  }

  /** A disk of its own, with the ledger on it; undefined where nobody lets us mount one. */
  function mountDisk(): string | undefined {
    const disk = path.join(userDir, 'disk')
    mkdirSync(disk)
    if (!mount('-t', 'tmpfs', '-o', `size=${DISK}`, 'none', disk)) return undefined
    disks.push(disk)
    file = path.join(disk, 'ledger.db')
    copyFileSync(whole, file)
    return disk
  }

  /** As a person does, with the command of the package. */
  function restore(backup: string): void {
    const { status, stderr } = spawnSync(
      process.execPath,
      [path.join(userDir, COMMAND), 'restore', backup, '--to', file],
      { encoding: 'utf8' },
    )
    assert.equal(status, 0, stderr)
  }

  /** All but the first page, under the program that has it open. */
  function damageOpen(): void {
    const length = statSync(file).size - PAGE
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(length, 0xa5), 0, length, PAGE)
    closeSync(handle)
  }

  /** Some at a time, until each has been told that it was not stored. */
  async function sendUntilFull(door: Door): Promise<void> {
    const sender = async (): Promise<void> => {
      let answer: Answer
      do answer = await door.send(LONG_MEMO)
      while (answer.code === '0')
      assertNotStored(answer)
    }
    await Promise.all(Array.from({ length: SENDERS }, sender))
  }

  it('on a full disk: 500, and again 0 when there is room', async function () {
    const disk = mountDisk()
    if (disk === undefined) return this.skip()
    const door = await open({ lastExam: LAST_EXAM })
    await door.sendUntilAccepted()
    const filler = path.join(disk, 'filler')
    fillDisk(filler)
    await sendUntilFull(door)
    await assertRefused(door, 'LEDGER_FULL', ledgerError('LEDGER_FULL').reason.en)
    rmSync(filler)
    await assertRecovers(door)
  })

  it('on a disk that is full before what was accepted is in the outbox: it goes out when there is room', async function () {
    const disk = mountDisk()
    if (disk === undefined) return this.skip()
    const door = await open({ lastExam: LAST_EXAM })
    await door.sendUntilAccepted()
    const filler = path.join(disk, 'filler')
    const isStuck = () => /crisis out:out.*\[LEDGER_FULL\]/.test(door.running.log())
    // The end of the room may come to a call as well, which then is not accepted.
    for (let tries = 0; tries < MOST_TRIES && !isStuck(); tries++) {
      await door.sendUntilAccepted()
      fillDisk(filler)
      truncateSync(filler, statSync(filler).size - ROOM)
      await sendUntilFull(door)
      rmSync(filler)
    }
    assert.ok(isStuck())
    await assertRecovers(door)
  })

  it('on a disk that is read-only: 500, and 0 when it is writable', async function () {
    const disk = mountDisk()
    if (disk === undefined) return this.skip()
    mount('-o', 'remount,ro', disk)
    const door = await open({ lastExam: LAST_EXAM, language: 'zh-CN' })
    await assertRefused(door, 'LEDGER_READ_ONLY', ledgerError('LEDGER_READ_ONLY').reason.zh)
    mount('-o', 'remount,rw', disk)
    await assertRecovers(door)
  })

  it('that is damaged: 500, kept as it is, and 0 when a good one is in its place', async () => {
    const damage = Buffer.alloc(100_000, 'damage')
    writeFileSync(file, damage)
    const door = await open({ lastExam: LAST_EXAM })
    await assertRefused(door, 'LEDGER_CORRUPT', ledgerError('LEDGER_CORRUPT').reason.en)
    const aside = path.join(userDir, 'aside.db')
    renameSync(file, aside)
    assert.ok(readFileSync(aside).equals(damage))
    copyFileSync(whole, file)
    await assertRecovers(door)
  })

  it('that is damaged while it is open: 500 from when it is noticed, and after a restart, until a good one is there', async () => {
    copyFileSync(whole, file)
    const door = await open({ lastExam: LAST_EXAM })
    await door.sendUntilAccepted()
    damageOpen()
    let answer: Answer
    do answer = await door.send()
    while (answer.code === '0')
    assertNotStored(answer)
    await assertRefused(door, 'LEDGER_CORRUPT', ledgerError('LEDGER_CORRUPT').reason.en)
    await closeAll()
    const again = await open({ lastExam: 2 * LAST_EXAM })
    await assertRefused(again, 'LEDGER_CORRUPT', ledgerError('LEDGER_CORRUPT').reason.en)
    await closeAll()
    restore(whole)
    await assertRecovers(await open({ lastExam: 3 * LAST_EXAM }))
  })

  it('that is deleted between two starts: 500 until a person restores a backup', async () => {
    copyFileSync(whole, file)
    await (await open({ lastExam: LAST_EXAM })).sendUntilAccepted()
    await closeAll()
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
    const door = await open({ lastExam: 2 * LAST_EXAM, language: 'zh-CN' })
    await assertRefused(door, 'LEDGER_MISSING', ledgerError('LEDGER_MISSING').reason.zh)
    assert.equal(existsSync(file), false, 'no new one is begun')
    restore(whole)
    await assertRecovers(door)
  })

  it('of a newer program: 500, left as it is, and 0 when the older one is back', async () => {
    copyFileSync(whole, file)
    const database = new DatabaseSync(file)
    database.exec(
      'insert into schema_version select 9999, at, checksum from schema_version limit 1',
    )
    database.close()
    const before = readFileSync(file)
    const door = await open({ lastExam: LAST_EXAM, language: 'zh-CN' })
    await assertRefused(door, 'LEDGER_NEWER', ledgerError('LEDGER_NEWER').reason.zh)
    assert.ok(readFileSync(file).equals(before))
    copyFileSync(whole, file)
    await assertRecovers(door)
  })

  it('that another Node-RED has: 500 from the second, which takes it over when the first dies', async () => {
    copyFileSync(whole, file)
    const first = await open({ lastExam: LAST_EXAM })
    await first.sendUntilAccepted()
    const second = await open({ lastExam: 2 * LAST_EXAM, userDir: makeFolder() })
    await assertRefused(second, 'LEDGER_LOCKED', ledgerError('LEDGER_LOCKED').reason.en)
    await first.sendUntilAccepted()
    const ended = once(first.running.process, 'exit')
    first.running.process.kill('SIGKILL')
    await ended
    await assertRecovers(second, [...inside, ...first.accepted])
  })

  it('in a PostgreSQL that crashes under load: 500 meanwhile, and 0 when it is back', async () => {
    const ledger = await postgresLedger()
    try {
      const { store, credentials, server } = ledger
      const door = await open({ store, ...(credentials && { credentials }), lastExam: LAST_EXAM })
      await door.sendUntilAccepted()
      let answered = 0
      let loaded = true
      const sender = async (): Promise<void> => {
        while (loaded) {
          const answer = await door.send()
          answered++
          if (answer.code !== '0') assertNotStored(answer)
        }
      }
      const senders = Promise.all(Array.from({ length: SENDERS }, sender))
      await until('load', () => answered > 5 * SENDERS)
      await server.halt('immediate')
      const before = answered
      await until('answers without a database', () => answered > before + 5 * SENDERS)
      loaded = false
      await senders
      await assertRefused(door, 'LEDGER_UNAVAILABLE', 'The database cannot be reached')
      await server.start()
      door.comms.clear()
      await door.sendUntilAccepted()
      await door.comms.shows('in', 'green listening')
      const texts = async (sql: string): Promise<string> =>
        (await ledger.read(sql)).map((row) => Object.values(row).join()).join()
      const stored = await texts('select exam_no from alert')
      // In this order: what the flow has taken over is in the outbox before it is not owed any more.
      const known = (await texts('select content from owed')) + (await texts(IN_OUTBOX))
      assert.deepEqual(
        door.accepted.filter((exam) => !stored.includes(exam) || !known.includes(exam)),
        [],
      )
      await closeAll()
    } finally {
      await ledger.stop()
    }
  })
})

/** A business answer that says so: nothing that a sender could take for a success (A2, A3). */
function assertNotStored({ status, code }: Answer): void {
  assert.deepEqual({ status, code }, { status: 200, code: '500' })
}

const mount = (...args: readonly string[]): boolean => spawnSync('mount', args).status === 0
