import assert from 'node:assert/strict'
import { between, seeded } from '../crash/random.js'
import { packPackage } from '../support/node-red.js'
import type { Entry } from './diary.js'
import { LEFTOVERS, type Disk, type Files, type Leftover } from './disk.js'
import { feed, LEDGER, type Fed } from './feed.js'
import { needMachine } from './machine.js'
import { recover } from './recovered.js'

const SEED = 5
const DOCUMENTS = 420
/** Power cuts at any moment, and right behind an answer 0, in each part. */
const ANYWHERE = 40
const BEHIND_ANSWERS = 40

const LOG = /-wal$/

interface Image {
  readonly files: Files
  readonly leftover: Leftover
  /** What the sender had been answered 0 for by then. */
  readonly acknowledged: readonly string[]
}

const isAnswer = (entry: Entry | undefined): boolean => entry?.kind === 'acknowledged'

/** A power cut at each of the moments given, each with another kind of leftover. */
function* cuts(fed: Fed, disk: Disk, moments: ReadonlySet<number>): Generator<Image> {
  const random = seeded(SEED)
  const acknowledged: string[] = []
  let taken = 0
  for (const [index, entry] of fed.entries.entries()) {
    disk.apply(entry)
    if (entry.kind === 'acknowledged') acknowledged.push(entry.name)
    if (!moments.has(index)) continue
    const leftover = LEFTOVERS[taken++ % LEFTOVERS.length] ?? 'nothing'
    yield { files: disk.after(leftover, random), leftover, acknowledged: [...acknowledged] }
  }
}

function momentsOf(entries: readonly Entry[], anywhere: number, behind: number): Set<number> {
  const random = seeded(SEED)
  const answers = [...entries.keys()].filter((index) => isAnswer(entries[index]))
  const moments = new Set<number>()
  while (moments.size < anywhere) moments.add(between(random, 0, entries.length))
  while (moments.size < anywhere + behind) {
    moments.add(answers[between(random, 0, answers.length)] ?? 0)
  }
  return moments
}

describe('a power cut while critical values come in', function () {
  this.timeout(240_000)
  let tarball: string
  let first: Fed
  /** What the first power cut left, and what had been answered 0 by then. */
  let left: Image

  before(function () {
    needMachine(this)
    tarball = packPackage()
  })

  /** Fails on whatever a power cut has taken; tells how many there were. */
  async function assertWhole(fed: Fed, before: readonly string[]): Promise<number> {
    let images = 0
    for (const image of cuts(fed, fed.disk(), momentsOf(fed.entries, ANYWHERE, BEHIND_ANSWERS))) {
      const { stored, forgotten, damage } = await recover(image.files)
      const answered = [...before, ...image.acknowledged]
      const lost = answered.filter((name) => !stored.has(name))
      assert.deepEqual({ lost, forgotten, damage }, { lost: [], forgotten: [], damage: '' })
      images++
      if (fed === first && image.leftover === 'rubbish') left = image
    }
    return images
  }

  /** The diary is worth something only when nothing is missing in it. */
  function assertComplete(fed: Fed): void {
    const disk = fed.disk()
    for (const entry of fed.entries) disk.apply(entry)
    const replayed = disk.after('all', seeded(SEED))
    const names = [...fed.end.keys()].filter((name) => !name.includes('.ballast'))
    for (const name of names) {
      assert.ok(replayed.get(name)?.equals(fed.end.get(name)!), `${name} is as the diary says`)
    }
    assert.ok(names.includes(LEDGER))
    const answers = [...fed.entries.keys()].filter((index) => isAnswer(fed.entries[index]))
    const checkpoints = fed.entries
      .slice(answers[0], answers.at(-1))
      .filter((entry) => entry.kind === 'flushEnd' && entry.path.endsWith(LEDGER))
    assert.ok(checkpoints.length > 0, 'a checkpoint came while documents were answered')
  }

  it('takes nothing that was answered 0, and leaves no damage', async () => {
    first = await feed({
      tarball,
      seed: SEED,
      documents: DOCUMENTS,
      files: new Map(),
      firstExam: 1,
    })
    assertComplete(first)
    const images = await assertWhole(first, [])
    console.log(`      ${images} power cuts in ${first.entries.length} writes, flushes and answers`)
  })

  it('takes nothing while the ledger recovers from the one before, and after', async () => {
    const firstExam = 5_000
    const second = await feed({
      tarball,
      seed: SEED + 1,
      documents: DOCUMENTS,
      files: left.files,
      firstExam,
    })
    assertComplete(second)
    const images = await assertWhole(second, left.acknowledged)
    console.log(`      ${images} more, after “${left.leftover}” of what was not flushed`)
  })

  it('would show what a disk loses that ignores its flushes', async () => {
    const moments = momentsOf(first.entries, 0, 12)
    let lost = 0
    for (const image of cuts(first, first.disk({ ignoring: LOG }), moments)) {
      const { stored } = await recover(image.files)
      lost += image.acknowledged.filter((name) => !stored.has(name)).length
    }
    assert.ok(lost > 0)
    console.log(`      ${lost} answered documents lost in ${moments.size} power cuts`)
  })
})
