import type { Dialog } from './dialog.js'
import { badRow, FieldTable, type FieldRow } from './fields.js'
import { fillList, text } from './page.js'
import { address, numbers, textOf, zone, type Rule } from './rules.js'
import { ACKNOWLEDGE_NUMBERS, ACT_FIELDS, isPath, type WordRow } from './shared.js'

const ACTIONS = ['received', 'processed', 'refused', 'passedOn'] as const

/** A path of letters and digits, since it is read out on the telephone. */
const path: Rule = (value) => isPath(textOf(value)) || { key: 'crisis-acknowledge.error.path' }

/** A word that stands for two acts stands for none. */
const words: Rule = (value) => {
  const rows = (value ?? []) as readonly WordRow[]
  const all = rows.flatMap((row) => partsOf(row.words))
  const twice = all.find((word, n) => all.indexOf(word) !== n)
  return twice === undefined || { key: 'crisis-acknowledge.error.twice', options: { word: twice } }
}

const partsOf = (typed: string): readonly string[] =>
  typed
    .split(/[,，、;；]/)
    .map((word) => word.normalize('NFKC').trim().toLowerCase())
    .filter((word) => word !== '')

let table: FieldTable | undefined

export const acknowledge: Dialog = {
  rules: {
    ...numbers(ACKNOWLEDGE_NUMBERS),
    zone,
    path,
    words,
    publicUrl: address,
    fields: (value) => badRow('crisis-acknowledge', (value ?? []) as readonly FieldRow[]),
  },

  prepare(form) {
    const saved = (form.node['fields'] ?? []) as readonly FieldRow[]
    const usual = text('crisis-acknowledge.option.usual')
    const place = $('#hospital-crisis-fields')
    table = new FieldTable(place, 'crisis-acknowledge', ACT_FIELDS, saved, usual)
    const rows = (form.node['words'] ?? []) as readonly WordRow[]
    list().editableList({
      addButton: text('crisis-acknowledge.label.addWord'),
      removable: true,
      height: 240,
      addItem: (item, _index, row) => addRow(item, row),
    })
    fillList(list(), rows)
    form.watch(['publicUrl'], () => {
      $('#hospital-crisis-link-plain').toggle(/^http:/i.test(form.text('publicUrl')))
    })
  },

  save(node) {
    if (table) node['fields'] = table.read()
    node['words'] = list()
      .editableList('items')
      .toArray()
      .map((item): WordRow => {
        const typed = (name: string): string =>
          String(item.find(`.hospital-crisis-word-${name}`).val() ?? '').trim()
        const action = ACTIONS.find((one) => one === typed('action')) ?? 'received'
        return { words: typed('words'), action }
      })
      .filter((row) => row.words !== '')
  },
}

const list = (): JQuery => $('#hospital-crisis-words')

function addRow(item: JQuery, row: Partial<WordRow>): void {
  const cells = $('<div class="hospital-crisis-cells">').appendTo(item)
  const said = text('crisis-acknowledge.column.words')
  $('<input type="text" class="hospital-crisis-word-words">')
    .attr({ placeholder: said, 'aria-label': said })
    .val(row.words ?? '')
    .appendTo(cells)
  const choice = $('<select class="hospital-crisis-word-action">')
    .attr({ 'aria-label': text('crisis-acknowledge.column.action') })
    .appendTo(cells)
  for (const action of ACTIONS) {
    $('<option>')
      .val(action)
      .text(text(`crisis-acknowledge.action.${action}`))
      .appendTo(choice)
  }
  choice.val(row.action ?? 'received')
}
