import type { Dialog } from './dialog.js'
import { SAVED, type Form } from './form.js'
import { addressAt } from './hosted.js'
import type { EditorNode } from './globals.js'
import { InboundList } from './inbound.js'
import { Licences } from './licences.js'
import { line, post, reasonOf, text } from './page.js'
import * as rules from './rules.js'
import { guardsOf, reachOf, SERVICE_NUMBERS, variableIn, type GuardFields } from './shared.js'

/** The secrets of a saved service as its dialog was given them; the browser does not get them by itself. */
interface Secrets {
  readonly licences: string
  readonly pathSecret: string
}

const NUMBERS = rules.numbers(SERVICE_NUMBERS)

let inbound: InboundList | undefined
let licences: Licences | undefined
let saved: Secrets | undefined

export const service: Dialog = {
  rules: {
    ...NUMBERS,
    port: rules.where((setting) => setting('mount') === 'port', NUMBERS.port),
    path: rules.path,
    publicUrl: rules.address,
    namespace: rules.namespace,
    resultName: rules.resultName,
    resultNamespace: rules.namespace,
    inbound: rules.inbound,
    zone: rules.zone,
    allow: rules.addresses,
    proxies: rules.addresses,
  },

  prepare(form) {
    const settings = [
      'mount',
      'host',
      'port',
      'path',
      'publicUrl',
      'licenceCheck',
      'tls',
      'clientCert',
    ]
    const guards = ['allow', 'proxies', 'auth', 'user', 'secret', 'pathSecret', 'unguarded']
    form.watch([...settings, ...guards], () => refresh(form))
    // The mount decides whether a port is needed.
    form.input('mount').on('change', () => form.recheck('port'))
    $('#hospital-crisis-new-path').on('click', () => {
      const bytes = Array.from(crypto.getRandomValues(new Uint8Array(16)))
      const secret = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
      form.input('pathSecret').val(secret).trigger('change')
    })
    $('[data-copies]').on('click', (event) => {
      const button = $(event.currentTarget)
      const copied = text('crisis-service.label.copied')
      RED.clipboard.copyText($(`#${button.attr('data-copies')}`).text(), button, copied)
    })
    prepareSecrets(form)
    inbound = new InboundList(form)
  },

  save(node, form) {
    if (inbound) node['inbound'] = inbound.read()
    inbound = undefined
    const path = form.input('pathSecret')
    const kept = form.input('licences')
    // A secret that was never shown, or not changed, stays as it is saved.
    if (path.val() !== '' && path.val() === saved?.pathSecret) path.val(SAVED)
    if (kept.val() === SAVED || licences === undefined) return
    const issued = licences.read()
    kept.val(issued !== '' && issued === saved?.licences ? SAVED : issued)
  },
}

const isOwnPort = (form: Form): boolean => form.text('mount') === 'port'
const hasTls = (form: Form): boolean => isOwnPort(form) && form.chosen('tls') !== ''

function refresh(form: Form): void {
  const auth = form.text('auth')
  const isChecked = form.isTicked('licenceCheck')
  const address = addressOf(form)
  $('#hospital-crisis-port-rows').toggle(isOwnPort(form))
  $('#hospital-crisis-reach').empty().append(reachLine(form))
  $('#hospital-crisis-address').text(address)
  $('#hospital-crisis-service-wsdl').text(`${address.replace(/\?.*$/, '')}?wsdl`)
  $('#hospital-crisis-auth-rows').toggle(auth !== '')
  $('#hospital-crisis-user-row').toggle(auth === 'basic')
  const secret = auth === 'bearer' ? 'token' : 'password'
  $('#hospital-crisis-secret-label').text(text(`crisis-service.label.${secret}`))
  // A tick that cannot be kept must be seen, because the service does not start with it.
  $('#hospital-crisis-client-row').toggle(
    isOwnPort(form) && (hasTls(form) || form.isTicked('clientCert')),
  )
  $('#hospital-crisis-guarded').empty().append(guardLine(form))
  $('#hospital-crisis-unchecked').toggle(!isChecked)
  $('#hospital-crisis-licence-rows').toggle(isChecked)
}

