import type { Migration } from '../store/index.js'
import { ELEVENTH } from './migrations/eleventh.js'
import { FIRST } from './migrations/first.js'
import { SECOND } from './migrations/second.js'
import { TENTH } from './migrations/tenth.js'
import { THIRD_TO_NINTH } from './migrations/third-to-ninth.js'
import { THIRTEENTH } from './migrations/thirteenth.js'
import { TROUBLES } from './migrations/troubles.js'
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
  TROUBLES,
]
