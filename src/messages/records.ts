import { damageFlags, showsDamage } from './damaged-text.js'
import { FlagSet, nameMatches, scanDocument, type Flag } from './document.js'
import { MessageError } from './errors.js'
import { Declared, Extra, refuseUnclaimed, type ExtraElement } from './extra.js'
import type { FieldTable, Person } from './fields.js'
import { isBlank } from './text.js'
import { textsOf, Token, type XmlLimits, type XmlScanner } from './xml/index.js'

/** Takes the fields of a table, in any order, straight out of the tokens. */
export class FieldReader {
  /** Only what was there: an absent element is an absent property, an empty one is ''. */
  readonly values: Record<string, string | Person> = {}
  readonly flags = new FlagSet()
  /** Whatever the table does not name, kept whole so that forwarding loses nothing (A29). */
  readonly extra: Extra
  readonly #name: string
  readonly #table: FieldTable

  constructor(name: string, table: FieldTable, declared = new Declared()) {
    this.#name = name
    this.#table = table
    this.extra = new Extra(name, this.flags, declared)
  }

  /**
   * Reads the element that was just opened, up to its end tag. A second element is read into the same values.
   * @throws MessageError DOCUMENT_AMBIGUOUS when a field stands there twice with different content
   */
  read(scanner: XmlScanner): void {
    if (scanner.attributeCount > 0) keepAttributes(scanner, this.#name, this.extra)
    // As a rule the fields stand in the order of the table, so the next one of it is compared first.
    let expected = 0
    for (;;) {
      const token = scanner.next()
      if (token === Token.Close) return
      if (token !== Token.Open) {
        this.extra.text(scanner)
        continue
      }
      const local = scanner.localName()
      const row = this.#table[expected]?.[0] === local ? expected : this.#rowOf(local)
      if (row < 0) this.extra.element(scanner)
      else {
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
      kind === 'person'
        ? this.#readPerson(scanner, local, name)
        : this.#readValue(scanner, local, name, kind)
    this.extra.passed(name)
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

  #readValue(scanner: XmlScanner, local: string, name: string, kind: 'id' | 'text'): string {
    if (scanner.attributeCount === 0) return readText(scanner, local, kind)
    const isNil = keepAttributes(scanner, name, this.extra)
    const text = readText(scanner, local, kind)
    // An element that says that it is none, and has a value, may mean either.
    if (isNil && !isBlank(text)) this.extra.attribute(name, 'nil', 'true')
    return text
  }

  #readPerson(scanner: XmlScanner, local: string, field: string): Person {
    let code: string | undefined
    const { attributeCount, attributeNames, attributeValues } = scanner
    for (let i = 0; i < attributeCount; i++) {
      const name = attributeNames[i]!
      if (name !== 'code') {
        if (name.toLowerCase() !== 'code') {
          this.extra.attribute(field, name, attributeValues[i]!)
          continue
        }
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

/** Keeps all attributes of the element that was just opened; true when `xsi:nil` is among them. */
function keepAttributes(scanner: XmlScanner, name: string, extra: Extra): boolean {
  const { attributeCount, attributeNames, attributeValues } = scanner
  let isNil = false
  for (let i = 0; i < attributeCount; i++) {
    const attribute = attributeNames[i]!
    extra.attribute(name, attribute, attributeValues[i]!)
    isNil ||= attribute === 'xsi:nil' && /^(?:true|1)$/.test(attributeValues[i]!.trim())
  }
  return isNil
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
  /** Content that the document does not name, in this record, and beside it. */
  readonly extra: readonly ExtraElement[]
  readonly flags: readonly Flag[]
}

/**
 * Reads the elements of one name that stand in `XmlDocument`, one after another. What elements called `Header` hold
 * speaks of the caller, with a licence among it, and is no content: what is unknown in it is flagged and stays in the
 * bytes that came.
 * @param name that of the elements
 * @param header takes what they hold, all as one, so that two different licences are refused as ambiguous
 * @throws MessageError those of the gate, DOCUMENT_EMPTY, DOCUMENT_UNKNOWN, DOCUMENT_AMBIGUOUS
 */
export function readRecords(
  xml: string,
  limits: XmlLimits,
  name: string,
  table: FieldTable,
  header?: FieldReader,
): readonly ReadRecord[] {
  return scanDocument(xml, 'XmlDocument', limits, (scanner, flags) => {
    const found: FieldReader[] = []
    let head = header
    const declared = new Declared()
    const beside = new Extra('XmlDocument', flags, declared)
    if (scanner.attributeCount > 0) keepAttributes(scanner, 'XmlDocument', beside)
    /** The one that was just read. */
    let record: FieldReader | undefined
    for (;;) {
      const token = scanner.next()
      if (token === Token.Close) break
      if (token !== Token.Open) {
        // Text behind a record is said with that one.
        if (record) record.extra.behind(scanner)
        else beside.text(scanner)
        continue
      }
      record = undefined
      const local = scanner.localName()
      const prefix = scanner.prefix()
      if (nameMatches(local, prefix, name, flags)) {
        record = new FieldReader(name, table, declared)
        record.read(scanner)
        found.push(record)
        beside.passed(name)
      } else if (nameMatches(local, prefix, 'Header', flags)) {
        head ??= new FieldReader('Header', [])
        head.read(scanner)
        beside.passed('Header')
      } else beside.element(scanner, 'beside')
    }
    if (found.length === 0) {
      throw new MessageError('DOCUMENT_UNKNOWN', {
        zh: `XmlDocument 中没有 ${name} 节点`,
        en: `There is no ${name} element in XmlDocument`,
      })
    }
    for (const { extra } of found) refuseUnclaimed(extra)
    if (head) refuseUnclaimed(head.extra)
    refuseUnclaimed(beside)
    const isSuspicious = scanner.someWatched(showsDamage)
    // Flags of the whole document count for each record.
    for (const flag of head?.flags.list ?? []) flags.add(flag)
    return found.map((reader) => {
      const extra =
        beside.list.length === 0 ? reader.extra.list : [...reader.extra.list, ...beside.list]
      declared.putInto(extra)
      const all = new FlagSet(flags.list)
      for (const flag of reader.flags.list) all.add(flag)
      if (isSuspicious) for (const flag of damageFlags(textsIn(reader.values, extra))) all.add(flag)
      return { values: reader.values, extra, flags: all.list }
    })
  })
}

function textsIn(values: FieldReader['values'], extra: readonly ExtraElement[]): readonly string[] {
  const texts: string[] = []
  for (const name in values) {
    const value = values[name]
    if (value !== undefined) texts.push(typeof value === 'string' ? value : value.name)
  }
  for (const element of extra) {
    texts.push(...textsOf(element), element.tail ?? '', ...Object.values(element.attributes))
  }
  return texts
}