function reachLine(form: Form): JQuery {
  const host = form.text('host')
  const reach = isVariable(host) ? 'one' : reachOf(host)
  return line('note', text(`crisis-service.reach.${reach}`, { host }))
}

/** The guards of a service as the runtime will see them. */
function guardLine(form: Form): JQuery {
  const { whole, broken } = guardsOf(guardFields(form), rules.isAddressList, isVariable)
  const names = (list: readonly string[]): string =>
    list.map((name) => text(`crisis-service.label.${name}`)).join(' · ')
  const bad = (key: string, options?: object): JQuery =>
    line('bad', text(`crisis-service.guard.${key}`, options))
  if (broken.length > 0) return bad('broken', { names: names(broken) })
  if (whole.length > 0)
    return line('good', text('crisis-service.guard.good', { names: names(whole) }))
  if (form.isTicked('unguarded')) return bad('open')
  if (!form.isTicked('licenceCheck')) return bad('none')
  // Feedback carries a licence, a critical value does not (document 5.1).
  const users = new Set((form.node.users ?? []).map(({ type }) => type))
  if (users.has('crisis in')) return bad('licenceOnly')
  if (users.has('crisis feedback in')) return line('good', text('crisis-service.guard.licence'))
  return line('note', text('crisis-service.guard.licenceOnly'))
}

const isVariable = (value: string): boolean => variableIn(value) !== undefined

const guardFields = (form: Form): GuardFields => ({
  allow: form.text('allow'),
  proxies: form.text('proxies'),
  auth: form.text('auth'),
  user: form.typed('user'),
  secret: form.typed('secret'),
  // The saved one was checked when it was typed.
  pathSecret: form.text('pathSecret') === SAVED ? '${saved}' : form.text('pathSecret'),
  clientCert: form.isTicked('clientCert'),
  tls: !isOwnPort(form)
    ? undefined
    : hasTls(form)
      ? caOf(RED.nodes.node(form.chosen('tls')))
      : 'none',
})

/** Certificates of callers can be checked only by a CA of one's own. */
function caOf(tls: EditorNode | null): 'with CA' | 'without CA' {
  const { cadata, has_cadata: hasData } = tls?.credentials ?? {}
  // Node-RED 5 knows PFX containers and variables, in which a CA may be.
  const isFiles = tls !== null && ['', 'files', undefined].includes(tls['certType'] as string)
  const isWithout = isFiles && !tls['ca'] && !tls['caname'] && !cadata && hasData !== true
  return isWithout ? 'without CA' : 'with CA'
}

/** The address at which callers reach this service, as far as the browser can tell. */
function addressOf(form: Form): string {
  const secret = form.text('pathSecret').replace(SAVED, '****')
  const whole = (path: string): string =>
    secret === '' ? path : `${path.replace(/\/+$/, '')}/${secret}`
  const given = form.text('publicUrl')
  if (given !== '') return whole(given)
  return addressAt(form, whole(form.text('path')))
}

/** Shows the licences and the secret path to those who may change flows. */
function prepareSecrets(form: Form): void {
  const list = new Licences()
  licences = list
  saved = undefined
  const kept = form.input('licences')
  const path = form.input('pathSecret')
  const isKept = kept.val() === SAVED
  if (!isKept) list.fill(String(kept.val() ?? ''))
  if (!isKept && path.val() !== SAVED) return
  // Until they are there, what is saved stays as it is.
  list.area.toggle(!isKept)
  path.attr('type', path.val() === SAVED ? 'password' : 'text')
  post('service-secrets', { id: form.node.id })
    .done((secrets: Secrets) => {
      saved = secrets
      if (isKept) {
        kept.val(secrets.licences)
        list.fill(secrets.licences)
        list.area.show()
      }
      path.attr('type', 'text')
      if (path.val() === SAVED) path.val(secrets.pathSecret).trigger('change')
    })
    .fail((request: JQuery.jqXHR) => {
      const message = text('crisis-service.error.kept', { reason: reasonOf(request) })
      $('#hospital-crisis-licences-kept').text(message).show()
    })
}
