import type { Dialog } from './dialog.js'
import { text } from './page.js'
import { numbers, where } from './rules.js'
import { REGISTER_NUMBERS } from './shared.js'

/** Questions that are answered by a list. */
const LISTS = ['open', 'find', 'dead', 'parked', 'holds', 'callers', 'refused', 'register']

/** Questions about a period. */
const PERIODS = ['figures', 'register', 'reconcile']

/** Questions that measure times. */
const MEASURES = ['figures', 'register']

/** Questions whose answer changes something. */
const CHANGES = ['replay', 'cancel', 'lift', 'cancelAlert', 'chooseContent', 'passOn', 'giveUp']

const NUMBERS = numbers(REGISTER_NUMBERS)

const isOf =
  (queries: readonly string[]) =>
  (setting: (name: string) => unknown): boolean =>
    queries.includes(String(setting('query')))

export const register: Dialog = {
  rules: {
    limit: where(isOf(LISTS), NUMBERS.limit),
    receiveMinutes: where(isOf(MEASURES), NUMBERS.receiveMinutes),
    processMinutes: where(isOf(MEASURES), NUMBERS.processMinutes),
  },

  prepare(form) {
    form.watch(['query'], () => {
      const query = form.text('query')
      $('#hospital-crisis-limit-row').toggle(LISTS.includes(query))
      $('#hospital-crisis-query-tip').text(text(`crisis-register.tip.${query || 'open'}`))
      $('#hospital-crisis-query-warning').toggle(CHANGES.includes(query))
      $('#hospital-crisis-period-row').toggle(PERIODS.includes(query))
      $('#hospital-crisis-by-row').toggle(query === 'figures')
      $('#hospital-crisis-limits-rows').toggle(MEASURES.includes(query))
      $('#hospital-crisis-format-rows').toggle(query === 'register')
      form.recheck('limit', 'receiveMinutes', 'processMinutes')
    })
  },
}
