import type { Form } from './form.js'
import { SAVED } from './form.js'
import { fillRequest } from './request.js'
import { ask, inOwnLanguage, line, reasonOf, text, type Reason } from './page.js'

interface Port {
  readonly service: string
  readonly port: string
  readonly soapVersion: string
  readonly address: string
  readonly operations: readonly {
    readonly name: string
    readonly parameters: readonly string[]
    readonly style: string
    readonly namespace: string
    readonly soapAction: string
  }[]
  readonly warnings: readonly Reason[]
  readonly proposed?: Proposed
  readonly choices: readonly string[]
  readonly offers?: readonly Offer[]
  readonly needsWsdl: boolean
}

/** Settings, of which the table of parameters is a list. */
type Proposed = Readonly<Record<string, unknown>>

/** An operation of a platform, with the settings that call it. */
interface Offer {
  readonly operation: string
  readonly proposed: Proposed
  readonly choices: readonly string[]
  readonly warnings: readonly Reason[]
}

/** The answer of the runtime to the button: `WsdlReport`. */
interface Report {
  readonly services: readonly Port[]
  readonly warnings: readonly Reason[]
}

/** A person waits for the description, so no longer than a minute. */
const MAX_WAIT_SECONDS = 60

/** The button of a peer that fetches a WSDL, shows what it offers, and fills in the settings that call it. */
export function prepareWsdl(form: Form): void {
  const place = $('#hospital-crisis-wsdl')
  const button = $('#hospital-crisis-fetch')
  button.on('click', () => {
    place.empty().show()
    const address = form.text('address')
    if (form.text('wsdl') === '' && address === '') {
      place.append(line('bad', text('crisis-peer.error.nowhere')))
      return
    }
    // Most toolkits publish their description beside the address.
    const wsdl = form.text('wsdl') || `${address.replace(/\?.*$/, '')}?wsdl`
    ask(button, 'wsdl', questionOf(form, wsdl))
      .done((report: Report) => show(form, place, report, wsdl))
      .fail((request: JQuery.jqXHR) => place.append(line('bad', reasonOf(request))))
  })
}

function questionOf(form: Form, wsdl: string): object {
  // A text that is no number yet is left to the default.
  const seconds = (name: string): string =>
    String(Math.min(Number(form.text(name)) || 0, MAX_WAIT_SECONDS) || '')
  // The runtime has the saved one, which the editor does not know.
  const secret = (name: string): string => {
    const typed = form.typed(name)
    return typed === SAVED ? '' : typed
  }
  return {
    wsdl,
    id: form.node.id,
    address: form.text('address'),
    tls: form.chosen('tls'),
    connectSeconds: seconds('connectSeconds'),
    totalSeconds: seconds('totalSeconds'),
    login: form.text('login'),
    user: form.text('user'),
    password: secret('password'),
    query: secret('query'),
    lenient: form.isTicked('lenient'),
    oldTls: form.isTicked('oldTls'),
  }
}

const warn = (warning: Reason): JQuery =>
  $('<div class="hospital-crisis-error"><i class="fa fa-exclamation-triangle"></i> </div>').append(
    document.createTextNode(inOwnLanguage(warning)),
  )

function show(form: Form, place: JQuery, { services, warnings }: Report, wsdl: string): void {
  const found = new Set(services.flatMap(({ operations }) => operations.map(({ name }) => name)))
  place.append(...warnings.map(warn))
  for (const name of ['SynCrisisInfo', 'SynCrisisResponseInfo']) {
    if (found.has(name)) place.append(line('good', text('crisis-peer.wsdl.found', { name })))
  }
  for (const port of services)
    showPort(form, $('<div class="hospital-crisis-port">').appendTo(place), port, wsdl)
}

