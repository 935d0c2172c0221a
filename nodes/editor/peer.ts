import type { Dialog } from './dialog.js'
import { Replies } from './replies.js'
import {
  address,
  blankOr,
  jsonCodes,
  number,
  peerAddress,
  replyTable,
  whole,
  where,
  zone,
  type ReplyRow,
} from './rules.js'
import { holdsLogin } from './shared.js'
import { prepareWsdl } from './wsdl.js'

let replies: Replies | undefined

export const peer: Dialog = {
  rules: {
    wsdl: address,
    address: peerAddress,
    connectSeconds: number(1, 3600),
    totalSeconds: number(1, 3600),
    maxKilobytes: number(1, 65_536),
    jsonSuccess: where((setting) => setting('replyProfile') === 'json', jsonCodes),
    zone,
    clockOffset: whole(-86_400, 86_400),
    parallel: whole(1, 32),
    perMinute: whole(0, 10_000),
    troubleMinutes: number(1, 1440),
    expireHours: blankOr(number(1, 8760)),
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
