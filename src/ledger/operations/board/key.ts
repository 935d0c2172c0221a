import { createHmac } from 'node:crypto'
import type { Step } from '../../../store/index.js'
import { secret } from '../acknowledge/links.js'

/** The key by which boards know computers again, the same in all instances; good for nothing else. */
export function* boardKey(): Step<string> {
  return createHmac('sha256', yield* secret())
    .update('board device')
    .digest('hex')
}
