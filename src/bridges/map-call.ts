import {
  crisisOfObject,
  feedbackOfObject,
  MessageError,
  writeCrisisDocument,
  writeFeedbackDocument,
  type Operation,
  type ReadSection,
} from '../messages/index.js'
import { readByTable, readMappingSection, type MappingTable } from './mapping/index.js'

const DOCUMENTS: Readonly<Record<Operation, MappingTable['document']>> = {
  SynCrisisInfo: 'crisis',
  SynCrisisResponseInfo: 'feedback',
}

/**
 * Reads tables by which the documents of calls become documents of ours, in XML. A document for which there is no table
 * is left as it is.
 * @param zone of the times in them
 */
export function readCallMapping(
  section: unknown,
  zone: string,
): ReadSection<(document: string, operation: Operation) => string> {
  const read = readMappingSection(section)
  if ('problems' in read) return read
  const tables = read.value
  return {
    value: (document, operation) => {
      const table = tables.find((one) => one.document === DOCUMENTS[operation])
      return table ? documentBy(table, document, zone) : document
    },
  }
}

/** @throws MessageError, BridgeError as `readByTable`; MessageError KEY_MISSING, DOCUMENT_AMBIGUOUS */
function documentBy(table: MappingTable, text: string, zone: string): string {
  const records = readByTable(table, text, zone)
  if (table.document === 'crisis') {
    return writeCrisisDocument(records.map(({ values }) => crisisOfObject(values)))
  }
  const [first, ...more] = records
  if (!first || more.length > 0) {
    throw new MessageError('DOCUMENT_AMBIGUOUS', {
      zh: '一次调用中有多条反馈，请分别发送',
      en: 'One call holds several feedbacks; send each by itself',
    })
  }
  // Without a licence of its own it is refused like any other where the service asks for one.
  const { Application = '', License = '' } = first.header
  return writeFeedbackDocument({ Application, License }, feedbackOfObject(first.values))
}
