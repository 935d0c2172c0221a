import type { Dialog } from './dialog.js'
import { Replies } from './replies.js'
import {
  address,
  blankOr,
  jsonCodes,
  numbers,
  peerAddress,
  replyTable,
  where,
  zone,
  type ReplyRow,
} from './rules.js'
import { holdsLogin, PEER_NUMBERS } from './shared.js'
import { prepareWsdl } from './wsdl.js'

const NUMBERS = numbers(PEER_NUMBERS)

let replies: Replies | undefined

export const peer: Dialog = {
  rules: {
    ...NUMBERS,
    wsdl: address,
    address: peerAddress,
    jsonSuccess: where((setting) => setting('replyProfile') === 'json', jsonCodes),
    zone,
    expireHours: blankOr(NUMBERS.expireHours),
    replyTable,
  },

  prepare(form) {
    replies = new Replies((form.node['replyTable'] ?? []) as readonly ReplyRow[])
    // A WSDL that appears or goes decides whether an address is needed.
    form.input('wsdl').on('change', () => form.recheck('address'))
    // A login in an address would be in every export of the flow.
    form.watch(['wsdl', 'address'], () => {
      const found = holdsLogin(form.text('wsdl')) || holdsLogin(form.text('address'))
      $('#hospital-crisis-query-tip').toggle(found)
      if (found) $('#hospital-crisis-login').prop('open', true)
    })
    form.watch(['login'], () => {
      for (const name of ['user', 'password']) form.row(name).toggle(form.text('login') !== '')
    })
    form.watch(['clockOffset'], () => {
      $('#hospital-crisis-offset-tip').toggle(!/^-?0*$/.test(form.text('clockOffset')))
    })
    form.watch(['replyProfile'], () => {
      const profile = form.text('replyProfile')
      $('#hospital-crisis-profile-tip').toggle(profile !== '')
      // Under the document's own profile the codes may stand there from before.
      const hasCodes = form.text('jsonSuccess') !== ''
      form.row('jsonSuccess').toggle(profile === 'json' || (profile === '' && hasCodes))
      form.recheck('jsonSuccess')
    })
    prepareWsdl(form)
  },

  save(node) {
    if (replies) node['replyTable'] = replies.read()
  },
}
