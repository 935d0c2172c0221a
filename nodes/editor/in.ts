import type { Dialog } from './dialog.js'
import { text } from './page.js'
import { number } from './rules.js'

/** The dialog of a node that takes calls of a service. */
export const receiving = (set: 'crisis-in' | 'crisis-feedback-in'): Dialog => ({
  rules: { graceSeconds: number(0, 600) },

  prepare(form) {
    form.watch(['answer'], () => {
      const answer = form.text('answer') === 'flow' ? 'flow' : 'stored'
      $('#hospital-crisis-answer-tip').text(text(`${set}.tip.${answer}`))
    })
  },
})
