import type { Dialog } from './dialog.js'
import { text } from './page.js'
import { numbers, where } from './rules.js'
import { REGISTER_NUMBERS } from './shared.js'

/** Questions that are answered by a list. */
const LISTS = ['open', 'find', 'dead', 'parked', 'holds', 'callers', 'refused']

/** Questions whose answer changes something. */
const CHANGES = ['replay', 'cancel', 'lift', 'cancelAlert', 'chooseContent', 'passOn', 'giveUp']

export const register: Dialog = {
  rules: {
    limit: where(
      (setting) => LISTS.includes(String(setting('query'))),
      numbers(REGISTER_NUMBERS).limit,
    ),
  },

  prepare(form) {
    form.watch(['query'], () => {
      const query = form.text('query')
      $('#hospital-crisis-limit-row').toggle(LISTS.includes(query))
      $('#hospital-crisis-query-tip').text(text(`crisis-register.tip.${query || 'open'}`))
      $('#hospital-crisis-query-warning').toggle(CHANGES.includes(query))
      form.recheck('limit')
    })
  },
}
