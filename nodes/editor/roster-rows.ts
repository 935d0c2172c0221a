import { fillList, text } from './page.js'
import type { RosterTableRow } from './shared.js'

/** The columns of a roster that are no channel. */
export const COLUMNS = ['role', 'department', 'shift', 'days', 'code', 'name'] as const

/** The table of a roster, with a column for each channel. */
export class RosterRows {
  readonly #list: JQuery
  readonly #head = $('<div class="hospital-crisis-cells hospital-crisis-steps-head">')
  readonly #changed: () => void
  #channels: readonly string[] = []

  /** @param changed called after each change of the table */
  constructor(list: JQuery, channels: readonly string[], changed: () => void) {
    this.#list = list
    this.#changed = changed
    this.#channels = channels
    this.#drawHead()
    list.editableList({
      addButton: text('crisis-roster.label.addRow'),
      removable: true,
      sortable: true,
      header: this.#head,
      height: 210,
      addItem: (item, _index, row) => {
        this.#addRow(item, row)
        changed()
      },
      removeItem: changed,
      sortItems: changed,
    })
    list.on('change input', changed)
  }

  /** Shows a column for each of these channels; what was typed for another one stays until the dialog is closed. */
  showChannels(channels: readonly string[]): void {
    if (channels.join('\n') === this.#channels.join('\n')) return
    this.#items().forEach((item) => item.data('addresses', this.#addressesIn(item)))
    this.#channels = channels
    this.#drawHead()
    this.#items().forEach((item) => this.#drawAddresses(item))
  }

  fill(rows: readonly Partial<RosterTableRow>[]): void {
    this.#list.editableList('empty')
    fillList(this.#list, rows)
    this.#changed()
  }

  /** All rows as they are typed; those that were begun and left are blank. */
  read(): readonly RosterTableRow[] {
    return this.#items().map((item) => {
      const typed = (name: string): string =>
        String(item.find(`.hospital-crisis-roster-${name}`).val()).trim()
      const all = Object.entries(this.#addressesIn(item))
      const own = all.filter(([name, address]) => this.#channels.includes(name) && address !== '')
      return {
        role: typed('role'),
        department: typed('department'),
        shift: typed('shift'),
        days: typed('days'),
        code: typed('code'),
        name: typed('name'),
        addresses: Object.fromEntries(own),
      }
    })
  }

  /** Marks the cells that are wrong. @param cells rows from 0, and their columns */
  mark(cells: readonly (readonly [number, string])[]): void {
    this.#list.find('.input-error').removeClass('input-error')
    const items = this.#items()
    for (const [row, column] of cells) {
      const inputs = items[row]?.find('input') ?? $()
      inputs.filter((_, input) => $(input).attr('data-column') === column).addClass('input-error')
    }
  }

  readonly #items = (): readonly JQuery[] => this.#list.editableList('items').toArray()

  #drawHead(): void {
    this.#head.empty()
    for (const name of COLUMNS) {
      $('<span>')
        .addClass(`hospital-crisis-roster-${name}`)
        .text(text(`crisis-roster.column.${name}`))
        .appendTo(this.#head)
    }
    for (const name of this.#channels) {
      $('<span class="hospital-crisis-roster-address">').text(name).appendTo(this.#head)
    }
  }

  #addRow(item: JQuery, given: Partial<RosterTableRow>): void {
    const row = $('<div class="hospital-crisis-cells hospital-crisis-roster-row">').appendTo(item)
    for (const name of COLUMNS) {
      $('<input type="text">')
        .addClass(`hospital-crisis-roster-${name}`)
        .attr({
          'data-column': name,
          'aria-label': text(`crisis-roster.column.${name}`),
          title: text(`crisis-roster.title.${name}`),
        })
        .val(given[name] ?? '')
        .appendTo(row)
    }
    item.data('addresses', { ...given.addresses })
    this.#drawAddresses(item)
  }

  #drawAddresses(item: JQuery): void {
    const row = item.children('.hospital-crisis-cells')
    row.find('.hospital-crisis-roster-address').remove()
    const known = item.data('addresses') as Record<string, string>
    for (const name of this.#channels) {
      $('<input type="text" class="hospital-crisis-roster-address">')
        .attr({ 'data-column': name, 'aria-label': name, title: name })
        .val(known[name] ?? '')
        .appendTo(row)
    }
  }

  #addressesIn(item: JQuery): Record<string, string> {
    const typed = { ...(item.data('addresses') as Record<string, string>) }
    item.find('.hospital-crisis-roster-address').each((_, input) => {
      typed[$(input).attr('data-column') ?? ''] = String($(input).val()).trim()
    })
    return typed
  }
}
