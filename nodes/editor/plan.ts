import type { Dialog } from './dialog.js'
import type { Form } from './form.js'
import { fillList, inOwnLanguage, post, text, type Reason } from './page.js'
import { planSteps } from './rules.js'
import type { PlanStepRow } from './shared.js'

/** Time without a key before the runtime is asked what is wrong, in ms. */
const PAUSE_MS = 300

/** The plan that nobody has typed yet. Its roles are those of the roster. */
const READY = (): PlanStepRow[] => {
  const role = (name: string): string => text(`crisis-plan.role.${name}`)
  const row = { until: 'received', channels: '', repeat: '', most: '' } as const
  return [
    { ...row, after: '5', role: role('nurse') },
    { ...row, after: '10', role: role('doctor') },
    { ...row, after: '15', role: role('duty'), repeat: '5', most: '3' },
    { ...row, until: 'processed', after: '30', role: role('duty'), repeat: '10', most: '6' },
  ]
}

interface PlanProblem {
  readonly step: number | null
  readonly setting: string
  readonly reason: Reason
}

export const plan: Dialog = {
  rules: { steps: planSteps },

  prepare(form) {
    const saved = (form.node['steps'] ?? []) as readonly PlanStepRow[]
    makeTable(saved.length > 0 ? saved : READY())
    prepareCheck(form)
  },

  save(node) {
    node['steps'] = readTable()
  },
}

const table = (): JQuery => $('#hospital-crisis-steps')

function makeTable(rows: readonly PlanStepRow[]): void {
  const changed = (): void => void table().trigger('change')
  table().editableList({
    addButton: text('crisis-plan.label.addStep'),
    removable: true,
    sortable: true,
    header: headings(),
    height: 230,
    addItem: (item, _index, row) => {
      addRow(item, row)
      changed()
    },
    removeItem: changed,
    sortItems: changed,
  })
  fillList(table(), rows)
}

const COLUMNS = ['after', 'role', 'until', 'channels', 'repeat', 'most'] as const

function headings(): JQuery {
  const row = $('<div class="hospital-crisis-cells hospital-crisis-steps-head">')
  for (const name of COLUMNS) {
    $('<span>')
      .addClass(`hospital-crisis-step-${name}`)
      .text(text(`crisis-plan.column.${name}`))
      .appendTo(row)
  }
  return row
}

const readTable = (): PlanStepRow[] =>
  table()
    .editableList('items')
    .toArray()
    .map((item) => {
      const typed = (name: string): string =>
        String(item.find(`.hospital-crisis-step-${name}`).val()).trim()
      return {
        after: typed('after'),
        until: typed('until') === 'processed' ? 'processed' : 'received',
        role: typed('role'),
        channels: typed('channels'),
        repeat: typed('repeat'),
        most: typed('most'),
      }
    })

function addRow(item: JQuery, given: Partial<PlanStepRow>): void {
  const row = $('<div class="hospital-crisis-cells">').appendTo(item)
  const input = (name: keyof PlanStepRow): void => {
    const said = text(`crisis-plan.column.${name}`)
    $('<input type="text">')
      .addClass(`hospital-crisis-step-${name}`)
      .attr({ 'aria-label': said, title: text(`crisis-plan.title.${name}`) })
      .val(given[name] ?? '')
      .appendTo(row)
  }
  input('after')
  input('role')
  const choice = $('<select class="hospital-crisis-step-until">')
    .attr({ 'aria-label': text('crisis-plan.column.until') })
    .appendTo(row)
  for (const until of ['received', 'processed']) {
    $('<option>')
      .val(until)
      .text(text(`crisis-plan.option.${until}`))
      .appendTo(choice)
  }
  choice.val(given.until ?? 'received')
  input('channels')
  input('repeat')
  input('most')
}

/** Shows what is wrong, as the runtime would say it when the flows start. */
function prepareCheck(form: Form): void {
  const place = $('#hospital-crisis-steps-wrong')
  let timer: ReturnType<typeof setTimeout> | undefined
  let latest = 0
  const check = (): void => {
    const mine = ++latest
    post('plan-check', {
      receivedMinutes: form.text('receivedMinutes'),
      processedMinutes: form.text('processedMinutes'),
      steps: readTable(),
    }).done(({ problems }: { problems: readonly PlanProblem[] }) => {
      if (mine !== latest) return
      place.empty()
      for (const { step, setting, reason } of problems) {
        const where =
          step === null
            ? ''
            : text('crisis-plan.label.place', {
                step,
                column: text(`crisis-plan.column.${setting}`),
              })
        place.append($('<div>').text(where + inOwnLanguage(reason)))
      }
    })
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(check, PAUSE_MS)
  }
  table().on('change input', soon)
  form.watch(['receivedMinutes', 'processedMinutes'], soon)
}
