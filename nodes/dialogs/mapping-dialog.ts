import { readCallMapping, readMappingTable, translate } from '../../src/bridges/index.js'
import {
  CrisisError,
  firstProblem,
  isZone,
  layOut,
  MASK,
  type SectionProblem,
} from '../../src/messages/index.js'
import { readInboundSection } from '../../src/soap/index.js'
import type { Runtime } from '../face/index.js'
import { PARSER_DEFAULTS } from '../settings/index.js'
import { textsIn } from './asked.js'

/** Says what is wrong with the rules of a service as they stand in its dialog. */
export function serveInboundCheck(runtime: Runtime): void {
  runtime.answer('inbound-check', async ({ inbound, zone }) => {
    const read = readInboundSection(inbound, (mapping) => readCallMapping(mapping, zoneOf(zone)))
    const problems: readonly SectionProblem[] = 'problems' in read ? read.problems : []
    return { problems }
  })
}

/** Shows what a mapping table makes of a sample, by the code that maps messages. */
export function serveMappingPreview(runtime: Runtime): void {
  runtime.answer('mapping-preview', async (asked) => {
    const { action, sample, zone, application } = textsIn(asked, [
      ...(['action', 'sample', 'zone', 'application'] as const),
    ])
    const read = readMappingTable(asked['mapping'])
    if ('problems' in read) throw new CrisisError('MAPPING', firstProblem(read.problems), '422')
    const isOut = action === 'mapOut'
    const { value } = translate({
      value: isOut && /^\s*[{[]/.test(sample) ? parsed(sample) : sample,
      context: {},
      config: {
        ...PARSER_DEFAULTS,
        action: isOut ? 'mapOut' : 'mapIn',
        zone: zoneOf(zone),
        application,
        minutes: undefined,
        table: read.value,
      },
      // A sample shows where the licence goes, not what it is.
      licence: MASK,
      to: undefined,
      language: runtime.language,
      now: new Date(),
    })
    return { shown: await shown(value) }
  })
}

const zoneOf = (zone: unknown): string =>
  typeof zone === 'string' && isZone(zone) ? zone : PARSER_DEFAULTS.zone

/** @throws CrisisError PREVIEW_SAMPLE */
function parsed(sample: string): unknown {
  try {
    return JSON.parse(sample)
  } catch {
    throw new CrisisError(
      'PREVIEW_SAMPLE',
      { zh: '示例不是有效的 JSON', en: 'The sample is not valid JSON' },
      '422',
    )
  }
}

async function shown(value: unknown): Promise<string> {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2)
  if (/^\s*</.test(value)) return layOut(value)
  return /^\s*[{[]/.test(value) ? JSON.stringify(JSON.parse(value), null, 2) : value
}
