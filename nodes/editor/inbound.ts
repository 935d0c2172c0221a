import type { Form } from './form.js'
import { fillList, inOwnLanguage, post, text, type Reason } from './page.js'
import { SectionJson } from './section-json.js'
import {
  INBOUND_BLANK,
  inboundFields,
  inboundRule,
  INBOUND_SHAPES,
  type InboundFields,
} from './shared.js'

/** Time without a key before the runtime is asked what is wrong, in ms. */
const PAUSE_MS = 300

interface Problem {
  readonly pointer: string
  readonly reason: Reason
}

/** Rows of a rule, and where they are of use. */
const ROWS: readonly (readonly [
  name: keyof InboundFields,
  kind: 'text' | 'long' | 'check' | readonly string[],
  applies?: (fields: InboundFields) => boolean,
])[] = [
  ['elements', 'text'],
  ['namespace', 'text'],
  ['parameters', 'text'],
  ['document', 'text'],
  ['operation', ['SynCrisisInfo', 'SynCrisisResponseInfo', 'value']],
  ['parameter', 'text', ({ operation }) => operation === 'value'],
  ['path', 'text', ({ operation }) => operation === 'value'],
  ['crisisValues', 'text', ({ operation }) => operation === 'value'],
  ['feedbackValues', 'text', ({ operation }) => operation === 'value'],
  ['unwrap', 'text'],
  ['mapping', 'long'],
  ['response', 'text'],
  ['result', 'text'],
  ['resultNamespace', 'text'],
  ['shape', INBOUND_SHAPES],
  ['template', 'long', ({ shape }) => shape === 'template'],
  ['success', 'text'],
  ['failure', 'text'],
  ['fault', 'check'],
]

let numbers = 0

/** The rules of a service for calls of other shapes than ours. */
export class InboundList {
  readonly #list = $('#hospital-crisis-inbound')
  readonly #wrong = $('#hospital-crisis-inbound-wrong')
  readonly #form: Form
  #timer: number | undefined
  #latest = 0

  constructor(form: Form) {
    this.#form = form
    const soon = (): void => this.#checkSoon()
    this.#list.editableList({
      addButton: text('crisis-service.label.addRule'),
      removable: true,
      height: 'auto',
      addItem: (item, _index, rule) => {
        addRule(item, rule)
        soon()
      },
      removeItem: soon,
    })
    this.#list.on('change input', soon)
    form.watch(['zone'], soon)
    this.#fill((form.node['inbound'] ?? []) as readonly object[])
    const json = new SectionJson(
      () => this.read(),
      (value) => this.#fill(value as readonly object[]),
    )
    $('#hospital-crisis-inbound-json').append(json.fold)
  }

  read(): object[] {
    return this.#list
      .editableList('items')
      .toArray()
      .map((item) => inboundRule(fieldsIn(item)))
  }

  #fill(rules: readonly object[]): void {
    this.#list.editableList('empty')
    fillList(
      this.#list,
      rules.filter((rule) => typeof rule === 'object' && rule !== null),
    )
  }

  #checkSoon(): void {
    window.clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.#check(), PAUSE_MS)
  }

  /** Shows what is wrong, as the runtime would say it when the flows start. */
  #check(): void {
    // The dialog may have been closed meanwhile.
    if (this.#list[0]?.isConnected !== true) return
    const mine = ++this.#latest
    const asked = { inbound: this.read(), zone: this.#form.text('zone') }
    post('inbound-check', asked).done(({ problems }: { problems: readonly Problem[] }) => {
      if (mine !== this.#latest) return
      this.#wrong.empty()
      for (const { pointer, reason } of problems) {
        const [, rule = '0', ...place] = pointer.split('/')
        const said = text('crisis-service.label.rulePlace', {
          rule: Number(rule) + 1,
          place: place.join('/'),
          reason: inOwnLanguage(reason),
        })
        this.#wrong.append($('<div>').text(said))
      }
    })
  }
}

/** A new rule is of the shape that most platforms have. */
const READY: object = {
  elements: [],
  parameters: ['action', 'message'],
  document: 'message',
  operation: { parameter: 'action', values: {} },
  answer: { result: '*Result' },
}

function addRule(item: JQuery, given: object): void {
  const isNew = Object.keys(given).length === 0
  const fields = { ...INBOUND_BLANK, ...inboundFields(isNew ? READY : given) }
  const number = ++numbers
  const rows = ROWS.map(([name, kind, applies]) => {
    const id = `hospital-crisis-inbound-${number}-${name}`
    const said = text(`crisis-service.inbound.${name}`)
    const row = $('<div class="form-row">').appendTo(item)
    if (kind === 'check') {
      row.addClass('hospital-crisis-check')
      const label = $('<label>').appendTo(row)
      $('<input type="checkbox">')
        .attr({ id, 'data-part': name })
        .prop('checked', fields[name] === true)
        .appendTo(label)
      $('<span>').text(said).appendTo(label)
      return [row, applies] as const
    }
    $('<label>').attr('for', id).text(said).appendTo(row)
    // The blank stands between label and input as in the rows that are written out.
    row.append(' ')
    const input =
      kind === 'text'
        ? $('<input type="text">')
        : kind === 'long'
          ? $('<textarea rows="3" class="hospital-crisis-part" spellcheck="false">')
          : choice(kind, name)
    input
      .attr({ id, 'data-part': name, placeholder: hintOf(name) })
      .val(String(fields[name]))
      .appendTo(row)
    return [row, applies] as const
  })
  const refresh = (): void => {
    const now = fieldsIn(item)
    for (const [row, applies] of rows) row.toggle(applies?.(now) ?? true)
  }
  item.on('change', 'select', refresh)
  refresh()
}

/** The words in a blank field, where it has any. */
const HINTS: ReadonlySet<string> = new Set(
  (
    'elements namespace parameters document path crisisValues unwrap mapping ' +
    'response result resultNamespace template success failure'
  ).split(' '),
)

const hintOf = (name: string): string =>
  HINTS.has(name) ? text(`crisis-service.inboundHint.${name}`) : ''

function choice(values: readonly string[], name: string): JQuery {
  const select = $('<select>')
  for (const value of values) {
    $('<option>')
      .val(value)
      .text(
        text(`crisis-service.inboundOption.${name === 'shape' ? 'shape' : 'operation'}.${value}`),
      )
      .appendTo(select)
  }
  return select
}

function fieldsIn(item: JQuery): InboundFields {
  const typed = ROWS.map(([name, kind]) => {
    const input = item.find(`[data-part="${name}"]`)
    return [name, kind === 'check' ? input.prop('checked') === true : String(input.val() ?? '')]
  })
  return Object.fromEntries(typed) as InboundFields
}
