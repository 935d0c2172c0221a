import type { Dialog } from './dialog.js'
import { fillList, text } from './page.js'
import { blankOr, numbers, textOf } from './rules.js'
import { WATCH_NUMBERS, WATCHDOG_NUMBERS, type WatchRow } from './shared.js'

const TYPED = ['codes', 'types', 'names', 'times', 'departments', 'department'] as const

const watchdog = Object.entries(numbers(WATCHDOG_NUMBERS)).map(
  ([name, rule]) => [name, blankOr(rule)] as const,
)

export const watch: Dialog = {
  rules: { ...numbers(WATCH_NUMBERS), ...Object.fromEntries(watchdog) },

  prepare(form) {
    form.watch(['roster', 'ask'], () => {
      const hasRoster = form.chosen('roster') !== ''
      form.row('ask').toggle(hasRoster || form.isTicked('ask'))
      $('#hospital-crisis-ask-rows').toggle(form.isTicked('ask'))
    })
    const rows = (form.node['rows'] ?? []) as readonly WatchRow[]
    list().editableList({
      addButton: text('crisis-watch.label.addRow'),
      removable: true,
      sortable: true,
      header: headings(),
      height: 160,
      addItem: (item, _index, row) => addRow(item, row),
    })
    fillList(list(), rows)
  },

  save(node) {
    node['rows'] = list()
      .editableList('items')
      .toArray()
      .map((item): WatchRow => {
        const typed = (name: string): string =>
          String(item.find(`.hospital-crisis-watch-${name}`).val() ?? '').trim()
        return {
          codes: typed('codes'),
          types: typed('types'),
          names: typed('names'),
          times: typed('times'),
          departments: typed('departments'),
          department: typed('department'),
          plan: typed('plan'),
        }
      })
      // One that says neither was begun and left.
      .filter((row) => row.plan !== '' || row.department !== '')
  },
}

const list = (): JQuery => $('#hospital-crisis-watch-rows')

function headings(): JQuery {
  const row = $('<div class="hospital-crisis-cells hospital-crisis-steps-head">')
  for (const name of [...TYPED, 'plan']) {
    $('<span>')
      .addClass(`hospital-crisis-watch-${name}`)
      .text(text(`crisis-watch.column.${name}`))
      .appendTo(row)
  }
  return row
}

function addRow(item: JQuery, row: Partial<WatchRow>): void {
  const cells = $('<div class="hospital-crisis-cells">').appendTo(item)
  for (const name of TYPED) {
    const said = text(`crisis-watch.column.${name}`)
    $('<input type="text">')
      .addClass(`hospital-crisis-watch-${name}`)
      .attr({ 'aria-label': said, title: text(`crisis-watch.title.${name}`) })
      .val(row[name] ?? '')
      .appendTo(cells)
  }
  const choice = $('<select class="hospital-crisis-watch-plan">')
    .attr({ 'aria-label': text('crisis-watch.column.plan') })
    .appendTo(cells)
  $('<option>').val('').text(text('crisis-watch.option.above')).appendTo(choice)
  RED.nodes.eachConfig((node) => {
    if (node.type !== 'crisis plan') return
    $('<option>')
      .val(node.id)
      .text(textOf(node['name']) || node.id)
      .appendTo(choice)
  })
  choice.val(row.plan ?? '')
}
