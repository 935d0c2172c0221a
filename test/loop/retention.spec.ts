import assert from 'node:assert/strict'
import {
  mayRemoveAlert,
  mayRemoveFeedback,
  mayRemoveRecord,
  type AlertFacts,
  type RetentionLimits,
} from '../../src/loop/index.js'

const LIMITS: RetentionLimits = { alerts: 100, unanswered: -1, lapsed: -101 }
/** A site where nobody feeds back: what was opened before 150 counts as closed. */
const SILENT: RetentionLimits = { alerts: 100, unanswered: 150, lapsed: 50 }

const alert = (change: Partial<AlertFacts> = {}): AlertFacts => ({
  stage: 'processed',
  since: 99,
  isHeld: false,
  lastOpenedAt: null,
  hasDocuments: false,
  lastOwedAt: null,
  ...change,
})
const open = (since: number): AlertFacts => alert({ stage: 'received', since, lastOpenedAt: since })

const ROWS: readonly (readonly [rule: string, actual: boolean, right: boolean])[] = [
  ['a closed alert goes after its time', mayRemoveAlert(alert(), LIMITS), true],
  ['not before', mayRemoveAlert(alert({ since: 100 }), LIMITS), false],
  ['a cancelled one as well', mayRemoveAlert(alert({ stage: 'cancelled' }), LIMITS), true],
  ['an open one never', mayRemoveAlert(open(0), LIMITS), false],
  ['but where nobody feeds back', mayRemoveAlert(open(49), SILENT), true],
  ['in its own time', mayRemoveAlert(open(50), SILENT), false],
  [
    'a closed one stays with an open one of its exam',
    mayRemoveAlert(alert({ lastOpenedAt: 0 }), LIMITS),
    false,
  ],
  ['unless that counts as closed', mayRemoveAlert(alert({ lastOpenedAt: 149 }), SILENT), true],
  ['and not after that', mayRemoveAlert(alert({ lastOpenedAt: 150 }), SILENT), false],
  ['what is held waits for people', mayRemoveAlert(alert({ isHeld: true }), LIMITS), false],
  ['documents go first', mayRemoveAlert(alert({ hasDocuments: true }), LIMITS), false],
  ['a message that is owed keeps it', mayRemoveAlert(alert({ lastOwedAt: 100 }), LIMITS), false],
  ['no longer than its own time', mayRemoveAlert(alert({ lastOwedAt: 99 }), LIMITS), true],
  [
    'bytes of a closed alert go',
    mayRemoveRecord({ lastOpenedAt: null, isOrphan: false }, LIMITS),
    true,
  ],
  [
    'those of an open one stay',
    mayRemoveRecord({ lastOpenedAt: 0, isOrphan: false }, LIMITS),
    false,
  ],
  [
    'also where it counts as closed later',
    mayRemoveRecord({ lastOpenedAt: 150, isOrphan: false }, SILENT),
    false,
  ],
  [
    'and those of feedback that may find its alert',
    mayRemoveRecord({ lastOpenedAt: null, isOrphan: true }, LIMITS),
    false,
  ],
  ['feedback goes after its exam', mayRemoveFeedback({ isOrphan: false, hasAlerts: false }), true],
  ['not before', mayRemoveFeedback({ isOrphan: false, hasAlerts: true }), false],
  ['nor while it is matched', mayRemoveFeedback({ isOrphan: true, hasAlerts: false }), false],
]

describe('what may be removed after its time', () => {
  for (const [rule, actual, right] of ROWS) it(rule, () => assert.equal(actual, right))
})