function showPort(form: Form, block: JQuery, port: Port, wsdl: string): void {
  const { service, soapVersion, address, operations, warnings, proposed, choices, needsWsdl } = port
  const title = `${service} / ${port.port} · SOAP ${soapVersion} · ${address || '–'}`
  $('<div class="hospital-crisis-note">').text(title).appendTo(block)
  operationTable(operations).appendTo(block)
  block.append(...warnings.map(warn))
  if (proposed) showProposal(form, block, { proposed, choices, wsdl: needsWsdl ? wsdl : undefined })
  else if (port.offers) showOffers(form, block, port.offers)
}

/** A person chooses which operation of a platform takes the document. */
function showOffers(form: Form, block: JQuery, offers: readonly Offer[]): void {
  const choice = $('<select class="hospital-crisis-operation">')
  choice.attr('aria-label', text('crisis-peer.wsdl.operation'))
  choice.append($('<option value="">').text(text('crisis-peer.wsdl.chooseOperation')))
  choice.append(...offers.map(({ operation }) => $('<option>').val(operation).text(operation)))
  $('<div>').append(choice).appendTo(block)
  const place = $('<div>').appendTo(block)
  choice.on('change', () => {
    place.empty()
    const offer = offers.find(({ operation }) => operation === choice.val())
    if (!offer) return
    place.append(...offer.warnings.map(warn))
    showProposal(form, place, { ...offer, wsdl: undefined })
  })
}

interface Proposal {
  readonly proposed: Proposed
  readonly choices: readonly string[]
  /** The address of the WSDL where it has to stay set. */
  readonly wsdl: string | undefined
}

function showProposal(form: Form, block: JQuery, { proposed, choices, wsdl }: Proposal): void {
  const choice = choiceOf(choices)
  if (choices.length > 0) $('<div>').append(choice).appendTo(block)
  const use = $('<button type="button" class="red-ui-button hospital-crisis-use">')
    .text(text('crisis-peer.wsdl.use'))
    .appendTo(block)
  use.on('click', () => {
    use.nextAll().remove()
    const parameter = String(choice.val() ?? '')
    if (choices.length > 0 && parameter === '') {
      choice.trigger('focus')
      use.after(line('bad', text('crisis-peer.wsdl.choose')))
      return
    }
    const rows = (proposed['parameters'] ?? []) as readonly { readonly name: string }[]
    fillRequest(form, {
      ...proposed,
      // A table of before would be sent in the place of what the WSDL says.
      parameters: rows.map((row) =>
        row.name === parameter ? { name: row.name, from: 'document', value: '' } : row,
      ),
      ...(choices.length > 0 && { parameter }),
      ...(wsdl !== undefined && { wsdl }),
    })
    const isMore = rows.length > 0 || proposed['soapHeader'] !== undefined
    $('#hospital-crisis-dialect').prop('open', true)
    $('#hospital-crisis-request').prop('open', (_, was: boolean) => was || isMore)
    use.after(line('good', text('crisis-peer.wsdl.used')))
  })
}

const HEAD = [
  'crisis-peer.wsdl.operation',
  'crisis-peer.wsdl.parameter',
  'crisis-peer.wsdl.style',
  'crisis-peer.wsdl.namespace',
]

function operationTable(operations: Port['operations']): JQuery {
  const table = $('<table class="hospital-crisis-table">')
  const head = HEAD.map((key) => $('<th>').text(text(key)))
  table.append($('<tr>').append(...head))
  for (const { name, parameters, style, soapAction, namespace } of operations) {
    const named = style === '' ? '' : $(`#node-config-input-style option[value="${style}"]`).text()
    const cells = [name, parameters.join(', '), named].map((cell) => $('<td>').text(cell || '–'))
    const last = $('<td>').text(namespace || '–')
    if (soapAction !== '') last.append($('<div>').text(soapAction))
    table.append($('<tr>').append(...cells, last))
  }
  return table
}

function choiceOf(names: readonly string[]): JQuery {
  const choice = $('<select class="hospital-crisis-parameter">')
  choice.attr('aria-label', text('crisis-peer.label.parameter'))
  choice.append($('<option value="">').text(text('crisis-peer.wsdl.choose')))
  return choice.append(...names.map((name) => $('<option>').val(name).text(name)))
}
