import { appendFileSync } from 'node:fs'
import type { Face } from '../../../nodes/face/index.js'
import type { Store } from '../../../nodes/store/index.js'
import { Timekeeper } from '../../../nodes/watch/timekeeper.js'
import { ntfy, type Channel } from '../../../src/delivery/channels/index.js'
import { endStrandedPages, Pager } from '../../../src/delivery/index.js'
import { Poster } from '../../../src/http/calling/index.js'
import {
  DEFINITION,
  DEFINITION_MODULE,
  PostgresEngine,
  SqliteEngine,
  type Engine,
  type Owed,
  type PageClaims,
  type PagedContent,
  type StepContent,
} from '../../../src/ledger/index.js'
import { CRISIS, Site } from '../../ledger/site.js'
import {
  ACT_NODE,
  CHANNELS,
  isBroken,
  PAGE_NODE,
  RULES,
  WATCH,
  type Kill,
  type LoopSettings,
  type Noted,
  type Order,
  type Request,
  type Word,
} from './words.js'

/*
 * One instance of the closed loop without its Node-RED: it fires timers, pages whom they call, sends the pages, and takes
 * acknowledgements. It kills itself in the midst of what it is told: node process.js <settings as JSON>.
 */

/** Hints can be lost with whoever gave them. */
const LOOK_MS = 400
/** Short, so that what a dead instance held is taken over within a test. */
const LEASE_MS = 1_500
const CALL_MS = 600
const DYING_MS = 6

