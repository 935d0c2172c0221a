import { STAGES, type Beside } from '../../src/bridges/index.js'
import {
  contextInvalid,
  saidFlags,
  saidPart,
  saidRevision,
  saidText,
  type FlowMessage,
} from '../face/index.js'

/**
 * The part of `msg.crisis` that stands in other languages. A stage or a flag that cannot be read might be the one that
 * says that the critical value is void, so that nothing is written then.
 * @throws CrisisError CONTEXT_INVALID
 */
export function besideOf(msg: FlowMessage): Beside {
  return {
    id: saidText(msg, 'id'),
    key: saidText(msg, 'key'),
    revision: saidRevision(msg),
    stage: stageOf(msg),
    flags: saidFlags(msg),
    application: saidText(msg, 'application'),
    otherPatients: otherPatientsOf(msg),
  }
}

function stageOf(msg: FlowMessage): string | undefined {
  const stage = saidText(msg, 'stage')
  if (stage === undefined || STAGES.includes(stage)) return stage
  const list = STAGES.join(', ')
  throw contextInvalid('stage', { zh: `以下之一（${list}）`, en: `one of ${list}` })
}

function otherPatientsOf(msg: FlowMessage): Beside['otherPatients'] {
  const value = saidPart(msg, 'otherPatients')
  if (value === undefined) return undefined
  const others: readonly unknown[] = Array.isArray(value) ? value : [value]
  return others.map((other) => {
    const SickNo: unknown = (other as { readonly SickNo?: unknown } | null | undefined)?.SickNo
    if (!Array.isArray(value) || typeof SickNo !== 'string') {
      throw contextInvalid('otherPatients', {
        zh: '数组，其中每项的 SickNo 为文本',
        en: 'an array of objects with a SickNo each, as a text',
      })
    }
    return { SickNo }
  })
}
