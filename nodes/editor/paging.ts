import type { Dialog } from './dialog.js'
import type { Form } from './form.js'
import { fillList, text } from './page.js'
import { address, numbers, textOf } from './rules.js'
import { PAGE_NUMBERS, type PageChannelRow } from './shared.js'

export const paging: Dialog = {
  rules: { ...numbers(PAGE_NUMBERS), link: address },

  prepare(form) {
    const rows = (form.node['rows'] ?? []) as readonly PageChannelRow[]
    const changed = (): void => showFlow(form)
    list().editableList({
      addButton: text('crisis-page.label.addRow'),
      removable: true,
      sortable: true,
      height: 120,
      addItem: (item, _index, row) => addRow(item, row),
      removeItem: changed,
    })
    fillList(list(), rows)
    list().on('change', changed)
    form.watch(['channel'], changed)
    listAcknowledges(form)
    form.watch(['acknowledge'], () => {
      $('#hospital-crisis-page-link').toggle(form.chosen('acknowledge') === '')
    })
  },

  save(node) {
    node['rows'] = readRows()
  },
}

const list = (): JQuery => $('#hospital-crisis-page-rows')

const readRows = (): PageChannelRow[] =>
  list()
    .editableList('items')
    .toArray()
    .map((item): PageChannelRow => ({ channel: textOf(item.find('select').val()) }))
    // One that nothing was chosen for was begun and left.
    .filter(({ channel }) => channel !== '')

function addRow(item: JQuery, row: Partial<PageChannelRow>): void {
  const cells = $('<div class="hospital-crisis-cells">').appendTo(item)
  const choice = $('<select>')
    .attr({ 'aria-label': text('crisis-page.label.channel') })
    .appendTo(cells)
  $('<option>').val('').text(text('crisis-page.option.choose')).appendTo(choice)
  RED.nodes.eachConfig((node) => {
    if (node.type !== 'crisis channel') return
    $('<option>')
      .val(node.id)
      .text(textOf(node['name']) || node.id)
      .appendTo(choice)
  })
  choice.val(row.channel ?? '')
}

/** The nodes whose one-time links a page can carry. */
function listAcknowledges(form: Form): void {
  const choice = form.input('acknowledge')
  $('<option>').val('').text(text('crisis-page.option.noAcknowledge')).appendTo(choice)
  RED.nodes.eachNode((node) => {
    if (node.type !== 'crisis acknowledge') return
    const name = textOf(node['name']) || text('crisis-acknowledge.paletteLabel')
    $('<option>').val(node.id).text(name).appendTo(choice)
  })
  choice.val(textOf(form.node['acknowledge']))
}

/** A channel that is *this flow* needs a third output, and a time for the flow to answer. */
function showFlow(form: Form): void {
  const ids = [form.chosen('channel'), ...readRows().map(({ channel }) => channel)]
  const isFlow = ids.some((id) => RED.nodes.node(id)?.['kind'] === 'flow')
  form.input('outputs').val(isFlow ? '3' : '2')
  $('#hospital-crisis-page-flow').toggle(isFlow)
}
