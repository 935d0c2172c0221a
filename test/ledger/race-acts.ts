import type { Act } from './races-rig.js'
import { later, PROCESSED, RECEIVED, type Site } from './site.js'

/* What one of two instances does to an exam. */

export const SECOND = { CrisisCode: '2', CrisisName: '前置胎盘' }
export const BY_ANOTHER = { ...RECEIVED, CrisisReceiver: { code: '9', name: '另一医生' } }
const OTHER_PATIENT = { SickNo: 'C0002' }
/** An attempt that has failed, of a document that is sent again. */
export const RETRY = { state: 'ready', delayMs: 0 } as const
export const DEAD = { state: 'dead' } as const

/** Said after whatever these tests store. */
export const LATER = { all: PROCESSED, received: RECEIVED }

/** To be called before each race, for it is compared with the clock of the server. */
export function sayLater(): void {
  LATER.all = later(PROCESSED)
  LATER.received = later(RECEIVED)
}

/** One act after the other. */
export const inOrder =
  (...acts: readonly Act[]): Act =>
  async (site) => {
    for (const act of acts) await act(site)
  }

export const peerOf = ({ system }: Site, name = 'peer'): string => `${name} of ${system}`

export const comesIn: Act = (site) => site.send()
export const secondComesIn: Act = (site) => site.send(SECOND)
export const otherPatient: Act = (site) => site.send(OTHER_PATIENT)
export const corrected: Act = (site) => site.send({ CrisisMemo: 'b' })
export const told: Act = (site) => site.tell(RECEIVED, { message: 'received' })
export const toldLater: Act = (site) => site.tell(LATER.received, { message: 'received' })

const isThere = (id: unknown): number => {
  if (id === null || id === undefined) throw new TypeError('there is no such row')
  return Number(id)
}

/** A person gives up the first one. */
export const giveUpFirst =
  (table: 'outbox' | 'report'): Act =>
  async (site) => {
    const [row] = await site.rows(
      `select min(id) as id from ${table} where peer = $1`,
      peerOf(site),
    )
    const id = isThere(row?.['id'])
    return site.ledger.run('cancel', { actor: site.actor, id, reason: '' })
  }

export const replayAll: Act = (site) =>
  site.ledger.run('replay', { actor: site.actor, id: null, peer: peerOf(site), document: null })

/** A person sends the first dead letter again in words of their own. */
export const replayInOwnWords: Act = async (site) => {
  const [row] = await site.rows('select min(id) as id from outbox where peer = $1', peerOf(site))
  const id = isThere(row?.['id'])
  return site.ledger.run('replay', { actor: site.actor, id, document: '<own/>' })
}

export const passOn =
  (memo: string, again = false, peer = 'peer'): Act =>
  (site) => {
    const crisis = site.crisisOf({ CrisisMemo: memo })
    return site.ledger.run('sendCrisis', {
      actor: site.actor,
      origin: site.origin,
      crisis,
      redelivered: again,
      item: {
        peer: peerOf(site, peer),
        operation: 'SynCrisisInfo',
        lane: crisis.examKey,
        document: `<${memo}/>`,
        node: site.target,
        message: '{}',
        expiresAfterMs: null,
      },
    })
  }

/** A document of no exam that is known here. */
export const enqueue =
  (document: string): Act =>
  (site) =>
    site.ledger.run('enqueue', {
      actor: site.actor,
      item: {
        peer: peerOf(site),
        operation: 'SynCrisisResponseInfo',
        lane: site.crisisOf().examKey,
        document,
        alert: null,
        node: '',
        message: '{}',
        expiresAfterMs: null,
      },
    })

const claimAs =
  (lease: string, peer = 'peer'): Act =>
  (site) =>
    site.ledger.run('claim', {
      actor: site.actor,
      peer: peerOf(site, peer),
      lease,
      leaseMs: 60_000,
      limit: 1,
      parallel: 4,
      perMinute: 0,
    })

/** Takes what there is, if there is anything. */
export const claimOne = claimAs('courier')
export const claimForGone = claimAs('courier', 'gone')
/** Takes over what the lease has ended of. */
export const takeOver = claimAs('another')
export const leaseEnds: Act = (site) =>
  site.rows('update outbox set lease_until = 1 where peer = $1', peerOf(site))

/** Ends what was claimed before. */
export const concludeWith =
  (verdict: Parameters<Site['conclude']>[1]): Act =>
  async (site) => {
    const [row] = await site.rows(
      "select id from outbox where peer = $1 and state = 'leased'",
      peerOf(site),
    )
    await site.conclude({ id: isThere(row?.['id']), lease: 'courier' }, verdict)
  }
export const concludeOne = concludeWith({ state: 'done' })

/** Ends what has waited at all, and what was taken back while it was on the wire. */
export const expire: Act = (site) =>
  site.ledger.run('expireDocuments', {
    actor: site.actor,
    peer: peerOf(site),
    expiresAfterMs: 0,
  })

/** The instance that has claimed gives up, as at a redeploy. */
export const release: Act = async (site) => {
  const [row] = await site.rows(
    "select id from outbox where state = 'leased' and peer = $1",
    peerOf(site),
  )
  await site.ledger.run('release', { id: isThere(row?.['id']), lease: 'courier' })
}

/** What is undelivered to a peer that is gone goes to the other one. */
export const passOnDocuments: Act = (site) =>
  site.ledger.run('passOnDocuments', {
    actor: site.actor,
    from: peerOf(site, 'gone'),
    to: peerOf(site),
    application: '',
    after: 0,
  })

export const giveUpDocuments: Act = (site) =>
  site.ledger.run('giveUpDocuments', {
    actor: site.actor,
    peer: peerOf(site),
    by: '张三',
    reason: '对方已停用',
  })

export const prune: Act = (site) => {
  const retention = { rawMs: 1_000_000_000, alertMs: 1_000_000_000 }
  return site.ledger.run('prune', { actor: site.actor, retention })
}

/** An alert that was closed long ago, and of which nothing is owed. */
export const closedLongAgo: Act = async (site) => {
  await site.send()
  await site.feedBack(PROCESSED)
  await site.emitted()
  await site.rows('update alert set opened_at = 1, processed_at = 1 where system = $1', site.system)
}

export const lift: Act = (site) => site.lift()
export const cancelAlert: Act = (site) => site.cancelAlert()
export const choose: Act = (site) =>
  site.ledger.run('chooseContent', { ...site.decision(), revision: 2 })

/** Takes what is owed to the flow of the exam, and keeps it in hand. */
export const takeHandouts: Act = (site) =>
  site.ledger.run('takeHandouts', {
    target: site.target,
    lease: `${site.actor.chain}/1`,
    leaseMs: 60_000,
    limit: 1_000,
  })

/** A person decides that nobody is to be given what is owed to the flow. */
export const giveUpHandouts: Act = (site) =>
  site.ledger.run('giveUpHandouts', {
    actor: site.actor,
    node: site.target,
    by: '张三',
    reason: '节点已删除',
  })
