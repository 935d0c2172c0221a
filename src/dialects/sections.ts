import { readCallMapping, readMappingSection } from '../bridges/index.js'
import { DEFAULT_ZONE, readAnswerSection, type ReadSection } from '../messages/index.js'
import { readInboundSection } from '../soap/index.js'
import type { SectionRead } from './problem.js'
import { readRequestSection } from './request-section.js'

/** The sections of a dialect file, each read by the room whose settings it holds. */
export const SECTIONS: Readonly<Record<string, (given: unknown) => SectionRead<unknown>>> = {
  request: (given) => readRequestSection(given),
  answer: readAnswerSection,
  inbound: (given) =>
    asRead(
      readInboundSection(given, (mapping) => readCallMapping(mapping, DEFAULT_ZONE)),
      given,
    ),
  mapping: (given) => asRead(readMappingSection(given), given),
}

/** A section that its dialog takes as the file has it, once it is known to be right. */
const asRead = (read: ReadSection<unknown>, given: unknown): SectionRead<unknown> =>
  'problems' in read ? read : { value: given }
