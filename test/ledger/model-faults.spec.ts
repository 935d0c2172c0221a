import type { Trace, TraceEvent, TraceStep } from './model-trace.js'
import { EmptyLedgers } from './model-tries.js'
import { TraceRun } from './model-run.js'

/* Traces in which the ledger once did otherwise than the reading, as short as they were found. */

type Crisis = Extract<TraceEvent, { readonly kind: 'crisis' }>
type Tell = Extract<TraceEvent, { readonly kind: 'tell' }>

const crisis = (finding: number, set = 0, change: Partial<Crisis> = {}): Crisis => ({
  kind: 'crisis',
  finding,
  memo: 0,
  set,
  patient: 0,
  lost: false,
  resends: false,
  ...change,
})
const tell = (stage: Tell['stage'], said: number, change: Partial<Tell> = {}): Tell => ({
  kind: 'tell',
  message: 0,
  names: 'revision',
  stage,
  said,
  ...change,
})
const heard = (receiver: number, staff: number, said: number): TraceEvent => ({
  kind: 'heard',
  receiver,
  staff,
  said,
})
const NOBODY = 9
const take: TraceEvent = { kind: 'claim', peer: 'pacs', short: false }
const refuse: TraceEvent = {
  kind: 'conclude',
  peer: 'pacs',
  which: 0,
  verdict: 'dead',
  lost: false,
}

const TRACES: readonly (readonly [
  what: string,
  events: readonly TraceEvent[],
  mode?: Trace['mode'],
])[] = [
  [
    'what was said long before a correction is not told of it, also when others have acknowledged it',
    [
      crisis(0),
      { kind: 'wait', minutes: 11 },
      crisis(0, 0, { memo: 1 }),
      heard(NOBODY, 1, 6),
      tell('received', 2),
    ],
  ],
  [
    'the reception is told when a hold is lifted and only the processing waits for another finding',
    [
      crisis(2, 1),
      crisis(1, 3, { patient: 1 }),
      heard(1, NOBODY, 6),
      tell('both', 6, { names: 'alert' }),
    ],
  ],
  [
    'no document is sent that says nothing',
    [crisis(2, 3), heard(0, NOBODY, 3), crisis(0), tell('processed', 3)],
  ],
  [
    'a dead letter is not delivered with what others say of a later content',
    [
      crisis(1),
      tell('both', 6),
      take,
      refuse,
      crisis(1, 0, { memo: 1 }),
      tell('processed', 6, { names: 'alert' }),
    ],
  ],
  [
    'a cancelled finding is not held by another content of it that comes late',
    [
      crisis(0, 0, { memo: 1 }),
      crisis(0, 2, { memo: 2, patient: 2 }),
      { kind: 'cancel', finding: 0 },
      crisis(2),
      crisis(0, 0, { memo: 2, patient: 1 }),
    ],
  ],
  [
    'of an exam that is not known here, a processing that was told is not taken back by a reception',
    [
      tell('processed', 1, { names: 'exam' }),
      take,
      { ...refuse, verdict: 'done' },
      tell('received', 5, { names: 'exam' }),
    ],
  ],
  [
    'words of another patient do not go out in a document that speaks of something else',
    [
      tell('received', 2, { names: 'exam' }),
      crisis(0, 0, { memo: 1 }),
      tell('processed', 2, { names: 'exam' }),
      crisis(0, 0, { patient: 1 }),
    ],
    'combinedOnly',
  ],
]

describe('traces that were once wrong', () => {
  const play = (events: readonly TraceEvent[], mode: Trace['mode']): Promise<void> => {
    const steps = events.map((event): TraceStep => ({ exam: 0, event, keeps: false }))
    return new TraceRun(
      new EmptyLedgers().next(),
      { mode, steps, isWatched: true },
      new Map(),
    ).play()
  }
  for (const [what, events, mode = 'default'] of TRACES) {
    it(`are right: ${what}`, () => play(events, mode))
  }
})
