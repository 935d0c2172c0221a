import type { Dialog } from './dialog.js'
import type { Form } from './form.js'
import { addressAt } from './hosted.js'
import { line, text } from './page.js'
import * as rules from './rules.js'
import { BOARD_NUMBERS, isHeaderName, isPath, reachOf, variableIn } from './shared.js'

const NUMBERS = rules.numbers(BOARD_NUMBERS)

type Setting = (name: string) => unknown

const isProxy = (setting: Setting): boolean => setting('signIn') === 'proxy'

const path: rules.Rule = (value) =>
  isPath(rules.textOf(value)) || { key: 'crisis-board.error.path' }

const header: rules.Rule = (value) =>
  isHeaderName(rules.textOf(value)) || { key: 'crisis-board.error.header' }

/** Without the address of the proxy, anybody could say who they are. */
const proxies: rules.Rule = (value, setting) =>
  isProxy(setting) && rules.textOf(value) === ''
    ? { key: 'crisis-board.error.proxies' }
    : rules.addresses(value, setting)

export const board: Dialog = {
  rules: {
    ...NUMBERS,
    port: rules.where((setting) => setting('mount') === 'port', NUMBERS.port),
    path,
    zone: rules.zone,
    firstUser: rules.where((setting) => setting('signIn') === 'accounts', rules.given),
    proxies,
    userHeader: rules.where(isProxy, header),
    roleHeader: rules.where(isProxy, rules.blankOr(header)),
    healthAllow: rules.addresses,
    metricsAllow: rules.addresses,
  },

  prepare(form) {
    form.watch(['mount', 'host', 'port', 'tls', 'path', 'signIn'], () => refresh(form))
    form.input('mount').on('change', () => form.recheck('port'))
    form.input('signIn').on('change', () => {
      form.recheck('proxies', 'userHeader', 'roleHeader', 'firstUser')
    })
  },
}

function refresh(form: Form): void {
  const isOwnPort = form.text('mount') === 'port'
  const signIn = form.text('signIn')
  const host = form.text('host')
  const reach = variableIn(host) === undefined ? reachOf(host) : 'one'
  const address = addressAt(form, form.text('path'))
  $('#hospital-crisis-board-port').toggle(isOwnPort)
  $('#hospital-crisis-board-reach')
    .empty()
    .append(line('note', text(`crisis-service.reach.${reach}`, { host })))
  $('#hospital-crisis-board-address').text(address).attr('href', address)
  $('#hospital-crisis-board-first').toggle(signIn !== 'proxy')
  $('#hospital-crisis-board-proxy').toggle(signIn === 'proxy')
  $('#hospital-crisis-board-role').toggle(signIn !== 'accounts')
}
