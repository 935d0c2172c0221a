import type { Reason } from '../messages/index.js'
import type { Description } from './remote-description.js'
import type { RemoteErrorCode } from './remote-errors.js'

/** The source of a description, and the parameter that is set. */
export interface Reading {
  /** URL or text. */
  readonly source: string
  readonly parameter: string | undefined
}

/** A file as it came; or why it did not, of which the thread that fetched it keeps the evidence. */
export type Fetched =
  | {
      readonly id: number
      readonly status: number
      readonly contentType: string | undefined
      readonly authenticate: string | undefined
      readonly bytes: Uint8Array
    }
  | { readonly id: number; readonly failed: true; readonly code: string }

export type FromReader =
  | { readonly type: 'fetch'; readonly id: number; readonly url: string }
  | { readonly type: 'read'; readonly description: Description }
  | {
      readonly type: 'failed'
      readonly code: RemoteErrorCode
      readonly reason: Reason
      readonly status?: number
    }
  /** It ended with the failure of a file. */
  | { readonly type: 'fetchFailed'; readonly id: number }
