import assert from 'node:assert/strict'
import type { Crisis, CrisisFeedback } from '../../src/messages/index.js'
import { seeded } from '../crash/random.js'
import { onBothEngines } from './both-engines.js'
import { below, merged, shuffled, type Random } from './orders.js'
import { later, PROCESS, RECEIVED, Site } from './site.js'

/*
 * Where order matters, by the rules, and is kept by every variant of a trace:
 * - among the contents of one finding with the same set time: the one that came last is the current one, and it
 *   wants a new reception. Those with other set times are free, without feedback: the latest is the current one;
 * - between feedback and the critical values of its exam, once there are several: it speaks of what is there.
 *   An exam with one content is free: feedback that overtakes it is matched, and two steps may change places.
 * Where it does not matter: between exams, between findings of an exam that has no feedback, and for whatever
 * comes again, at any time after it came first.
 */

type Event =
  | { readonly kind: 'crisis'; readonly exam: string; readonly crisis: Partial<Crisis> }
  | { readonly kind: 'feedback'; readonly exam: string; readonly feedback: CrisisFeedback }

interface Exam {
  readonly events: readonly Event[]
  /** In any order it comes to the same. */
  readonly free: boolean
}

const FINDINGS = [
  ['1', '胎盘早剥'],
  ['2', '前置胎盘'],
  ['2', '主动脉夹层'],
] as const

/** Everything that happens to one exam, in the order in which it happens. */
function examOf(random: Random, n: number): Exam {
  const exam = `exam ${n}`
  const findings = FINDINGS.slice(0, 1 + below(random, 3))
  if (below(random, 3) === 0) return { events: timesOf(random, exam, findings), free: true }
  const perFinding = findings.map(([CrisisCode, CrisisName]) =>
    Array.from({ length: 1 + below(random, 3) }, (_, version): Event => {
      // A corrected text, a corrected time, or another patient.
      const change = below(random, 3)
      const crisis: Partial<Crisis> = {
        ExamNo: exam,
        CrisisCode,
        CrisisName,
        ...(version > 0 && change === 0 && { CrisisMemo: `第 ${version} 次更正` }),
        ...(version > 0 && change === 1 && { CrisisSetTime: `17:0${version}:00` }),
        ...(version > 0 && change === 2 && { SickNo: `C000${version + 1}` }),
      }
      return { kind: 'crisis', exam, crisis }
    }),
  )
  const crises = merged(random, perFinding)
  const feedback = below(random, 3) === 0 ? [] : feedbackOf(random, exam)
  if (feedback.length === 0 && perFinding.every((contents) => contents.length === 1)) {
    return { events: crises, free: true }
  }
  if (crises.length === 1) return { events: [...crises, ...feedback], free: true }
  return { events: merged(random, [crises, feedback]), free: false }
}

/** Findings that are set again and again at other times, each with another text. */
function timesOf(
  random: Random,
  exam: string,
  findings: readonly (readonly [string, string])[],
): readonly Event[] {
  return findings.flatMap(([CrisisCode, CrisisName]) =>
    Array.from({ length: 2 + below(random, 3) }, (_, version): Event => {
      const CrisisSetTime = `17:0${version}:00`
      const CrisisMemo = `第 ${version} 次`
      return {
        kind: 'crisis',
        exam,
        crisis: { ExamNo: exam, CrisisCode, CrisisName, CrisisSetTime, CrisisMemo },
      }
    }),
  )
}

function feedbackOf(random: Random, exam: string): Event[] {
  const minutes = 60_000 * (1 + below(random, 4))
  const received = shift(later(RECEIVED), minutes)
  const processed = { ...received, ...later(PROCESS) }
  const other = { ...received, CrisisReceiver: { code: '7', name: '护士' } }
  const steps = [received, other, processed].filter(() => below(random, 3) > 0)
  return steps.map((feedback) => ({
    kind: 'feedback',
    exam,
    feedback: { ...feedback, ExamNo: exam },
  }))
}

function shift(feedback: CrisisFeedback, ms: number): CrisisFeedback {
  const at = Date.parse(`${feedback.CrisisReceiveDate}T${feedback.CrisisReceiveTime}Z`) + ms
  const [date = '', time = ''] = new Date(at).toISOString().split(/[T.]/)
  return { ...feedback, CrisisReceiveDate: date, CrisisReceiveTime: time }
}

