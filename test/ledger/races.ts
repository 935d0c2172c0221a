import type { Act } from './races-rig.js'
import { CRISIS, later, PROCESS, PROCESSED, RECEIVED, type Site } from './site.js'

const SECOND = { CrisisCode: '2', CrisisName: '前置胎盘' }
const BY_ANOTHER = { ...RECEIVED, CrisisReceiver: { code: '9', name: '另一医生' } }
/** Said after whatever these tests store. */
let LATER = PROCESSED
let LATER_RECEIVED = RECEIVED

/** To be called before each race, for it is compared with the clock of the server. */
export function sayLater(): void {
  LATER = later(PROCESSED)
  LATER_RECEIVED = later(RECEIVED)
}

const DEAD = { state: 'dead' } as const

export interface Race {
  readonly what: string
  readonly before: Act
  readonly one: Act
  readonly other: Act
}

const told = (site: Site) => site.tell(RECEIVED, { message: 'received' })

const cancelFirst: Act = async (site) => {
  const [row] = await site.rows(
    'select min(id) as id from outbox where peer = $1',
    `peer of ${site.system}`,
  )
  const { actor } = site
  return site.ledger.run('cancel', { actor, id: Number(row?.['id']), reason: '' })
}

const replayAll: Act = (site) =>
  site.ledger.run('replay', {
    actor: site.actor,
    id: null,
    peer: `peer of ${site.system}`,
    document: null,
  })

const passOn =
  (memo: string, again = false, peer = 'peer'): Act =>
  (site) => {
    const crisis = site.crisisOf({ CrisisMemo: memo })
    return site.ledger.run('sendCrisis', {
      actor: site.actor,
      origin: site.origin,
      crisis,
      redelivered: again,
      item: {
        peer: `${peer} of ${site.system}`,
        operation: 'SynCrisisInfo',
        lane: crisis.examKey,
        document: `<${memo}/>`,
        node: site.target,
        message: '{}',
        expiresAfterMs: null,
      },
    })
  }

/** Takes what there is, if there is anything. */
export const claimOne: Act = (site) =>
  site.ledger.run('claim', {
    actor: site.actor,
    peer: `peer of ${site.system}`,
    lease: 'courier',
    leaseMs: 60_000,
    limit: 1,
    parallel: 4,
    perMinute: 0,
  })

/** Ends what was claimed before. */
const concludeOne: Act = async (site) => {
  const [row] = await site.rows(
    "select id from outbox where peer = $1 and state = 'leased'",
    `peer of ${site.system}`,
  )
  await site.conclude({ id: Number(row?.['id']), lease: 'courier' }, { state: 'done' })
}

const prune: Act = (site) => {
  const retention = { rawMs: 1_000_000_000, alertMs: 1_000_000_000 }
  return site.ledger.run('prune', { actor: site.actor, retention })
}

