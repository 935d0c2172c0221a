import { damageFlags, showsDamage } from './damaged-text.js'
import { FlagSet, nameMatches, scanDocument, type Flag } from './document.js'
import { MessageError } from './errors.js'
import type { FieldTable, Person } from './fields.js'
import {
  readElement,
  textsOf,
  Token,
  type XmlElement,
  type XmlLimits,
  type XmlScanner,
} from './xml/index.js'

/** Takes the fields of a table, in any order, straight out of the tokens. */
export class FieldReader {
  /** Only what was there: an absent element is an absent property, an empty one is ''. */
  readonly values: Record<string, string | Person> = {}
  /** Elements that the table does not name, kept whole so that forwarding loses nothing (A29). */
  readonly extra: XmlElement[] = []
  readonly flags = new FlagSet()
  readonly #table: FieldTable

  constructor(table: FieldTable) {
    this.#table = table
  }

  /**
   * Reads the element that was just opened, up to its end tag. A second element is read into the same values.
   * @throws MessageError DOCUMENT_AMBIGUOUS when a field stands there twice with different content
   */
  read(scanner: XmlScanner): void {
    // As a rule the fields stand in the order of the table, so the next one of it is compared first.
    let expected = 0
    for (;;) {
      const token = scanner.next()
      if (token === Token.Close) return
      // Text between the fields is their layout.
      if (token !== Token.Open) continue
      const local = scanner.localName()
      const row = this.#table[expected]?.[0] === local ? expected : this.#rowOf(local)
      if (row < 0) {
        this.extra.push(readElement(scanner))
        this.flags.add('unknownElement')
      } else {
        this.#readField(scanner, row, local)
        expected = row + 1
      }
    }
  }

  #rowOf(local: string): number {
    const exact = this.#table.findIndex(([name]) => name === local)
    if (exact >= 0) return exact
    const lower = local.toLowerCase()
    return this.#table.findIndex(([name]) => name.toLowerCase() === lower)
  }

  #readField(scanner: XmlScanner, row: number, local: string): void {
    const [name, kind] = this.#table[row]!
    nameMatches(local, scanner.prefix(), name, this.flags)
    const value =
      kind === 'person' ? this.#readPerson(scanner, local) : readText(scanner, local, kind)
    const earlier = this.values[name]
    if (earlier !== undefined) {
      if (JSON.stringify(earlier) !== JSON.stringify(value)) {
        throw new MessageError('DOCUMENT_AMBIGUOUS', {
          zh: `字段 ${name} 出现多次且内容不同`,
          en: `The field ${name} stands there twice with different content`,
        })
      }
      this.flags.add('repeatedElement')
    }
    this.values[name] = value
  }

  #readPerson(scanner: XmlScanner, local: string): Person {
    let code: string | undefined
    const { attributeCount, attributeNames, attributeValues } = scanner
    for (let i = 0; i < attributeCount; i++) {
      const name = attributeNames[i]!
      if (name !== 'code') {
        if (name.toLowerCase() !== 'code') continue
        this.flags.add('elementCase')
      }
      const value = attributeValues[i]!.trim()
      if (code !== undefined && code !== value) {
        throw new MessageError('DOCUMENT_AMBIGUOUS', {
          zh: `字段 ${local} 的 code 属性出现多次且内容不同`,
          en: `The field ${local} has the attribute code twice with different content`,
        })
      }
      code = value
    }
    return { code: code ?? '', name: readText(scanner, local, 'id') }
  }
}

function readText(scanner: XmlScanner, local: string, kind: 'id' | 'text'): string {
  let text = ''
  for (;;) {
    const token = scanner.next()
    if (token === Token.Close) break
    if (token === Token.Open) {
      throw new MessageError('DOCUMENT_AMBIGUOUS', {
        zh: `字段 ${local} 应为文本，但含有子节点（文本中的 < 需要转义）`,
        en: `The field ${local} should be text but has child elements (a < in text must be escaped)`,
      })
    }
    text += scanner.text()
  }
  if (kind === 'text') return text
  const trimmed = text.trim()
  // A blank id stays as it was, so that empty, blank and absent can still be told apart (A21).
  return trimmed === '' ? text : trimmed
}

export interface ReadRecord {
  readonly values: Readonly<Record<string, string | Person>>
  readonly extra: readonly XmlElement[]
  readonly flags: readonly Flag[]
}

/**
 * Reads the elements of one name that stand in `XmlDocument`, one after another.
 * @param header takes what elements called `Header` hold, all as one, so that two different licences are refused as
 * ambiguous
 * @throws MessageError those of the gate, DOCUMENT_EMPTY, DOCUMENT_UNKNOWN, DOCUMENT_AMBIGUOUS
 */
export function readRecords(
  xml: string,
  limits: XmlLimits,
  record: string,
  table: FieldTable,
  header?: FieldReader,
): { readonly records: readonly ReadRecord[]; readonly extra: readonly XmlElement[] } {
  return scanDocument(xml, 'XmlDocument', limits, (scanner, flags) => {
    const found: FieldReader[] = []
    const extra: XmlElement[] = []
    for (;;) {
      const token = scanner.next()
      if (token === Token.Close) break
      if (token !== Token.Open) continue
      const local = scanner.localName()
      const prefix = scanner.prefix()
      if (nameMatches(local, prefix, record, flags)) {
        const reader = new FieldReader(table)
        reader.read(scanner)
        found.push(reader)
      } else if (header && nameMatches(local, prefix, 'Header', flags)) {
        header.read(scanner)
      } else {
        extra.push(readElement(scanner))
        flags.add('unknownElement')
      }
    }
    if (found.length === 0) {
      throw new MessageError('DOCUMENT_UNKNOWN', {
        zh: `XmlDocument 中没有 ${record} 节点`,
        en: `There is no ${record} element in XmlDocument`,
      })
    }
    const isSuspicious = scanner.someWatched(showsDamage)
    // Flags of the whole document count for each record.
    for (const flag of header?.flags.list ?? []) flags.add(flag)
    const records = found.map((reader) => {
      const all = new FlagSet(flags.list)
      for (const flag of reader.flags.list) all.add(flag)
      if (isSuspicious) for (const flag of damageFlags(textsIn(reader))) all.add(flag)
      return { values: reader.values, extra: reader.extra, flags: all.list }
    })
    return { records, extra }
  })
}

function textsIn({ values, extra }: FieldReader): readonly string[] {
  const texts: string[] = []
  for (const name in values) {
    const value = values[name]
    if (value !== undefined) texts.push(typeof value === 'string' ? value : value.name)
  }
  for (const element of extra) texts.push(...textsOf(element))
  return texts
}
