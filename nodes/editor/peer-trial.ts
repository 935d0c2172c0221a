import { SAVED, type Form } from './form.js'
import { ask, inOwnLanguage, line, reasonOf, text, type Reason } from './page.js'
import { requestTables } from './request.js'
import type { RuleFields, RuleList } from './reply-rule.js'
import type { ReplyRule } from './shared.js'
import type { ReplyRow } from './rules.js'

/** The answer of the runtime to each button: what the peer said, what it counts as, and what it could count as. */
interface Judged {
  readonly class: string
  readonly code: string
  readonly reason: Reason
  readonly action: 'done' | 'retry' | 'held' | 'dead'
  readonly reply: { readonly code: string; readonly desc: string }
  readonly proposals: readonly { readonly rule: ReplyRule; readonly value: string }[]
  readonly answer: string
  readonly document?: string
  readonly request?: string
  readonly raw?: string
}

const CREDENTIALS = ['licence', 'user', 'password', 'query', 'secrets'] as const
const LISTS: readonly RuleList[] = ['delivered', 'rejected', 'retry']

/** The parts of the dialog that no input holds. */
export interface TrialParts {
  readonly rule: RuleFields
  readonly replies: { read(): readonly ReplyRow[] }
}

/** The fold in which a peer is tried: shows the request, sends a test value, and judges what came back or was pasted. */
export function prepareTrial(form: Form, parts: TrialParts): void {
  const place = $('#hospital-crisis-trial-result')
  const confirmation = $('#hospital-crisis-trial-confirmation')
  const show = (judged: Judged): void => {
    place.append(...linesOf(judged), proposalsOf(form, parts.rule, judged))
  }
  const begin = (button: JQuery, path: string, more: object, done: (found: Judged) => void) => {
    place.empty().show()
    confirmation.hide()
    ask(button, path, { ...questionOf(form, parts), ...more })
      .done(done)
      .fail((request: JQuery.jqXHR) => place.append(line('bad', reasonOf(request))))
  }
  const showing = $('#hospital-crisis-trial-show')
  showing.on('click', () =>
    begin(showing, 'peer-request', {}, ({ request = '', document: shown = '' }) => {
      place.append(
        titled('crisis-peer.trial.document', shown),
        titled('crisis-peer.trial.request', request),
      )
    }),
  )
  $('#hospital-crisis-trial-send').on('click', () => {
    place.empty()
    confirmation.toggle()
  })
  const confirm = $('#hospital-crisis-trial-confirm')
  confirm.on('click', () => begin(confirm, 'peer-try', { confirmed: true }, show))
  const judging = $('#hospital-crisis-trial-judge')
  judging.on('click', () => {
    const answer = String($('#hospital-crisis-trial-answer').val() ?? '')
    begin(judging, 'peer-judge', { answer }, show)
  })
}

/** The dialog as it stands; a saved secret is known to the runtime only. */
function questionOf(form: Form, { rule, replies }: TrialParts): object {
  const settings = Object.entries(form.node._def.defaults).map(([name, { type }]) => [
    name,
    type === undefined ? form.value(name) : form.chosen(name),
  ])
  const typed = CREDENTIALS.map((name) => [name, form.typed(name)] as const)
  return {
    id: form.node.id,
    operation: $('#hospital-crisis-trial-operation').val(),
    config: {
      ...Object.fromEntries(settings),
      replyRule: rule.read(),
      replyTable: replies.read(),
      ...requestTables(),
    },
    credentials: Object.fromEntries(typed.filter(([, value]) => value !== SAVED)),
  }
}

function titled(key: string, content: string): JQuery {
  const block = $('<div>')
  if (content === '') return block
  return block.append(
    $('<div class="hospital-crisis-note">').text(text(key)),
    $('<pre class="hospital-crisis-code">').text(content),
  )
}

function linesOf({
  code,
  reason,
  action,
  reply,
  request,
  raw,
  answer,
  ...judged
}: Judged): JQuery[] {
  const kind = judged.class === 'delivered' ? 'good' : 'bad'
  const said = [reply.code, reply.desc].filter((part) => part !== '').join(' · ')
  return [
    line(kind, `${inOwnLanguage(reason)} [${code}]`),
    line('note', text(`crisis-peer.trial.${action}`)),
    ...(said === '' ? [] : [line('note', text('crisis-peer.trial.said', { said }))]),
    titled('crisis-peer.trial.request', request ?? ''),
    titled('crisis-peer.trial.raw', raw ?? ''),
    titled('crisis-peer.trial.answer', answer),
  ]
}

/** Where the code may stand: a person says what the value that stands there means. */
function proposalsOf(form: Form, fields: RuleFields, { proposals }: Judged): JQuery {
  const block = $('<div class="hospital-crisis-proposals">')
  if (proposals.length === 0) return block
  block.append($('<div class="hospital-crisis-note">').text(text('crisis-peer.trial.propose')))
  for (const { rule, value } of proposals) {
    const row = $('<div class="hospital-crisis-cells">').appendTo(block)
    $('<code>')
      .text(`${placeOf(rule)} = ${value}`)
      .appendTo(row)
    for (const list of LISTS) {
      const button = $('<button type="button" class="red-ui-button red-ui-button-small">')
      button.addClass(`hospital-crisis-means-${list}`)
      button.text(text(`crisis-peer.trial.as.${list}`)).appendTo(row)
      button.on('click', () => {
        form.input('replyProfile').val('rule').trigger('change')
        fields.take(rule, list, value)
        $('#hospital-crisis-answers').prop('open', true)
        row.nextAll('.hospital-crisis-good').remove()
        block.append(line('good', text('crisis-peer.trial.taken')))
      })
    }
  }
  return block
}

/** A place as a line: the returned element, the layers, the code. */
function placeOf({ returned, unwrap, code, form }: ReplyRule): string {
  const layers = unwrap.map(({ step, at }) => (at === '' ? text(`crisis-peer.step.${step}`) : at))
  const parts = [returned, ...layers, code === '' ? text(`crisis-peer.option.form.${form}`) : code]
  return parts.filter((part) => part !== '').join(' → ')
}