export const RACES: readonly Race[] = [
  {
    what: 'the same critical value comes in by both',
    before: async () => {},
    one: (site) => site.send(),
    other: (site) => site.send(),
  },
  {
    what: 'a correction comes in beside the critical value',
    before: async () => {},
    one: (site) => site.send({ CrisisMemo: '更正' }),
    other: (site) => site.send(),
  },
  {
    what: 'a critical value comes in beside its feedback',
    before: async () => {},
    one: (site) => site.send(),
    other: (site) => site.feedBack(RECEIVED),
  },
  {
    what: 'feedback comes in beside its critical value',
    before: async () => {},
    one: (site) => site.feedBack(RECEIVED),
    other: (site) => site.send(),
  },
  {
    what: 'a second finding comes in beside feedback',
    before: (site) => site.send(),
    one: (site) => site.send(SECOND),
    other: (site) => site.feedBack(LATER),
  },
  {
    what: 'two flows tell the steps of one critical value',
    before: (site) => site.send(),
    one: told,
    other: (site) => site.tell(PROCESS, { message: 'processed' }),
  },
  {
    what: 'a flow tells what the other instance is told',
    before: (site) => site.send(),
    one: (site) => site.feedBack(PROCESSED),
    other: (site) => site.tell(BY_ANOTHER, { message: 'told' }),
  },
  {
    what: 'the same feedback is told by both',
    before: (site) => site.send(),
    one: (site) => site.tell(RECEIVED, { message: 'received', again: true }),
    other: (site) => site.tell(RECEIVED, { message: 'received', again: true }),
  },
  {
    what: 'one critical value is sent by both',
    before: (site) => site.send({ CrisisMemo: 'a' }),
    one: passOn('a', true),
    other: passOn('a', true),
  },
  {
    what: 'one critical value is sent anew beside one that is sent for the first time',
    before: (site) => site.send({ CrisisMemo: 'a' }),
    one: passOn('a', true),
    other: passOn('a'),
  },
  {
    what: 'two critical values of an exam are put into the outbox',
    before: (site) => site.sendAll([{ CrisisMemo: 'a' }, { CrisisMemo: 'b' }]),
    one: passOn('a'),
    other: passOn('b'),
  },
  {
    what: 'feedback lets a document go that a person cancels',
    before: async (site) => {
      await site.sendAll([{}, SECOND])
      await site.tell(RECEIVED, { about: CRISIS, message: 'first' })
    },
    one: (site) => site.feedBack(BY_ANOTHER),
    other: cancelFirst,
  },
  {
    what: 'feedback is noted while the loop is closed',
    before: async (site) => {
      await site.send()
      await site.tell(PROCESSED)
      await claimOne(site)
    },
    one: (site) => site.feedBack({ ...PROCESSED, ...BY_ANOTHER }),
    other: concludeOne,
  },
  {
    what: 'the loop is closed while feedback is noted',
    before: async (site) => {
      await site.send()
      await site.tell(PROCESSED)
      await claimOne(site)
    },
    one: concludeOne,
    other: (site) => site.feedBack({ ...PROCESSED, ...BY_ANOTHER }),
  },
  {
    what: 'a delivery is recorded beside a correction',
    before: async (site) => {
      await passOn('a')(site)
      await claimOne(site)
    },
    one: concludeOne,
    other: (site) => site.send({ CrisisMemo: 'b' }),
  },
  {
    what: 'a correction comes beside a delivery',
    before: async (site) => {
      await passOn('a')(site)
      await claimOne(site)
    },
    one: (site) => site.send({ CrisisMemo: 'b' }),
    other: concludeOne,
  },
  {
    what: 'another patient comes in beside what a flow tells',
    before: (site) => site.send(),
    one: (site) => site.send({ SickNo: 'C0002' }),
    other: told,
  },
  {
    what: 'a flow tells beside another patient',
    before: (site) => site.send(),
    one: told,
    other: (site) => site.send({ SickNo: 'C0002' }),
  },
  {
    what: 'another patient comes in beside a claim',
    before: async (site) => {
      await site.send()
      await told(site)
    },
    one: (site) => site.send({ SickNo: 'C0002' }),
    other: claimOne,
  },
  {
    what: 'a claim is made beside another patient',
    before: async (site) => {
      await site.send()
      await told(site)
    },
    one: claimOne,
    other: (site) => site.send({ SickNo: 'C0002' }),
  },
  {
    what: 'a hold is lifted beside what a flow tells',
    before: async (site) => {
      await site.send()
      await site.send({ SickNo: 'C0002' })
    },
    one: (site) => site.lift(),
    other: (site) => site.tell(LATER_RECEIVED, { message: 'received' }),
  },
  {
    what: 'a critical value is cancelled beside its delivery',
    before: async (site) => {
      await passOn('a')(site)
      await claimOne(site)
    },
    one: (site) => site.cancelAlert({ CrisisMemo: 'a' }),
    other: concludeOne,
  },
  {
    what: 'a delivery is recorded beside the cancelling of its critical value',
    before: async (site) => {
      await passOn('a')(site)
      await claimOne(site)
    },
    one: concludeOne,
    other: (site) => site.cancelAlert({ CrisisMemo: 'a' }),
  },
  {
    what: 'a critical value is cancelled beside what a flow tells',
    before: (site) => site.send(),
    one: (site) => site.cancelAlert(),
    other: told,
  },
  {
    what: 'people choose a content beside feedback',
    before: async (site) => {
      await site.send()
      await site.send({ CrisisSetTime: '15:00:00', CrisisMemo: '较早' })
    },
    one: (site) => site.ledger.run('chooseContent', { ...site.decision(), revision: 2 }),
    other: (site) => site.feedBack(RECEIVED),
  },
  {
    what: 'a hold is lifted beside what a flow tells once more',
    before: async (site) => {
      await site.send()
      await site.send({ SickNo: 'C0002' })
      await site.tell(LATER_RECEIVED, { message: 'received' })
    },
    one: (site) => site.lift(),
    // Of the same person, so that nothing of the alert itself changes.
    other: (site) => site.tell({ ...LATER_RECEIVED, ProcessSuggest: '复查' }, { message: 'more' }),
  },
  {
    what: 'a hold is lifted beside feedback',
    before: async (site) => {
      await site.send()
      await site.send({ SickNo: 'C0002' })
      await site.tell(LATER_RECEIVED, { message: 'received' })
    },
    one: (site) => site.lift(),
    other: (site) => site.feedBack({ ...LATER, ...BY_ANOTHER }),
  },
  {
    what: 'a dead letter is sent again beside what a flow tells',
    before: async (site) => {
      await site.send()
      await told(site)
      await site.deliver(DEAD)
    },
    one: replayAll,
    other: (site) => site.tell(PROCESS, { message: 'processed' }),
  },
  {
    what: 'documents are passed on beside one that goes to the same peer',
    before: (site) => passOn('a', false, 'gone')(site),
    one: (site) =>
      site.ledger.run('passOnDocuments', {
        actor: site.actor,
        from: `gone of ${site.system}`,
        to: `peer of ${site.system}`,
        application: '',
        after: 0,
      }),
    other: async (site) => {
      await passOn('b')(site)
      await claimOne(site)
    },
  },
  {
    what: 'both claim',
    before: (site) => passOn('a')(site),
    one: claimOne,
    other: claimOne,
  },
  {
    what: 'both send dead letters again',
    before: async (site) => {
      await site.send()
      await told(site)
      await site.deliver(DEAD)
    },
    one: replayAll,
    other: replayAll,
  },
  {
    what: 'a dead letter is sent again beside a person who gives it up',
    before: async (site) => {
      await site.send()
      await told(site)
      await site.deliver(DEAD)
    },
    one: replayAll,
    other: cancelFirst,
  },
  {
    what: 'a dead letter is sent again beside a correction',
    before: async (site) => {
      await site.send()
      await told(site)
      await site.deliver(DEAD)
    },
    one: replayAll,
    other: (site) => site.send({ CrisisMemo: 'b' }),
  },
  {
    what: 'an alert is pruned beside its correction',
    before: async (site) => {
      await site.send()
      await site.feedBack(PROCESSED)
      await site.emitted()
      await site.rows(
        'update alert set opened_at = 1, processed_at = 1 where system = $1',
        site.system,
      )
    },
    one: prune,
    other: (site) => site.send({ CrisisMemo: '更正' }),
  },
  {
    what: 'messages of a flow are taken by both',
    before: (site) => site.sendAll([{}, SECOND]),
    one: (site) => site.emitted(),
    other: (site) => site.emitted(),
  },
]
