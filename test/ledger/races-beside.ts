import {
  BY_ANOTHER,
  cancelAlert,
  choose,
  claimForGone,
  claimOne,
  closedLongAgo,
  comesIn,
  concludeOne,
  concludeWith,
  corrected,
  DEAD,
  enqueue,
  expire,
  giveUpDocuments,
  giveUpFirst,
  giveUpHandouts,
  inOrder,
  leaseEnds,
  lift,
  otherPatient,
  passOn,
  passOnDocuments,
  prune,
  release,
  replayAll,
  replayInOwnWords,
  RETRY,
  secondComesIn,
  takeHandouts,
  takeOver,
  told,
  toldLater,
} from './race-acts.js'
import type { Race } from './races.js'
import { CRISIS, PROCESS, PROCESSED, RECEIVED } from './site.js'

const onTheWire = inOrder(comesIn, told, claimOne)
const deadFeedback = inOrder(comesIn, told, (site) => site.deliver(DEAD))
const undecided = inOrder(comesIn, (site) =>
  site.send({ CrisisSetTime: '15:00:00', CrisisMemo: '较早' }),
)
const heldWithFeedback = inOrder(comesIn, told, otherPatient)
/** Its critical value is on the wire, and void when it comes back. */
const voidOnTheWire = inOrder(passOn('a'), claimOne, (site) =>
  site.cancelAlert({ CrisisMemo: 'a' }),
)
const toBePassedOn = inOrder(comesIn, (site) =>
  site.tell(RECEIVED, { message: 'received', peer: `gone of ${site.system}` }),
)

