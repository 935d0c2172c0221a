import type { Template, XmlPath } from '../../messages/index.js'
import type { MappedDocument } from './fields.js'
import type { TimeForm } from './times.js'

/** A place in the other document. */
export interface MappedPlace {
  /** As it is written in the table. */
  readonly text: string
  /** Names from the root on: of elements, or those of a JSON pointer. */
  readonly names: readonly string[]
  readonly attribute: string | undefined
  /** True for a place in each of several records. */
  readonly inRecord: boolean
}

/** One row: what stands where. */
export interface MappingRow {
  /** The field of our document; undefined for a constant of the other one. */
  readonly field: string | undefined
  /** undefined for a constant of ours. */
  readonly at: MappedPlace | undefined
  /** The constant. */
  readonly fixed: string | undefined
  /** Our value for each of theirs; undefined = any value, as it is. */
  readonly values: ReadonlyMap<string, string> | undefined
  readonly time: TimeForm
  readonly required: boolean
}

/** Rules by which one of our documents and one of another system say the same. */
export interface MappingTable {
  readonly document: MappedDocument
  readonly format: 'xml' | 'json'
  /** Namespace of the elements that are written, '' = none. It does not count for reading. */
  readonly namespace: string
  /** The place of the records, where there may be several; undefined = the whole is one. */
  readonly each: MappedPlace | undefined
  readonly rows: readonly MappingRow[]
  /** Written in place of what the rows would make. */
  readonly template: Template | undefined
}

/** The path of a place as the readers of XML take it, within an element at some depth. */
export const pathWithin = ({ text, names, attribute }: MappedPlace, depth: number): XmlPath => ({
  text,
  names: names.slice(depth),
  attribute,
})
