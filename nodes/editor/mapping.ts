import type { Form } from './form.js'
import { fillList, post, reasonOf, text } from './page.js'
import { SectionJson } from './section-json.js'
import {
  MAPPING_FIELDS,
  MAPPING_TIMES,
  mappingFields,
  mappingRow,
  type MappingFields,
} from './shared.js'

const PAUSE_MS = 300

type Document = keyof typeof MAPPING_FIELDS

/** A table as flows and dialect files hold it. */
interface Table {
  readonly document?: unknown
  readonly format?: unknown
  readonly namespace?: unknown
  readonly each?: unknown
  readonly template?: unknown
  readonly rows?: unknown
}

const SAMPLE: Readonly<Record<Document, object>> = {
  crisis: {
    ExamNo: '00000001',
    ApplyNo: '00000001',
    SickNo: 'C0001',
    CrisisCode: '1',
    CrisisName: '张力性气胸',
    CrisisSettor: { code: '040002', name: '测试员' },
    CrisisSetDate: '2026-01-31',
    CrisisSetTime: '08:30:00',
  },
  feedback: {
    ExamNo: '00000001',
    ApplyNo: '00000001',
    CrisisReceiver: { code: '040002', name: '测试员' },
    CrisisReceiveDate: '2026-01-31',
    CrisisReceiveTime: '08:40:00',
  },
}

const COLUMNS = ['field', 'at', 'fixed', 'values', 'time', 'required'] as const

/** The mapping table of `crisis parser`, with what it makes of a sample. */
export class MappingList {
  readonly #form: Form
  readonly #list = $('#hospital-crisis-mapping')
  readonly #sample = $('#hospital-crisis-mapping-sample')
  readonly #note = $('#hospital-crisis-mapping-note')
  readonly #shown = $('#hospital-crisis-mapping-shown')
  #timer: number | undefined
  #latest = 0
  /** The sample as it was filled in, until a person changes it. */
  #untouched = ''

