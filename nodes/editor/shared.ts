// The one door between the dialogs and the rest of the package. All that stands behind it is free of Node-RED's
// runtime and of Node's modules, because a browser loads it.
export { ACKNOWLEDGE_NUMBERS, ACT_FIELDS, isPath, type WordRow } from '../settings/acknowledge.js'
export { fullWidthIn, holdsLogin, isCallable, withoutLogin } from '../settings/address.js'
export { BOARD_NUMBERS, isHeaderName } from '../settings/board.js'
export {
  CHANNEL_CREDENTIALS,
  CHANNEL_NUMBERS,
  FIELDS_OF,
  MOST_PER_MINUTE,
  perMinuteRule,
  typedValue,
  withoutPlaceholders,
  type ChannelKind,
  type GatewayRuleRow,
} from '../settings/channel.js'
export { guardsOf, reachOf, type GuardFields } from '../settings/guard-rules.js'
export { IN_NUMBERS } from '../settings/in.js'
export {
  INBOUND_BLANK,
  INBOUND_SHAPES,
  inboundFields,
  inboundRule,
  type InboundFields,
} from '../settings/inbound.js'
export {
  MAPPING_FIELDS,
  MAPPING_TIMES,
  mappingFields,
  mappingRow,
  type MappingFields,
} from '../settings/mapping.js'
export type { LedgerState, SeenLedger } from '../settings/ledger-state.js'
export { PAGE_NUMBERS, type PageChannelRow } from '../settings/page.js'
export { PARSER_NUMBERS } from '../settings/parser.js'
export { PEER_NUMBERS } from '../settings/peer-numbers.js'
export { namesIn, type PlanStepRow } from '../settings/plan.js'
export { REGISTER_NUMBERS } from '../settings/register.js'
export type { RosterTableRow } from '../settings/roster.js'
export { numberBy, variableIn, type NumberRule } from '../settings/rules.js'
export { SERVICE_NUMBERS } from '../settings/service.js'
export { HIS_BEHAVIOURS, SIMULATOR_CHOICES, SIMULATOR_NUMBERS } from '../settings/simulator.js'
export { STORE_NUMBERS } from '../settings/store.js'
export { departmentsIn, shiftsIn } from '../settings/tally.js'
export { WATCH_NUMBERS, WATCHDOG_NUMBERS, type WatchRow } from '../settings/watch.js'
export { READY_RULES } from '../../src/messages/reply-profile.js'
export {
  isZeroAndOther,
  readReplyRule,
  UNWRAP_STEPS,
  type ReplyRule,
  type UnwrapStep,
} from '../../src/messages/reply-rule.js'
export { kindOfTemplate, lineAndColumn, placesIn } from '../../src/soap/template-places.js'
export { looksLikeSuccess } from '../../src/messages/success-code.js'
export { isZone } from '../../src/messages/zone.js'
