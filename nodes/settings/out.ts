import { SETTINGS_VERSION } from './rules.js'

/** One row of the field table of an `out` node: where a field's value comes from. */
export interface FieldRow {
  /** A field of the document; `CrisisSettor.code`, `CrisisSettor.name`, `setAt`, `receiveAt`, `processAt` for parts. */
  name: string
  type: string
  value: string
}

export interface OutConfig {
  version: number
  name: string
  peer: string
  /** `payload`: msg.payload is the document; `fields`: the rows below make it. */
  source: 'payload' | 'fields'
  fields: FieldRow[]
  omitEmpty: boolean
  /** Feedback only: leave out the elements of the processing while nothing of it is known (A20). */
  omitEmptyProcess: boolean
  /** Feedback only: send a stage although another finding of the exam has not reached it (A19). */
  perAlert: boolean
  /** Feedback only: send receiving together with processing, in one message (A20). */
  combinedOnly: boolean
}

export const OUT_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  peer: '',
  source: 'payload',
  fields: [],
  omitEmpty: false,
  omitEmptyProcess: false,
  perAlert: false,
  combinedOnly: false,
} satisfies OutConfig
