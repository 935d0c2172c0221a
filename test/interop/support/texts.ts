import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  readCrisisDocument,
  readFeedbackDocument,
  writeCrisisDocument,
  writeFeedbackDocument,
  type Crisis,
  type CrisisFeedback,
} from '../../../src/messages/index.js'
import type { Operation } from '../../../src/soap/index.js'
import { ROOT } from '../../support/node-red.js'
import type { ToolkitCall } from './callers.js'

const sample = (name: string): string => readFileSync(path.join(ROOT, 'test/samples', name), 'utf8')

/** The interface document's own samples, as printed. */
export const SAMPLES: Readonly<Record<Operation, string>> = {
  SynCrisisInfo: sample('crisis.xml'),
  SynCrisisResponseInfo: sample('crisis-response.xml'),
}

/** What toolkits and escaping get wrong, in one text. */
export const HARD_TEXT =
  '< & ]]> " \' 汉字 𠮷 😀\tTab\nLF\r\nCR LF\rCR &amp; &lt; &#65; %41 \\u0041 <![CDATA[x]]> <?x?> <!-- c --> 。'

/** As a sender on Windows would have it. */
export const withCrLf = (text: string): string => text.replace(/\r?\n/g, '\r\n')

/** As a site would enter it; the licence is the sample's. */
export const HEADER = { Application: 'HIS', License: '0000001' }

export function sampleCrisis(): Crisis {
  const [first] = readCrisisDocument(SAMPLES.SynCrisisInfo).crises
  if (!first) throw new Error('the sample holds a Crisis')
  return first.crisis
}

export function sampleFeedback(): CrisisFeedback {
  const [first] = readFeedbackDocument(SAMPLES.SynCrisisResponseInfo).feedbacks
  if (!first) throw new Error('the sample holds a CrisisResponse')
  return first.feedback
}

/** The samples with the hard text where people write freely. */
export const HARD_CRISIS: Crisis = { ...sampleCrisis(), CrisisMemo: HARD_TEXT }
export const HARD_FEEDBACK: CrisisFeedback = { ...sampleFeedback(), ProcessSuggest: HARD_TEXT }

export const HARD_DOCUMENTS: Readonly<Record<Operation, string>> = {
  SynCrisisInfo: writeCrisisDocument(HARD_CRISIS),
  SynCrisisResponseInfo: writeFeedbackDocument(HEADER, HARD_FEEDBACK),
}

/** As the interface document calls them: a toolkit refuses an argument that our WSDL does not name so. */
const PARAMETERS: Readonly<Record<Operation, string>> = {
  SynCrisisInfo: 'inputString',
  SynCrisisResponseInfo: 'req',
}

export const call = (operation: Operation, argument: string): ToolkitCall => ({
  operation,
  parameter: PARAMETERS[operation],
  argument,
})
