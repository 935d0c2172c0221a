import type { Dialog } from './dialog.js'
import type { Form } from './form.js'
import { ask, inOwnLanguage, line, post, reasonOf, text, type Reason } from './page.js'
import { COLUMNS, RosterRows } from './roster-rows.js'
import { drawWeek, type Week } from './roster-week.js'
import * as rules from './rules.js'
import { namesIn, type PlanStepRow, type RosterTableRow } from './shared.js'

/** Time without a key before the runtime is asked, in ms. */
const PAUSE_MS = 300

/** More faults than these are not read. */
const MOST_FAULTS = 8

/** Largest file that is sent to the runtime, in bytes. */
const MOST_BYTES = 3 * 1024 * 1024

interface Fault {
  readonly row: number | null
  readonly column: string
  readonly typed: string
  readonly reason: Reason
}

interface Checked {
  readonly faults: readonly Fault[]
  readonly week: Week | null
  readonly rows?: readonly RosterTableRow[]
}

let rows: RosterRows | undefined

export const roster: Dialog = {
  rules: {
    zone: rules.zone,
    file: rules.where((setting) => setting('source') === 'file', rules.given),
    rows: rules.where((setting) => setting('source') !== 'file', rules.rosterRows),
  },

  prepare(form) {
    const saved = (form.node['rows'] ?? []) as readonly RosterTableRow[]
    const isNew = saved.length === 0 && form.text('source') !== 'file'
    if (isNew) fillNew(form)
    const soon = checker(form)
    const table = new RosterRows($('#hospital-crisis-roster-rows'), channelsIn(form), soon)
    rows = table
    table.fill(isNew ? readyRows() : saved)
    form.watch(['source'], () => {
      const isFile = form.text('source') === 'file'
      $('#hospital-crisis-roster-file').toggle(isFile)
      $('#hospital-crisis-roster-table').toggle(!isFile)
      form.recheck('file')
    })
    form.watch(['channels'], () => table.showChannels(channelsIn(form)))
    form.watch(['source', 'file', 'channels', 'zone', 'shifts', 'holidays', 'workdays'], soon)
    prepareLoading(form)
  },

  save(node) {
    node['rows'] = (rows?.read() ?? []).filter((row) => !isBlank(row))
  },
}

const channelsIn = (form: Form): readonly string[] => [...new Set(namesIn(form.text('channels')))]

const isBlank = ({ addresses, ...row }: RosterTableRow): boolean =>
  [...Object.values(row), ...Object.values(addresses)].every((cell) => cell === '')

/** The steps of all plans in the flows, which say whom the roster must know. */
function stepsOfPlans(): readonly PlanStepRow[] {
  const steps: PlanStepRow[] = []
  RED.nodes.eachConfig((node) => {
    if (node.type !== 'crisis plan') return
    steps.push(...((node['steps'] ?? []) as readonly PlanStepRow[]))
  })
  return steps
}

/** Begins with the channels of the plans, and the shifts of most wards. */
function fillNew(form: Form): void {
  const known = stepsOfPlans().flatMap(({ channels }) => namesIn(channels))
  RED.nodes.eachConfig((node) => {
    if (node.type === 'crisis channel') known.push(...namesIn(rules.textOf(node['name'])))
  })
  if (form.text('channels') === '') form.input('channels').val([...new Set(known)].join(', '))
  if (form.text('shifts') === '') form.input('shifts').val(text('crisis-roster.ready.shifts'))
}

/** A row for each role that the plans call. */
function readyRows(): readonly Partial<RosterTableRow>[] {
  const roles = [...new Set(stepsOfPlans().map(({ role }) => role))]
  return roles.length > 0 ? roles.map((role) => ({ role })) : [{}]
}

/** The settings as they stand, for the runtime. */
const askedOf = (form: Form, filled: readonly RosterTableRow[]): object => ({
  zone: form.text('zone'),
  source: form.text('source'),
  file: form.text('file'),
  channels: form.text('channels'),
  shifts: form.typed('shifts'),
  holidays: form.typed('holidays'),
  workdays: form.typed('workdays'),
  rows: filled,
  steps: stepsOfPlans(),
})

