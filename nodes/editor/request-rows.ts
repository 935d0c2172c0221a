import { fillList, text } from './page.js'

interface Column {
  readonly name: string
  readonly placeholder?: string
  /** The sources that a list offers; absent = a text. */
  readonly choices?: readonly string[]
}

type Row = Readonly<Record<string, string>>

/** A table of a peer's requests, whose rows a person can sort. */
export class RequestRows {
  readonly #list: JQuery
  readonly #columns: readonly Column[]

  /** @param first the column without which a row was begun and left */
  constructor(
    list: JQuery,
    columns: readonly Column[],
    addButton: string,
    saved: readonly object[],
    readonly first = 'name',
  ) {
    this.#list = list
    this.#columns = columns
    const changed = (): void => void list.trigger('change')
    list.editableList({
      addButton: text(addButton),
      removable: true,
      sortable: true,
      height: 160,
      addItem: (item, _index, row) => {
        this.#addRow(item, row as Row)
        changed()
      },
      removeItem: changed,
      sortItems: changed,
    })
    fillList(list, saved)
  }

  onChange(listener: () => void): void {
    this.#list.on('change input', listener)
  }

  replace(rows: readonly object[]): void {
    this.#list.editableList('empty')
    fillList(this.#list, rows)
    this.#list.trigger('change')
  }

  read(): Row[] {
    return this.#list
      .editableList('items')
      .toArray()
      .map((item) => {
        const cells = this.#columns.map(({ name }) => {
          const typed = String(item.find(`.hospital-crisis-cell-${name}`).val())
          // A value may begin or end with a blank.
          return [name, name === 'value' ? typed : typed.trim()] as const
        })
        const filled = cells.filter(([name, value]) => name !== 'namespace' || value !== '')
        return Object.fromEntries(filled)
      })
      .filter((row) => row[this.first] !== '')
  }

  #addRow(item: JQuery, given: Row): void {
    const row = $('<div class="hospital-crisis-cells">').appendTo(item)
    for (const { name, choices, placeholder = '' } of this.#columns) {
      const label = text(`crisis-peer.column.${name}`)
      const cell = choices ? $('<select>') : $('<input type="text">')
      for (const choice of choices ?? []) {
        $('<option>')
          .val(choice)
          .text(text(`crisis-peer.source.${choice}`))
          .appendTo(cell)
      }
      cell
        .addClass(`hospital-crisis-cell-${name}`)
        .attr({ 'aria-label': label, placeholder: placeholder || label })
        .val(given[name] ?? choices?.[0] ?? '')
        .appendTo(row)
    }
  }
}
