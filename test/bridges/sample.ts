import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  readCrisisDocument,
  readFeedbackDocument,
  type Crisis,
  type CrisisFeedback,
} from '../../src/messages/index.js'

const read = (name: string): string =>
  readFileSync(join(__dirname, '../../../test/samples', name), 'utf8')

/** The interface document's own critical value and feedback, read from its printed samples. */
export function sampleCrisis(): Crisis {
  const [first] = readCrisisDocument(read('crisis.xml')).crises
  if (!first) throw new Error('the sample holds a Crisis')
  return first.crisis
}

export function sampleFeedback(): CrisisFeedback {
  const [first] = readFeedbackDocument(read('crisis-response.xml')).feedbacks
  if (!first) throw new Error('the sample holds a CrisisResponse')
  return first.feedback
}

export const codeIs =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Error && 'code' in error && error.code === code