/** The same trace as it may come: other exams between, what is free in any order, and much of it again. */
function variantOf(random: Random, exams: readonly Exam[]): Event[] {
  const events = merged(
    random,
    exams.map((exam) => (exam.free ? shuffled(random, exam.events) : exam.events)),
  )
  for (let again = below(random, 8); again > 0; again--) {
    const from = below(random, events.length)
    events.splice(from + 1 + below(random, events.length - from), 0, events[from]!)
  }
  return events
}

async function play(site: Site, events: readonly Event[]): Promise<void> {
  for (const event of events) {
    if (event.kind === 'crisis') await site.send(event.crisis)
    else await site.feedBack(event.feedback)
  }
}

/** Several critical values in one call, where they follow on each other. */
async function playInCalls(site: Site, events: readonly Event[]): Promise<void> {
  let call: Partial<Crisis>[] = []
  for (const event of [...events, null]) {
    if (event?.kind === 'crisis') call.push(event.crisis)
    else {
      if (call.length > 0) await site.sendAll(call)
      call = []
      if (event) await site.feedBack(event.feedback)
    }
  }
}

/** Every exam in its own order, all exams at once. */
async function playAtOnce(site: Site, events: readonly Event[]): Promise<void> {
  const exams = Map.groupBy(events, ({ exam }) => exam)
  await Promise.all([...exams.values()].map((own) => play(site, own)))
}

/** What a site came to, in words that do not depend on ids or on the order of exams and findings. */
async function stateOf(site: Site): Promise<unknown> {
  const alerts = await site.rows(
    `select a.*, r.document, (select count(*) from revision c where c.alert = a.id) as contents
     from alert a join revision r on r.alert = a.id and r.n = a.revision where a.system = $1`,
    site.system,
  )
  const said = await site.rows(
    `select s.alert, s.stage, s.code, s.said_at from stage s join alert a on a.id = s.alert
     where a.system = $1 and s.code <> ''`,
    site.system,
  )
  const states = alerts.map((row) => ({
    document: JSON.parse(String(row['document'])) as unknown,
    stage: row['stage'],
    contents: row['contents'],
    hold: row['hold'],
    received: row['received_at'] !== null,
    processed: row['processed_at'] !== null,
    said: said
      .filter((entry) => entry['alert'] === row['id'])
      .map((entry) => ['stage', 'code', 'said_at'].map((column) => entry[column]).join(' '))
      .sort(),
  }))
  return states.map((state) => JSON.stringify(state)).sort()
}

/** One message for each revision of each alert, and one for each feedback. */
async function checkEmitted(site: Site, events: readonly Event[]): Promise<void> {
  const emitted = await site.emitted()
  const revisions = await site.rows(
    'select a.key, r.n from revision r join alert a on a.id = r.alert where a.system = $1',
    site.system,
  )
  assert.deepEqual(
    emitted
      .filter(({ kind }) => kind === 'crisis')
      .map(({ content }) => `${content.id} ${content.revision}`)
      .sort(),
    revisions.map((row) => [row['key'], row['n']].join(' ')).sort(),
  )
  const feedback = new Set(
    events.flatMap((event) => (event.kind === 'feedback' ? [JSON.stringify(event.feedback)] : [])),
  )
  assert.equal(emitted.filter(({ kind }) => kind === 'feedback').length, feedback.size)
}

const TRACES = 12

onBothEngines('any order that the rules leave open', (site) => {
  for (let seed = 1; seed <= TRACES; seed++) {
    it(`comes to the same alerts, stages and messages (trace ${seed})`, async () => {
      const random = seeded(seed)
      const exams = Array.from({ length: 1 + below(random, 3) }, (_, n) => examOf(random, n))
      const events = exams.flatMap((exam) => exam.events)
      await play(site(), events)
      const expected = await stateOf(site())
      await checkEmitted(site(), events)

      for (const [name, run] of Object.entries({ play, playInCalls, playAtOnce })) {
        const other = new Site(site().engine, `${site().system} ${name}`)
        const variant = variantOf(random, exams)
        const told = variant
          .map((event) => JSON.stringify(event.kind === 'crisis' ? event.crisis : event.feedback))
          .join('\n')
        await run(other, variant)
        assert.deepEqual(await stateOf(other), expected, `${name}:\n${told}`)
        await checkEmitted(other, variant)
      }
    })
  }
})
