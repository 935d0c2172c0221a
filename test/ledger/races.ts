import {
  BY_ANOTHER,
  cancelAlert,
  choose,
  claimOne,
  closedLongAgo,
  comesIn,
  concludeOne,
  corrected,
  DEAD,
  giveUpFirst,
  inOrder,
  LATER,
  lift,
  otherPatient,
  passOn,
  passOnDocuments,
  prune,
  replayAll,
  SECOND,
  secondComesIn,
  told,
  toldLater,
} from './race-acts.js'
import type { Act } from './races-rig.js'
import { CRISIS, PROCESS, PROCESSED, RECEIVED } from './site.js'

export interface Race {
  readonly what: string
  readonly before: Act
  readonly one: Act
  readonly other: Act
}

/** What comes in and what flows tell. */
export const RACES: readonly Race[] = [
  {
    what: 'the same critical value comes in by both',
    before: async () => {},
    one: comesIn,
    other: comesIn,
  },
  {
    what: 'a correction comes in beside the critical value',
    before: async () => {},
    one: (site) => site.send({ CrisisMemo: '更正' }),
    other: comesIn,
  },
  {
    what: 'a critical value comes in beside its feedback',
    before: async () => {},
    one: comesIn,
    other: (site) => site.feedBack(RECEIVED),
  },
  {
    what: 'feedback comes in beside its critical value',
    before: async () => {},
    one: (site) => site.feedBack(RECEIVED),
    other: comesIn,
  },
  {
    what: 'a second finding comes in beside feedback',
    before: comesIn,
    one: secondComesIn,
    other: (site) => site.feedBack(LATER.all),
  },
  {
    what: 'two flows tell the steps of one critical value',
    before: comesIn,
    one: told,
    other: (site) => site.tell(PROCESS, { message: 'processed' }),
  },
  {
    what: 'a flow tells what the other instance is told',
    before: comesIn,
    one: (site) => site.feedBack(PROCESSED),
    other: (site) => site.tell(BY_ANOTHER, { message: 'told' }),
  },
  {
    what: 'the same feedback is told by both',
    before: comesIn,
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
    before: inOrder(
      (site) => site.sendAll([{}, SECOND]),
      (site) => site.tell(RECEIVED, { about: CRISIS, message: 'first' }),
    ),
    one: (site) => site.feedBack(BY_ANOTHER),
    other: giveUpFirst('report'),
  },
  {
    what: 'feedback is noted while the loop is closed',
    before: inOrder(comesIn, (site) => site.tell(PROCESSED), claimOne),
    one: (site) => site.feedBack({ ...PROCESSED, ...BY_ANOTHER }),
    other: concludeOne,
  },
  {
    what: 'the loop is closed while feedback is noted',
    before: inOrder(comesIn, (site) => site.tell(PROCESSED), claimOne),
    one: concludeOne,
    other: (site) => site.feedBack({ ...PROCESSED, ...BY_ANOTHER }),
  },
  {
    what: 'a delivery is recorded beside a correction',
    before: inOrder(passOn('a'), claimOne),
    one: concludeOne,
    other: corrected,
  },
  {
    what: 'a correction comes beside a delivery',
    before: inOrder(passOn('a'), claimOne),
    one: corrected,
    other: concludeOne,
  },
  {
    what: 'another patient comes in beside what a flow tells',
    before: comesIn,
    one: otherPatient,
    other: told,
  },
  {
    what: 'a flow tells beside another patient',
    before: comesIn,
    one: told,
    other: otherPatient,
  },
  {
    what: 'another patient comes in beside a claim',
    before: inOrder(comesIn, told),
    one: otherPatient,
    other: claimOne,
  },
  {
    what: 'a claim is made beside another patient',
    before: inOrder(comesIn, told),
    one: claimOne,
    other: otherPatient,
  },
  {
    what: 'a hold is lifted beside what a flow tells',
    before: inOrder(comesIn, otherPatient),
    one: lift,
    other: toldLater,
  },
  {
    what: 'a critical value is cancelled beside its delivery',
    before: inOrder(passOn('a'), claimOne),
    one: (site) => site.cancelAlert({ CrisisMemo: 'a' }),
    other: concludeOne,
  },
  {
    what: 'a delivery is recorded beside the cancelling of its critical value',
    before: inOrder(passOn('a'), claimOne),
    one: concludeOne,
    other: (site) => site.cancelAlert({ CrisisMemo: 'a' }),
  },
  {
    what: 'a critical value is cancelled beside what a flow tells',
    before: comesIn,
    one: cancelAlert,
    other: told,
  },
  {
    what: 'people choose a content beside feedback',
    before: inOrder(comesIn, (site) =>
      site.send({ CrisisSetTime: '15:00:00', CrisisMemo: '较早' }),
    ),
    one: choose,
    other: (site) => site.feedBack(RECEIVED),
  },
  {
    what: 'a hold is lifted beside what a flow tells once more',
    before: inOrder(comesIn, otherPatient, (site) =>
      site.tell(LATER.received, { message: 'received' }),
    ),
    one: lift,
    // Of the same person, so that nothing of the alert itself changes.
    other: (site) => site.tell({ ...LATER.received, ProcessSuggest: '复查' }, { message: 'more' }),
  },
  {
    what: 'a hold is lifted beside feedback',
    before: inOrder(comesIn, otherPatient, (site) =>
      site.tell(LATER.received, { message: 'received' }),
    ),
    one: lift,
    other: (site) => site.feedBack({ ...LATER.all, ...BY_ANOTHER }),
  },
  {
    what: 'a dead letter is sent again beside what a flow tells',
    before: inOrder(comesIn, told, (site) => site.deliver(DEAD)),
    one: replayAll,
    other: (site) => site.tell(PROCESS, { message: 'processed' }),
  },
  {
    what: 'documents are passed on beside one that goes to the same peer',
    before: passOn('a', false, 'gone'),
    one: passOnDocuments,
    other: inOrder(passOn('b'), claimOne),
  },
  {
    what: 'both claim',
    before: passOn('a'),
    one: claimOne,
    other: claimOne,
  },
  {
    what: 'both send dead letters again',
    before: inOrder(comesIn, told, (site) => site.deliver(DEAD)),
    one: replayAll,
    other: replayAll,
  },
  {
    what: 'a dead letter is sent again beside a person who gives it up',
    before: inOrder(comesIn, told, (site) => site.deliver(DEAD)),
    one: replayAll,
    other: giveUpFirst('outbox'),
  },
  {
    what: 'a dead letter is sent again beside a correction',
    before: inOrder(comesIn, told, (site) => site.deliver(DEAD)),
    one: replayAll,
    other: corrected,
  },
  {
    what: 'an alert is pruned beside its correction',
    before: closedLongAgo,
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
