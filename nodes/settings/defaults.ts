import { BOARD_DEFAULTS } from './board.js'
import { CHANNEL_DEFAULTS } from './channel.js'
import { ACKNOWLEDGE_DEFAULTS } from './acknowledge.js'
import { IN_DEFAULTS } from './in.js'
import { OUT_DEFAULTS } from './out.js'
import { PAGE_DEFAULTS } from './page.js'
import { PARSER_DEFAULTS } from './parser.js'
import { PEER_DEFAULTS } from './peer.js'
import { PLAN_DEFAULTS } from './plan.js'
import { REGISTER_DEFAULTS } from './register.js'
import { RESPONSE_DEFAULTS } from './response.js'
import { ROSTER_DEFAULTS } from './roster.js'
import { SERVICE_DEFAULTS } from './service.js'
import { SIMULATOR_DEFAULTS } from './simulator.js'
import { STORE_DEFAULTS } from './store.js'
import { WATCH_DEFAULTS } from './watch.js'

/** The settings that each node starts with; the dialogs have the same, and a test compares them. */
export const DEFAULTS = {
  store: STORE_DEFAULTS,
  register: REGISTER_DEFAULTS,
  peer: PEER_DEFAULTS,
  service: SERVICE_DEFAULTS,
  out: OUT_DEFAULTS,
  in: IN_DEFAULTS,
  response: RESPONSE_DEFAULTS,
  parser: PARSER_DEFAULTS,
  plan: PLAN_DEFAULTS,
  roster: ROSTER_DEFAULTS,
  watch: WATCH_DEFAULTS,
  page: PAGE_DEFAULTS,
  channel: CHANNEL_DEFAULTS,
  acknowledge: ACKNOWLEDGE_DEFAULTS,
  board: BOARD_DEFAULTS,
  simulator: SIMULATOR_DEFAULTS,
} as const