/** Deliveries, decisions of people, and what is done beside all that. */
export const RACES_BESIDE: readonly Race[] = [
  {
    what: 'a delivery is recorded beside an instance that takes over what its lease has ended of',
    before: inOrder(passOn('a'), claimOne, leaseEnds),
    one: concludeOne,
    other: takeOver,
  },
  {
    what: 'two documents of one lane are put into the outbox',
    before: async () => {},
    one: enqueue('<a/>'),
    other: enqueue('<b/>'),
  },
  {
    what: 'a critical value is cancelled beside a claim of its feedback',
    before: inOrder(comesIn, told),
    one: cancelAlert,
    other: claimOne,
  },
  {
    what: 'documents are passed on beside a claim for the peer that is gone',
    before: toBePassedOn,
    one: passOnDocuments,
    other: claimForGone,
  },
  {
    what: 'a delivery is refused beside what a flow tells',
    before: onTheWire,
    one: concludeWith(DEAD),
    other: (site) => site.tell(PROCESS, { message: 'processed' }),
  },
  {
    what: 'a flow tells beside a delivery that is refused',
    before: onTheWire,
    one: (site) => site.tell(PROCESS, { message: 'processed' }),
    other: concludeWith(DEAD),
  },
  {
    what: 'a flow tells once more beside a delivery that is refused',
    before: onTheWire,
    one: (site) => site.tell(RECEIVED, { message: 'received', again: true }),
    other: concludeWith(DEAD),
  },
  {
    what: 'a delivery is refused beside a flow that tells once more',
    before: onTheWire,
    one: concludeWith(DEAD),
    other: (site) => site.tell(RECEIVED, { message: 'received', again: true }),
  },
  {
    what: 'an attempt fails beside another patient',
    before: onTheWire,
    one: concludeWith(RETRY),
    other: otherPatient,
  },
  {
    what: 'another patient comes in beside an attempt that fails',
    before: onTheWire,
    one: otherPatient,
    other: concludeWith(RETRY),
  },
  {
    what: 'an attempt fails beside the cancelling of what it tells of',
    before: onTheWire,
    one: concludeWith(RETRY),
    other: cancelAlert,
  },
  {
    what: 'a critical value is cancelled beside an attempt to tell of it that fails',
    before: onTheWire,
    one: cancelAlert,
    other: concludeWith(RETRY),
  },
  {
    what: 'a critical value is cancelled beside the delivery of its feedback',
    before: onTheWire,
    one: cancelAlert,
    other: concludeOne,
  },
  {
    what: 'feedback is delivered beside the cancelling of what it tells of',
    before: onTheWire,
    one: concludeOne,
    other: cancelAlert,
  },
  {
    what: 'a hold is lifted beside a delivery',
    before: inOrder(onTheWire, otherPatient),
    one: lift,
    other: concludeWith(RETRY),
  },
  {
    what: 'an attempt fails beside a hold that is lifted',
    before: inOrder(onTheWire, otherPatient),
    one: concludeWith(RETRY),
    other: lift,
  },
  {
    what: 'a hold is lifted by both',
    before: heldWithFeedback,
    one: lift,
    other: lift,
  },
  {
    what: 'a hold is lifted beside the cancelling of its critical value',
    before: heldWithFeedback,
    one: lift,
    other: cancelAlert,
  },
  {
    what: 'a critical value is cancelled by both',
    before: passOn('a'),
    one: (site) => site.cancelAlert({ CrisisMemo: 'a' }),
    other: (site) => site.cancelAlert({ CrisisMemo: 'a' }),
  },
  {
    what: 'a critical value is cancelled beside a claim',
    before: passOn('a'),
    one: (site) => site.cancelAlert({ CrisisMemo: 'a' }),
    other: claimOne,
  },
  {
    what: 'a content is chosen beside what a flow tells',
    before: undecided,
    one: choose,
    other: told,
  },
  {
    what: 'a flow tells beside a content that is chosen',
    before: undecided,
    one: told,
    other: choose,
  },
  {
    what: 'a content is chosen by both',
    before: undecided,
    one: choose,
    other: choose,
  },
  {
    what: 'the same feedback comes in by both',
    before: comesIn,
    one: (site) => site.feedBack(RECEIVED),
    other: (site) => site.feedBack(RECEIVED),
  },
  {
    what: 'the same feedback of an unknown exam comes in by both',
    before: async () => {},
    one: (site) => site.feedBack(RECEIVED),
    other: (site) => site.feedBack(RECEIVED),
  },
  {
    what: 'a person gives up what waits beside feedback that lets it go',
    before: inOrder(comesIn, secondComesIn, (site) =>
      site.tell(RECEIVED, { about: CRISIS, message: 'first' }),
    ),
    one: giveUpFirst('report'),
    other: (site) => site.feedBack(BY_ANOTHER),
  },
  {
    what: 'a person gives up a document beside what a flow tells',
    before: inOrder(comesIn, told),
    one: giveUpFirst('outbox'),
    other: (site) => site.tell(PROCESS, { message: 'processed' }),
  },
  {
    what: 'a person gives up a document beside a claim',
    before: passOn('a'),
    one: giveUpFirst('outbox'),
    other: claimOne,
  },
  {
    what: 'a person gives up dead feedback that keeps a loop open, beside feedback',
    before: inOrder(
      comesIn,
      (site) => site.tell(PROCESSED),
      (site) => site.deliver(DEAD),
    ),
    one: giveUpFirst('outbox'),
    other: (site) => site.feedBack({ ...PROCESSED, ...BY_ANOTHER }),
  },
  {
    what: 'dead feedback is sent in own words beside another patient',
    before: deadFeedback,
    one: replayInOwnWords,
    other: otherPatient,
  },
  {
    what: 'dead letters are sent again beside a second finding',
    before: deadFeedback,
    one: replayAll,
    other: secondComesIn,
  },
  {
    what: 'what has waited too long ends beside a claim',
    before: passOn('a'),
    one: expire,
    other: claimOne,
  },
  {
    what: 'what has waited too long is ended by both',
    before: inOrder(passOn('a'), comesIn, told),
    one: expire,
    other: expire,
  },
  {
    what: 'what has waited too long ends beside a person who gives it up',
    before: passOn('a'),
    one: expire,
    other: giveUpFirst('outbox'),
  },
  {
    what: 'what was taken back and comes back from the wire is ended by both',
    before: inOrder(voidOnTheWire, release),
    one: expire,
    other: expire,
  },
  {
    what: 'documents are passed on by both',
    before: toBePassedOn,
    one: passOnDocuments,
    other: passOnDocuments,
  },
  {
    what: 'documents are passed on beside another patient',
    before: toBePassedOn,
    one: passOnDocuments,
    other: otherPatient,
  },
  {
    what: 'documents are passed on beside what a flow tells to the same peer',
    before: toBePassedOn,
    one: passOnDocuments,
    other: (site) => site.tell(PROCESS, { message: 'processed' }),
  },
  {
    what: 'documents are passed on beside a flow that still tells the peer that is gone',
    before: toBePassedOn,
    one: passOnDocuments,
    other: (site) => site.tell(PROCESS, { message: 'processed', peer: `gone of ${site.system}` }),
  },
  {
    what: 'documents are given up beside a claim',
    before: inOrder(comesIn, told),
    one: giveUpDocuments,
    other: claimOne,
  },
  {
    what: 'documents are given up by both',
    before: inOrder(comesIn, told),
    one: giveUpDocuments,
    other: giveUpDocuments,
  },
  {
    what: 'an alert is pruned by both',
    before: closedLongAgo,
    one: prune,
    other: prune,
  },
  {
    what: 'an alert is pruned beside its re-send',
    before: closedLongAgo,
    one: prune,
    other: comesIn,
  },
  {
    what: 'an alert is pruned beside what a flow tells',
    before: closedLongAgo,
    one: prune,
    other: toldLater,
  },
  {
    what: 'messages of a flow are given up beside a flow that takes them',
    before: comesIn,
    one: giveUpHandouts,
    other: takeHandouts,
  },
  {
    what: 'messages of a flow are taken beside a correction',
    before: comesIn,
    one: takeHandouts,
    other: corrected,
  },
]
