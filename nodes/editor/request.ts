import { SAVED, type Form } from './form.js'
import type { EditorNode } from './globals.js'
import { ask, inOwnLanguage, line, post, reasonOf, text, type Reason } from './page.js'
import type { RuleFields } from './reply-rule.js'
import { RequestRows } from './request-rows.js'
import type { ReplyRule } from './shared.js'

/** The part of the dialog that holds the rule for the answers. */
export interface AnswerParts {
  readonly rule: RuleFields
}

/** Time without a key before the runtime is asked what is wrong, in ms. */
const PAUSE_MS = 400

const SOURCES = [
  'document',
  'fixed',
  'credential',
  'env',
  'message',
  'id',
  'time',
  'template',
] as const

/** The settings of a request that an input holds. */
const TEXTS = [
  'soapVersion',
  'style',
  'element',
  'namespace',
  'parameter',
  'soapAction',
  'charset',
  'declaration',
  'wrapper',
  'soapHeader',
  'addressing',
  'carrier',
  'login',
]
const FLAGS = ['cdata', 'allowGbk', 'oldTls']
const CREDENTIALS = ['user', 'password', 'licence', 'secrets']

let parameters: RequestRows | undefined
let headers: RequestRows | undefined

/** Brings the part of a peer's dialog to life that says what a request has beside the document. */
export function prepareRequest(form: Form, parts: AnswerParts): void {
  const rowsOf = (name: string) => (form.node[name] ?? []) as readonly object[]
  parameters = new RequestRows(
    $('#hospital-crisis-parameters'),
    [
      { name: 'name' },
      { name: 'from', choices: SOURCES },
      { name: 'value' },
      { name: 'namespace' },
    ],
    'crisis-peer.label.addParameter',
    rowsOf('parameters'),
  )
  headers = new RequestRows(
    $('#hospital-crisis-headers'),
    [{ name: 'name', placeholder: 'X-Hospital' }, { name: 'value' }],
    'crisis-peer.label.addHeader',
    rowsOf('httpHeaders'),
  )
  prepareCheck(form)
  prepareFiles(form, parts)
}

export function saveRequest(node: EditorNode): void {
  if (parameters) node['parameters'] = parameters.read()
  if (headers) node['httpHeaders'] = headers.read()
}

/** The tables as they stand in the open dialog. */
export const requestTables = () => ({
  parameters: parameters?.read() ?? [],
  httpHeaders: headers?.read() ?? [],
})

/** Fills in settings, whether an input or a table holds them. */
export function fillRequest(form: Form, settings: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (name === 'parameters') parameters?.replace(value as readonly object[])
    else if (name === 'httpHeaders') headers?.replace(value as readonly object[])
    else if (typeof value === 'boolean') form.input(name).prop('checked', value).trigger('change')
    else if (typeof value === 'string') form.input(name).val(value).trigger('change')
  }
}

const configOf = (form: Form): object => ({
  ...Object.fromEntries(TEXTS.map((name) => [name, form.text(name)])),
  ...Object.fromEntries(FLAGS.map((name) => [name, form.isTicked(name)])),
  ...requestTables(),
})

interface Problem {
  readonly pointer: string
  readonly reason: Reason
}

/** Shows what is wrong, as the runtime would say it when the flows start. */
function prepareCheck(form: Form): void {
  const place = $('#hospital-crisis-request-wrong')
  let timer: ReturnType<typeof setTimeout> | undefined
  let latest = 0
  const check = (): void => {
    // The dialog was closed meanwhile, and its tables with it.
    if (place.closest('body').length === 0) return
    const mine = ++latest
    const typed = CREDENTIALS.map((name) => [name, form.typed(name)] as const)
    const question = {
      id: form.node.id,
      config: configOf(form),
      credentials: Object.fromEntries(typed.filter(([, value]) => value !== SAVED)),
    }
    post('request-check', question)
      .done(({ problems }: { problems: readonly Problem[] }) => {
        if (mine !== latest) return
        const lines = problems.map(({ pointer, reason }) =>
          line('bad', `${pointer} ${inOwnLanguage(reason)}`),
        )
        place.empty().append(...lines)
      })
      .fail((request: JQuery.jqXHR) => {
        if (mine === latest) place.empty().append(line('bad', reasonOf(request)))
      })
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(check, PAUSE_MS)
  }
  parameters?.onChange(soon)
  headers?.onChange(soon)
  form.watch(['wrapper', 'soapHeader', 'addressing', 'carrier', ...CREDENTIALS], soon)
}

interface Shipped {
  readonly file: string
  readonly name: Reason
  readonly note: Reason
}

interface Read {
  readonly name: Reason
  readonly note: Reason
  readonly settings?: Readonly<Record<string, unknown>>
  readonly answer?: {
    readonly replyProfile: string
    readonly jsonSuccess: string
    readonly replyRule: ReplyRule | null
  }
}

/** The dialects that come with the package, and files of others. */
function prepareFiles(form: Form, { rule }: AnswerParts): void {
  const choice = $('#hospital-crisis-dialect-file')
  const place = $('#hospital-crisis-dialect-note')
  const wrong = (request: JQuery.jqXHR): void =>
    void place.empty().append(line('bad', reasonOf(request)))
  const use = (read: Read): void => {
    const { name, note, settings = {}, answer } = read
    fillRequest(form, settings)
    if (answer) {
      fillRequest(form, { replyProfile: answer.replyProfile, jsonSuccess: answer.jsonSuccess })
      if (answer.replyRule) rule.put(answer.replyRule)
      $('#hospital-crisis-answers').prop('open', true)
    }
    place
      .empty()
      .append(
        line('good', text('crisis-peer.dialect.used', { name: inOwnLanguage(name) })),
        line('note', inOwnLanguage(note)),
      )
    const query = (settings['query'] ?? []) as readonly string[]
    if (query.length > 0) {
      const names = query.map((one) => `${one}=…`).join('&')
      place.append(line('note', text('crisis-peer.dialect.query', { names })))
    }
    $('#hospital-crisis-dialect, #hospital-crisis-request').prop('open', true)
  }
  post('dialects', {}).done(({ dialects }: { dialects: readonly Shipped[] }) => {
    const options = dialects.map(({ file, name }) =>
      $('<option>').val(file).text(inOwnLanguage(name)),
    )
    choice.append(...options)
  })
  choice.on('change', () => {
    const file = String(choice.val() ?? '')
    if (file !== '') post('dialect-read', { file }).done(use).fail(wrong)
  })
  const input = $('#hospital-crisis-dialect-import')
  input.attr('aria-label', text('crisis-peer.dialect.import'))
  $('#hospital-crisis-dialect-open').on('click', () => void input.trigger('click'))
  input.on('change', () => {
    const file = (input.get(0) as HTMLInputElement | undefined)?.files?.[0]
    void file
      ?.text()
      .then((content) => post('dialect-read', { text: content }).done(use).fail(wrong))
    input.val('')
  })
  const save = $('#hospital-crisis-dialect-export')
  save.on('click', () => {
    place.empty()
    const name = form.text('name') || text('crisis-peer.paletteLabel')
    const answer = {
      replyProfile: form.text('replyProfile'),
      jsonSuccess: form.text('jsonSuccess'),
      ...(form.text('replyProfile') === 'rule' && { replyRule: rule.read() }),
    }
    ask(save, 'dialect-write', { name, config: configOf(form), answer })
      .done(({ text: content }: { text: string }) => download(`${name}.json`, content))
      .fail(wrong)
  })
}

function download(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
