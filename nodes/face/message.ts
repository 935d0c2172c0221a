import type { Crisis, Flag, Person } from '../../src/messages/index.js'
import type { CallForm } from '../../src/http/hosting/index.js'
import type { OutcomeClass } from '../../src/delivery/index.js'
import type {
  ActKind,
  AlertStage,
  ChangeKind,
  PlanUntil,
  FeedbackStage,
  GapCode,
  TroubleKind,
  TroubleState,
} from '../../src/loop/index.js'

/** A critical value of the same exam that carries another patient number. */
export interface OtherPatient {
  /** Of the alert, which may be the same one before its correction. */
  readonly id: string
  readonly SickNo: string
  readonly crisis: Crisis
}

/** The outcome of a page. */
export interface PageOutcome {
  /** Its number in the ledger; absent where it was never owed. */
  number?: number
  person: Person
  /** Name of the channel that had it last. */
  channel: string
  code: string
  /** Absent for a page that was accepted. */
  reason?: string
  attempts: number
  /** ISO 8601. */
  sentAt: string
  /** When a channel has taken it; absent for one that none has. */
  acceptedAt?: string
  endedAt?: string
}

/** A step that called nobody, or a person on call who cannot be called, told by crisis watch. */
export interface PassedOver {
  /** Number of the step, from 1. */
  step: number
  role: string
  /** Absent = nobody could be called for the step. */
  person?: Person
  code: GapCode
  reason: string
}

/**
 * Everything of ours that is not the document lives under `msg.crisis`. All of it can be cloned and put into
 * JSON: a call that waits for its answer is an id, never the response object itself.
 */
export interface CrisisContext {
  /** The alert: the same critical value sent again has the same id. */
  id?: string
  /** The exam, which feedback comes back with: the same for all of its findings. */
  key?: string
  operation?: string
  /** Name of the service it came in by; its id where it has none. */
  service?: string
  /** Name of the peer it goes to, its id where it has none; and its id. */
  peer?: string
  peerId?: string
  /** The form of the call. */
  form?: CallForm
  /** Header/Application of a feedback. */
  application?: string
  /**
   * The stage to which the message takes its alert: `stored` and `cancelled` of a critical value that came in, `notified` of one that
   * the peer has taken over, else how far its feedback goes.
   */
  stage?: FeedbackStage | AlertStage
  /** Counts up with every correction of the alert. */
  revision?: number
  /** All alerts that a feedback speaks of: the interface cannot tell the findings of one exam apart. */
  ids?: readonly string[]
  /** ISO 8601 with offset. */
  receivedAt?: string
  setAt?: string | null
  receiveAt?: string | null
  processAt?: string | null
  flags?: readonly Flag[]
  /** Other patients that the same exam was sent for: people must find out which is right. */
  otherPatients?: readonly OtherPatient[]
  /** MSH-10 of the HL7 message in the payload: what its acknowledgement must name. */
  controlId?: string
  /** The debt of the ledger to the flow by this message: an `out` node that takes it over settles it. */
  owed?: string
  /** The call that waits for a generic response. */
  call?: string
  /** The caller, where the message tells of a call: the address. */
  caller?: string
  /** The exam that it speaks of, as far as it could be read. */
  ExamNo?: string
  ApplyNo?: string
  /** The number of a refused call, by which crisis register shows the bytes that came. */
  refusal?: number
  /** The step of a plan that is due, told by crisis watch. */
  step?: {
    /** Name of the plan. */
    plan: string
    /** Number of the step, from 1, and how many the plan has. */
    number: number
    of: number
    /** Number of the reminder of this step, from 1. */
    round: number
    /** The people to call, by the name of their role. */
    role: string
    /** Names of channels, the first to be tried first; none = any. */
    channels: readonly string[]
    /** The stage that ends it. */
    until: 'received' | 'processed'
    /** ISO 8601. */
    dueAt: string
    lateSeconds: number
    /** The end of the ladder: nobody is called after this one. */
    isLast: boolean
    /** The id of the watch, and the start of the event that its delays count from: by these a page knows its step. */
    watch: string
    startedAt: string
  }
  /** The person who is called, or who has acted: the roster names them, or the flow. */
  person?: Person & {
    /** By the names of channels; of whoever is called. */
    addresses?: Readonly<Record<string, string>>
  }
  /** A page that leaves by the flow itself, which says what became of it. */
  paged?: {
    /** By which the answer of the flow is known. */
    token: string
    /** Name of the channel. */
    channel: string
    /** Set by the flow: true, or why, where the page could not be sent. */
    failed?: boolean | string
  }
  /** The outcome of a page. */
  page?: PageOutcome
  /** Steps that called nobody, and people who cannot be called, before it came to that person. */
  passed?: readonly PassedOver[]
  /** The flow is to put `person` here, and to go on to a node that sends: after a time the roster is asked instead. */
  ask?: true
  /** The thing that a person did, told by crisis acknowledge. */
  acknowledged?: {
    /** False = nothing was recorded. */
    counted: boolean
    action?: ActKind
    person?: { code: string; name: string }
    role?: string
    /** ISO 8601, when the person did it. */
    at?: string
    /** The way it came, as in `link`. */
    how?: string
    /** null = not said. */
    readBack?: boolean | null
    note?: string
    /** The person that it was passed on to. */
    to?: { code: string; name: string }
    /** Why it does not count. */
    code?: string
    reason?: string
  }
  /** The change of an alert that crisis watch tells of. */
  change?: ChangeKind
  /** Of what is overdue: what had to be done by now. */
  until?: PlanUntil
  /** The trouble that crisis watch tells of. */
  trouble?: {
    kind: TroubleKind
    /** Of a trouble that lasts; absent = it happened. */
    state?: TroubleState
    /** Stable. */
    code: string
    reason: string
    /** The thing that it is about, such as a channel. */
    name?: string
    /** Its number among the feedback. */
    feedback?: number
    /** ISO 8601: when it began, and when this was found. */
    since: string
    at: string
  }
  /** The call that crisis simulator has made or got. */
  simulated?: {
    side: 'pacs' | 'his'
    behaviour: string
    call: 'made' | 'got'
    /** The answer to a call that was got, before the behaviour has spoilt it. */
    answer?: { code: string; desc: string }
  }
  /** Number of records that crisis register has found. */
  count?: number
  /** Its number in the outbox, for crisis register. */
  outbox?: number
  /** The outcome of a document that was sent. */
  outcome?: {
    class: OutcomeClass
    code: string
    reason: string
    reply?: { code: string; desc: string }
    /** Number of attempts. */
    attempts?: number
    sentAt: string
    endedAt: string
  }
}

/** A message as it runs through a flow. */
export interface FlowMessage {
  _msgid?: string
  payload?: unknown
  crisis?: CrisisContext
  error?: unknown
  [key: string]: unknown
}

/** Our part of a message, which another node may have replaced by anything: flags that are none are left out. */
export function contextOf(msg: FlowMessage): CrisisContext {
  if (typeof msg.crisis !== 'object' || msg.crisis === null || Array.isArray(msg.crisis)) return {}
  const { flags, ...context } = msg.crisis
  if (!Array.isArray(flags)) return context
  return { ...context, flags: flags.filter((flag: unknown) => typeof flag === 'string') }
}
