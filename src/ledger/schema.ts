import type { Migration } from '../store/index.js'
import { BOARD_ACCOUNTS } from './migrations/board-accounts.js'
import { ELEVENTH } from './migrations/eleventh.js'
import { FOURTEENTH } from './migrations/fourteenth.js'
import { EIGHTEENTH } from './migrations/eighteenth.js'
import { FIRST } from './migrations/first.js'
import { FIFTEENTH } from './migrations/fifteenth.js'
import { SEARCH_AND_CALLS } from './migrations/search-and-calls.js'
import { SECOND } from './migrations/second.js'
import { SIXTEENTH } from './migrations/sixteenth.js'
import { TENTH } from './migrations/tenth.js'
import { THIRD_TO_NINTH } from './migrations/third-to-ninth.js'
import { THIRTEENTH } from './migrations/thirteenth.js'
import { SEVENTEENTH } from './migrations/seventeenth.js'
import { TWELFTH } from './migrations/twelfth.js'

/** The steps of the schema. One that was released is never edited: its text is part of what a ledger is checked by. */
export const MIGRATIONS: readonly Migration[] = [
  FIRST,
  SECOND,
  ...THIRD_TO_NINTH,
  TENTH,
  ELEVENTH,
  TWELFTH,
  THIRTEENTH,
  FOURTEENTH,
  FIFTEENTH,
  SIXTEENTH,
  SEVENTEENTH,
  EIGHTEENTH,
  BOARD_ACCOUNTS,
  SEARCH_AND_CALLS,
]
