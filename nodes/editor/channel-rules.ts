import { fillList, text } from './page.js'
import type { GatewayRuleRow } from './shared.js'

const COLUMNS = ['verdict', 'status', 'pointer', 'equals'] as const

/** The rules that say which answer of a gateway means that a page was taken, as rows. */
export class GatewayTable {
  readonly #list = $('#hospital-crisis-rules')

  constructor(saved: readonly object[]) {
    const changed = (): void => void this.#list.trigger('change')
    this.#list.editableList({
      addButton: text('crisis-channel.label.addRule'),
      removable: true,
      header: headings(),
      height: 150,
      addItem: (item, _index, row) => {
        addRow(item, row)
        changed()
      },
      removeItem: changed,
    })
    fillList(this.#list, saved)
  }

  read(): GatewayRuleRow[] {
    return this.#list
      .editableList('items')
      .toArray()
      .map((item) => {
        const typed = (name: string): string =>
          String(item.find(`.hospital-crisis-rule-${name}`).val()).trim()
        return {
          verdict: typed('verdict') as GatewayRuleRow['verdict'],
          status: typed('status'),
          pointer: typed('pointer'),
          equals: typed('equals'),
        }
      })
  }

  onChange(listener: () => void): void {
    this.#list.on('change input', listener)
  }
}

function headings(): JQuery {
  const row = $('<div class="hospital-crisis-cells hospital-crisis-rules-head">')
  for (const name of COLUMNS) {
    $('<span>')
      .addClass(`hospital-crisis-rule-${name}`)
      .text(text(`crisis-channel.column.${name}`))
      .appendTo(row)
  }
  return row
}

function addRow(item: JQuery, given: Partial<GatewayRuleRow>): void {
  const row = $('<div class="hospital-crisis-cells">').appendTo(item)
  const choice = $('<select class="hospital-crisis-rule-verdict">')
    .attr({ 'aria-label': text('crisis-channel.column.verdict') })
    .appendTo(row)
  for (const verdict of ['accepted', 'refused', 'retry']) {
    $('<option>')
      .val(verdict)
      .text(text(`crisis-channel.verdict.${verdict}`))
      .appendTo(choice)
  }
  choice.val(given.verdict ?? 'accepted')
  const examples = { status: '2xx', pointer: '/code', equals: '0' }
  for (const name of ['status', 'pointer', 'equals'] as const) {
    $('<input type="text">')
      .addClass(`hospital-crisis-rule-${name}`)
      .attr({ 'aria-label': text(`crisis-channel.column.${name}`), placeholder: examples[name] })
      .val(given[name] ?? '')
      .appendTo(row)
  }
}
