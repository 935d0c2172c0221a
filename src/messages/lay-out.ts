import { readXml } from './xml/index.js'

/** Every value as it is written: nothing is converted, trimmed, decoded or left out. */
const AS_WRITTEN = {
  preserveOrder: true,
  ignoreAttributes: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  cdataPropName: '#cdata',
  commentPropName: '#comment',
} as const

/**
 * A document for the eyes of a person: one line for each element, with the text in it left as it is.
 * @throws MessageError where the strict gate refuses the document; only what has passed it is laid out
 */
export async function layOut(xml: string): Promise<string> {
  readXml(xml)
  // Needed only while somebody looks at a dialog.
  const { XMLBuilder, XMLParser } = await import('fast-xml-parser')
  const tree: unknown = new XMLParser(AS_WRITTEN).parse(xml)
  const builder = new XMLBuilder({ ...AS_WRITTEN, format: true, indentBy: '  ' })
  return builder.build(tree).trim()
}
