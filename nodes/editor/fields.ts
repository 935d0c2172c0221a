import { text } from './page.js'
import type { ValueType } from './globals.js'
import type { Rule, Verdict } from './rules.js'

/** The source of one field of a document. */
export interface FieldRow {
  readonly name: string
  readonly type: string
  readonly value: string
}

export type Out = 'crisis-out' | 'crisis-feedback-out'

/** The dialogs that have such a table. */
type WithFields = Out | 'crisis-acknowledge'

/** The type of a row that is not saved. */
const USUAL = 'usual'

const TYPES = ['msg', 'flow', 'global', 'str', 'env', 'jsonata']

/** The table that says where each field of a document comes from. */
export class FieldTable {
  readonly #rows: readonly { readonly name: string; readonly input: JQuery }[]

  /** @param usual the words for a row that says nothing, where that has a meaning of its own */
  constructor(
    container: JQuery,
    set: WithFields,
    names: readonly string[],
    saved: readonly FieldRow[],
    usual?: string,
  ) {
    const other: readonly (string | ValueType)[] =
      usual === undefined ? [] : [{ value: USUAL, label: usual, hasValue: false }]
    const blank = usual === undefined ? 'msg' : USUAL
    this.#rows = names.map((name) => {
      const id = `hospital-crisis-field-${name.replace('.', '-')}`
      const row = $('<div class="form-row">').appendTo(container)
      const label = $('<label>').attr('for', id).appendTo(row)
      $('<code>').text(name).appendTo(label)
      $('<span>')
        .text(text(`${set}.field.${name}`))
        .appendTo(label)
      // The width stands at the input, because that is where the editor's typed input looks for it.
      const input = $('<input type="text" style="width: calc(100% - 165px)">').attr('id', id)
      // The blank stands between label and input as in the rows that are written out.
      row.append(' ', input)
      const isTime = name.endsWith('At')
      const types = [...other, ...TYPES, ...(isTime ? ['date'] : [])]
      input.typedInput({ default: blank, types })
      const was = saved.find((field) => field.name === name)
      input.typedInput('type', was?.type ?? blank)
      input.typedInput('value', was?.value ?? '')
      return { name, input }
    })
  }

  /** The rows that say something. */
  read(): FieldRow[] {
    return this.#rows
      .map(({ name, input }) => ({
        name,
        type: input.typedInput('type'),
        value: input.typedInput('value'),
      }))
      .filter(({ type, value }) => type !== USUAL && (type === 'date' || value.trim() !== ''))
  }

  fillDefaults(): void {
    for (const { name, input } of this.#rows) input.typedInput('value', `payload.${name}`)
  }

  onChange(listener: () => void): void {
    for (const { input } of this.#rows) input.on('change', listener)
  }
}

/** A document needs a key, and each row an expression that can be read. */
export const fieldRule =
  (set: Out): Rule =>
  (value, setting) => {
    if (setting('source') !== 'fields') return true
    const rows = (value ?? []) as readonly FieldRow[]
    if (!rows.some(({ name }) => name === 'ExamNo' || name === 'ApplyNo')) {
      return { key: 'crisis-out.error.keyRow' }
    }
    return badRow(set, rows)
  }

/** The first row whose expression cannot be read. */
export function badRow(set: WithFields, rows: readonly FieldRow[]): Verdict {
  const bad = rows.find((row) => RED.utils.validateTypedProperty(row.value, row.type) !== true)
  if (bad === undefined) return true
  const name = `${bad.name} ${text(`${set}.field.${bad.name}`)}`
  return { key: 'crisis-out.error.row', options: { name } }
}
