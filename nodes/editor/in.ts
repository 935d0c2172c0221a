import type { Dialog } from './dialog.js'
import { text } from './page.js'
import { numbers } from './rules.js'
import { IN_NUMBERS } from './shared.js'

/** The dialog of a node that takes calls of a service. */
export const receiving = (set: 'crisis-in' | 'crisis-feedback-in'): Dialog => ({
  rules: numbers(IN_NUMBERS),

  prepare(form) {
    form.watch(['answer'], () => {
      const answer = form.text('answer') === 'flow' ? 'flow' : 'stored'
      $('#hospital-crisis-answer-tip').text(text(`${set}.tip.${answer}`))
    })
  },
})