  constructor(form: Form) {
    this.#form = form
    const soon = (): void => this.#refreshSoon()
    this.#list.editableList({
      addButton: text('crisis-parser.label.addRow'),
      removable: true,
      sortable: true,
      header: headings(),
      height: 240,
      addItem: (item, _index, row) => {
        this.#addRow(item, row)
        soon()
      },
      removeItem: soon,
      sortItems: soon,
    })
    this.#fill(form.node['mapping'] ?? {})
    this.#list.on('change input', soon)
    this.#input('document').on('change', () => {
      const rows = this.#rows()
      this.#list.editableList('empty')
      fillList(this.#list, rows)
    })
    for (const name of ['document', 'format', 'each', 'namespace', 'template']) {
      this.#input(name).on('change input', soon)
    }
    form.watch(['action', 'zone', 'application'], soon)
    this.#sample.on('input', soon)
    const json = new SectionJson(
      () => this.read(),
      (value) => this.#fill(value),
    )
    $('#hospital-crisis-mapping-json').append(json.fold)
  }

  read(): object {
    const said = (name: string): object => {
      const value = String(this.#input(name).val() ?? '')
      return value.trim() === '' ? {} : { [name]: value }
    }
    return {
      ...said('document'),
      ...said('format'),
      ...said('namespace'),
      ...said('each'),
      rows: this.#rows(),
      ...said('template'),
    }
  }

  readonly #input = (name: string): JQuery => $(`#hospital-crisis-mapping-${name}`)

  #document(): Document {
    return this.#input('document').val() === 'feedback' ? 'feedback' : 'crisis'
  }

  #rows(): object[] {
    return this.#list
      .editableList('items')
      .toArray()
      .map((item) => mappingRow(fieldsIn(item)))
  }

  #fill(table: Table): void {
    const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
    this.#input('document').val(table.document === 'feedback' ? 'feedback' : 'crisis')
    this.#input('format').val(table.format === 'json' ? 'json' : 'xml')
    for (const name of ['namespace', 'each', 'template'] as const) {
      this.#input(name).val(textOf(table[name]))
    }
    this.#list.editableList('empty')
    const rows = Array.isArray(table.rows) ? (table.rows as readonly unknown[]) : []
    fillList(
      this.#list,
      rows.filter((row): row is object => typeof row === 'object' && row !== null),
    )
    this.#refreshSoon()
  }

  #addRow(item: JQuery, given: object): void {
    const fields = mappingFields(given)
    const row = $('<div class="hospital-crisis-cells hospital-crisis-mapping-row">').appendTo(item)
    const name = (column: string): Record<string, string> => ({
      'data-part': column,
      'aria-label': text(`crisis-parser.mapping.${column}`),
      title: text(`crisis-parser.mappingHint.${column}`),
    })
    const known: readonly string[] = MAPPING_FIELDS[this.#document()]
    // A field of the other document stays to be seen, and the runtime says that there is none.
    const others = fields.field === '' || known.includes(fields.field) ? [] : [fields.field]
    const field = choice([...known, ...others], text('crisis-parser.mapping.none'))
    field.attr(name('field')).val(fields.field).appendTo(row)
    for (const column of ['at', 'fixed', 'values'] as const) {
      $('<input type="text">').attr(name(column)).val(fields[column]).appendTo(row)
    }
    const time = choice(MAPPING_TIMES.slice(1), MAPPING_TIMES[0])
    time.attr(name('time')).val(fields.time).appendTo(row)
    $('<input type="checkbox">')
      .attr(name('required'))
      .prop('checked', fields.required)
      .appendTo(row)
    const refresh = (): void =>
      void time.css('visibility', String(field.val()).endsWith('At') ? 'visible' : 'hidden')
    field.on('change', refresh)
    refresh()
  }

  #refreshSoon(): void {
    window.clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.#refresh(), PAUSE_MS)
  }

  #refresh(): void {
    // The dialog may have been closed meanwhile.
    if (this.#list[0]?.isConnected !== true) return
    const action = this.#form.text('action')
    const mine = ++this.#latest
    if (action !== 'mapIn' && action !== 'mapOut') return
    this.#fillSample(action)
    const sample = String(this.#sample.val())
    if (sample.trim() === '') {
      this.#fail(text('crisis-parser.tip.sample'))
      return
    }
    const { zone, application } = {
      zone: this.#form.text('zone'),
      application: this.#form.text('application'),
    }
    post('mapping-preview', { action, mapping: this.read(), sample, zone, application })
      .done(({ shown }: { shown: string }) => {
        if (mine !== this.#latest) return
        this.#note.text('')
        this.#shown.text(shown).show()
      })
      .fail((request: JQuery.jqXHR) => {
        if (mine === this.#latest) this.#fail(reasonOf(request))
      })
  }

  #fillSample(action: string): void {
    if (this.#sample.val() !== this.#untouched) return
    const sample = action === 'mapOut' ? JSON.stringify(SAMPLE[this.#document()], null, 2) : ''
    this.#untouched = sample
    this.#sample.val(sample)
  }

  #fail(message: string): void {
    this.#shown.hide()
    this.#note.text(message)
  }
}

function headings(): JQuery {
  const row = $('<div class="hospital-crisis-cells hospital-crisis-steps-head">')
  for (const column of COLUMNS) {
    $('<span>')
      .addClass(`hospital-crisis-mapping-${column}`)
      .text(text(`crisis-parser.mapping.${column}`))
      .appendTo(row)
  }
  return row
}

function choice(values: readonly string[], blank: string): JQuery {
  const select = $('<select>')
  $('<option value="">').text(blank).appendTo(select)
  for (const value of values) $('<option>').val(value).text(value).appendTo(select)
  return select
}

function fieldsIn(item: JQuery): MappingFields {
  const part = (column: string): JQuery => item.find(`[data-part="${column}"]`)
  const typed = (column: string): string => String(part(column).val() ?? '')
  return {
    field: typed('field'),
    at: typed('at'),
    fixed: typed('fixed'),
    values: typed('values'),
    time: typed('time'),
    required: part('required').prop('checked') === true,
  }
}