/** Shows what is wrong, where the gaps are and who is on call, as the runtime says it. */
function checker(form: Form): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let latest = 0
  const check = (): void => {
    const mine = ++latest
    const all = rows?.read() ?? []
    // Those that were begun and left are not saved.
    const places = all.flatMap((row, n) => (isBlank(row) ? [] : [n]))
    const filled = all.filter((row) => !isBlank(row))
    const place = $('#hospital-crisis-roster-faults')
    post('roster-check', askedOf(form, filled))
      .done(({ faults, week }: Checked) => {
        if (mine !== latest) return
        const isTable = form.text('source') !== 'file'
        // The table counts its rows as the dialog shows them.
        const placed = faults.map((fault) =>
          isTable && fault.row !== null
            ? { ...fault, row: (places[fault.row - 1] ?? fault.row - 1) + 1 }
            : fault,
        )
        showFaults(place, placed)
        rows?.mark(isTable ? placed.map(({ row, column }) => [(row ?? 0) - 1, column]) : [])
        drawWeek($('#hospital-crisis-roster-week'), week)
      })
      .fail((request: JQuery.jqXHR) => {
        if (mine === latest) place.empty().append(line('note', reasonOf(request)))
      })
  }
  return () => {
    clearTimeout(timer)
    timer = setTimeout(check, PAUSE_MS)
  }
}

function showFaults(place: JQuery, faults: readonly Fault[]): void {
  place.empty()
  for (const fault of faults.slice(0, MOST_FAULTS)) {
    place.append(line('bad', placeOf(fault) + inOwnLanguage(fault.reason)))
  }
  const more = faults.length - MOST_FAULTS
  if (more > 0) place.append(line('bad', text('crisis-roster.label.more', { count: more })))
}

function placeOf({ row, column, typed }: Fault): string {
  const isOurs = (COLUMNS as readonly string[]).includes(column)
  if (row !== null) {
    const named = isOurs ? text(`crisis-roster.column.${column}`) : column
    return text('crisis-roster.label.place', { row, column: named })
  }
  const setting = text(`crisis-roster.label.${column}`)
  return text('crisis-roster.label.setting', { setting: typed ? `${setting} “${typed}”` : setting })
}

function prepareLoading(form: Form): void {
  const chosen = $('#hospital-crisis-roster-chosen')
  const pasted = $('#hospital-crisis-roster-pasted')
  $('#hospital-crisis-roster-load').on('click', () => chosen.trigger('click'))
  chosen.on('change', () => {
    const [file] = (chosen[0] as HTMLInputElement | undefined)?.files ?? []
    if (!file) return
    void file.arrayBuffer().then((bytes) => {
      // The same file may be chosen again.
      chosen.val('')
      load(form, file.name, { bytes: base64Of(new Uint8Array(bytes)) })
    })
  })
  $('#hospital-crisis-roster-paste').on('click', () => {
    pasted.val('').toggle()
    if (pasted.is(':visible')) pasted.trigger('focus')
  })
  pasted.on('input', () => {
    const csv = String(pasted.val())
    if (csv.trim() !== '') load(form, text('crisis-roster.label.pasted'), { csv })
  })
  $('#hospital-crisis-roster-download').on('click', (event) => {
    const filled = (rows?.read() ?? []).filter((row) => !isBlank(row))
    const language = RED.i18n.lang().startsWith('zh') ? 'zh' : 'en'
    ask($(event.currentTarget), 'roster-csv', { ...askedOf(form, filled), language })
      .done(({ csv }: { csv: string }) => download(csv, form.text('name')))
      .fail((request: JQuery.jqXHR) => loaded('bad', reasonOf(request)))
  })
}

const loaded = (kind: 'good' | 'bad', message: string): void =>
  void $('#hospital-crisis-roster-loaded').empty().append(line(kind, message))

/** Puts a table into the rows, where the runtime can read it whole. */
function load(form: Form, name: string, table: { bytes?: string; csv?: string }): void {
  if ((table.bytes ?? table.csv ?? '').length > (MOST_BYTES * 4) / 3) {
    return loaded('bad', text('crisis-roster.error.tooBig'))
  }
  post('roster-check', { ...askedOf(form, []), ...table })
    .done(({ faults, rows: found }: Checked) => {
      if (found) {
        rows?.fill(found)
        $('#hospital-crisis-roster-pasted').val('').hide()
        return loaded('good', text('crisis-roster.label.loaded', { name, count: found.length }))
      }
      loaded('bad', text('crisis-roster.error.notLoaded', { name }))
      const place = $('<div>').appendTo('#hospital-crisis-roster-loaded')
      showFaults(place, faults)
    })
    .fail((request: JQuery.jqXHR) => loaded('bad', reasonOf(request)))
}

function base64Of(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let n = 0; n < bytes.length; n += 0x8000) {
    parts.push(String.fromCharCode(...bytes.subarray(n, n + 0x8000)))
  }
  return btoa(parts.join(''))
}

function download(csv: string, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv;charset=utf-8' }))
  link.download = `${name || text('crisis-roster.paletteLabel')}.csv`
  link.click()
  URL.revokeObjectURL(link.href)
}