async function main({ store, instance, receiver, notes }: LoopSettings): Promise<void> {
  const note = (noted: Noted): void => appendFileSync(notes, `${JSON.stringify(noted)}\n`)
  const say = (word: Word): boolean | undefined => process.send?.(word)
  let kill: Kill | undefined
  let times = 0

  const die = (): never => {
    note({ kind: 'killed', at: `${kill?.point} ${kill?.moment}` })
    process.kill(process.pid, 'SIGKILL')
    // Nothing else happens in this thread any more.
    for (;;);
  }
  /** Does a thing, and dies at it where that is ordered. */
  async function at<T>(point: string, work: () => Promise<T>): Promise<T> {
    if (kill?.point !== point || ++times < kill.nth) return work()
    const { moment } = kill
    if (moment === 'before') die()
    if (moment === 'during') setTimeout(die, Math.random() * DYING_MS)
    const result = await work()
    if (moment === 'after') die()
    return result
  }

  const engine = await openEngine(store)
  const run = engine.run.bind(engine)
  engine.run = (name, given, options) => {
    const askedAt = Date.now()
    const isClaim = name === 'claimPages'
    const args = isClaim ? { ...(given as object), leaseMs: LEASE_MS } : given
    return at(name, async () => {
      const result = await run(name, args, options)
      if (isClaim) {
        const { groups } = result as PageClaims
        for (const { id } of groups.flat()) note({ kind: 'claimed', page: id, askedAt })
      }
      return result
    })
  }
  const site = new Site(engine, 'pacs', instance)
  const { ledger, actor } = site
  if (store.engine === 'sqlite') await ledger.run('freeLeases', undefined)

  const timekeeper = new Timekeeper({
    face: { id: WATCH } as Face,
    store: { ledger, actor: () => actor } as unknown as Store,
    rules: RULES,
    seen: () => undefined,
    outOfReach: () => undefined,
  })
  const transport = dying(ntfy({ door: new Poster({ deadlineMs: CALL_MS }), origin: receiver }))
  function dying(channel: Channel): Channel {
    return { send: (page, signal) => at('channel', () => channel.send(page, signal)) }
  }
  const pagers = CHANNELS.map(
    (channel) =>
      new Pager({
        ledger,
        channel,
        instance,
        chain: actor.chain,
        actor: actor.actor,
        transport,
        timeoutMs: CALL_MS,
        onTrouble: () => undefined,
      }),
  )

  async function handOut(target: string, take: (owed: Owed) => Promise<unknown>): Promise<void> {
    const lease = `${instance}/${target}`
    const args = { target, lease, leaseMs: LEASE_MS, limit: 20 }
    for (const owed of await ledger.run('takeHandouts', args)) await take(owed)
  }
  const settle = ({ id, lease }: Owed) => ledger.run('settleHandout', { ids: [id], lease })
  /** The flow behind the watch: it pages whom a step calls. */
  const page = ({ id, content, handed }: Owed) => {
    const { id: alert, revision, due, step, crisis } = content as StepContent
    const { ExamNo: exam = '' } = crisis
    const title = [exam, due.step + 1, due.round + 1].join(' ')
    const to = isBroken(exam, due.step) ? 'broken' : step.role
    return ledger.run('sendPage', {
      actor,
      owed: id,
      redelivered: handed > 0,
      node: PAGE_NODE,
      message: '{}',
      alert,
      revision,
      step: { ...due, watch: WATCH, until: step.until },
      noWay: 'NO_WAY',
      lifeMs: null,
      content: {
        person: { code: step.role, name: step.role },
        ways: CHANNELS.map((name) => ({ channel: name, name, to: [to] })),
        ...{ title, text: title, level: '1', link: null, oneTime: null, urgent: true },
        language: 'zh-CN',
      },
    })
  }
  let looking: NodeJS.Timeout | undefined
  let isLooking = false
  let isAgain = false
  async function look(): Promise<void> {
    isAgain = isLooking
    if (isLooking) return
    isLooking = true
    clearTimeout(looking)
    try {
      await handOut(WATCH, page)
      await handOut(PAGE_NODE, (owed) => {
        note({ kind: 'paged', page: (owed.content as PagedContent).page })
        return settle(owed)
      })
      await handOut(ACT_NODE, settle)
      await endStrandedPages(ledger, actor)
    } catch {
      // Looked at again.
    }
    isLooking = false
    looking = setTimeout(() => void look(), isAgain ? 0 : LOOK_MS)
  }

  async function answer(request: Request): Promise<string | null> {
    if (request.kind === 'store') {
      const { exam: ExamNo } = request
      await site.send({ ...CRISIS, ExamNo, ApplyNo: ExamNo })
      return null
    }
    const { exam, act, at: doneAt } = request
    const { why } = await ledger.run('acknowledgeAlert', {
      actor,
      target: ACT_NODE,
      message: '{}',
      ...{ system: null, zone: '+08:00', result: '已处理' },
      which: { id: site.crisisOf({ ExamNo: exam, ApplyNo: exam }).key },
      act: {
        kind: act,
        person: { code: '040002', name: '李医生' },
        ...{ role: '', at: doneAt, how: 'reply', readBack: null, note: '', to: null },
      },
    })
    return why
  }

  process.on('message', (order: Order) => {
    if (order.kind === 'kill') {
      kill = order.kill
      times = 0
      return
    }
    answer(order.request).then(
      (why) => say({ kind: 'answer', id: order.id, why }),
      () => say({ kind: 'answer', id: order.id, why: 'failed' }),
    )
  })
  // The test is gone.
  process.on('disconnect', () => process.exit(0))

  timekeeper.start()
  for (const pager of pagers) pager.start()
  ledger.onHint((hint) => {
    if (hint.startsWith('owed/')) void look()
  })
  void look()
  say({ kind: 'ready' })
}

async function openEngine(store: LoopSettings['store']): Promise<Engine> {
  const backoff = { firstMs: 20, mostMs: 100 }
  const engine =
    store.engine === 'sqlite'
      ? new SqliteEngine({
          file: store.file,
          definition: DEFINITION_MODULE,
          ballastBytes: 0,
          backoff,
        })
      : new PostgresEngine({ address: store.address, definition: DEFINITION, backoff })
  await engine.ready()
  return engine
}

if (require.main === module) void main(JSON.parse(process.argv[2] ?? '') as LoopSettings)
