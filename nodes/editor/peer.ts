import type { Dialog } from './dialog.js'
import type { Form } from './form.js'
import { text } from './page.js'
import { prepareTrial } from './peer-trial.js'
import { RuleFields, replyRule } from './reply-rule.js'
import { Replies } from './replies.js'
import { prepareRequest, saveRequest } from './request.js'
import {
  address,
  blankOr,
  jsonCodes,
  numbers,
  parameters,
  peerAddress,
  replyTable,
  template,
  where,
  zone,
  type ReplyRow,
} from './rules.js'
import { PEER_NUMBERS, withoutLogin, type ReplyRule } from './shared.js'
import { prepareWsdl } from './wsdl.js'

const NUMBERS = numbers(PEER_NUMBERS)

let replies: Replies | undefined
let rule: RuleFields | undefined

export const peer: Dialog = {
  rules: {
    ...NUMBERS,
    wsdl: address,
    address: peerAddress,
    jsonSuccess: where((setting) => setting('replyProfile') === 'json', jsonCodes),
    zone,
    expireHours: blankOr(NUMBERS.expireHours),
    replyTable,
    replyRule,
    parameters,
    wrapper: template,
    soapHeader: template,
  },

  prepare(form) {
    replies = new Replies((form.node['replyTable'] ?? []) as readonly ReplyRow[])
    rule = new RuleFields(form.node['replyRule'] as Partial<ReplyRule> | null)
    // A WSDL that appears or goes decides whether an address is needed.
    form.input('wsdl').on('change', () => form.recheck('address'))
    form.watch(['login'], () => {
      const login = form.text('login')
      // A token is a password without a user.
      form.row('user').toggle(login !== '' && login !== 'bearer')
      form.row('password').toggle(login !== '')
    })
    for (const name of ['wsdl', 'address']) {
      form.input(name).on('change', () => moveLogin(form, name))
      moveLogin(form, name)
    }
    form.watch(['clockOffset'], () => {
      $('#hospital-crisis-offset-tip').toggle(!/^-?0*$/.test(form.text('clockOffset')))
    })
    form.watch(['replyProfile'], () => {
      const profile = form.text('replyProfile')
      $('#hospital-crisis-profile-tip').toggle(profile !== '')
      // Under the document's own profile the codes may stand there from before.
      const hasCodes = form.text('jsonSuccess') !== ''
      form.row('jsonSuccess').toggle(profile === 'json' || (profile === '' && hasCodes))
      $('#hospital-crisis-rule').toggle(profile === 'rule')
      form.recheck('jsonSuccess')
    })
    form.watch(['oldTls'], () => {
      $('#hospital-crisis-tls-tip').toggle(form.isTicked('oldTls'))
    })
    prepareRequest(form, { rule })
    prepareWsdl(form)
    prepareTrial(form, { rule, replies })
  },

  save(node, form) {
    if (replies) node['replyTable'] = replies.read()
    // A rule that is not in use is kept only where there was one.
    const isRuled = form.text('replyProfile') === 'rule'
    if (rule && (isRuled || node['replyRule'])) node['replyRule'] = rule.read()
    saveRequest(node)
  },
}

/** Moves the login in an address, which would be in every export of the flow, into the credentials. */
function moveLogin(form: Form, name: string): void {
  const { address: without, ...found } = withoutLogin(form.text(name))
  if (without === form.text(name)) return
  const { user, password, query } = found
  const hasBasic = user !== '' || password !== ''
  // A setting that is in use is not overwritten: a person must decide which of the two is meant.
  const isFree = (field: keyof typeof found): boolean =>
    found[field] === '' || ['', found[field]].includes(form.typed(field))
  const isFreeLogin =
    form.text('login') === '' ||
    (form.text('login') === 'basic' && isFree('user') && isFree('password'))
  const isLeft = !isFree('query') || (hasBasic && !isFreeLogin)
  const tip = isLeft ? 'crisis-peer.tip.query' : 'crisis-peer.tip.queryMoved'
  $('#hospital-crisis-query-tip').text(text(tip)).show()
  $('#hospital-crisis-login').prop('open', true)
  if (isLeft) return
  if (hasBasic) form.input('login').val('basic').trigger('change')
  for (const [field, part] of Object.entries({ user, password, query })) {
    if (part !== '') form.input(field).val(part)
  }
  form.input(name).val(without).trigger('change')
}
