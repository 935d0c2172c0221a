import type { Dialog } from './dialog.js'
import { failureCode, jsonCode, where } from './rules.js'

export const response: Dialog = {
  rules: {
    code: where((setting) => setting('outcome') === 'failure', failureCode),
    jsonSuccess: where((setting) => setting('format') !== 'xml', jsonCode),
  },

  prepare(form) {
    form.input('desc').typedInput({
      default: 'str',
      types: ['str', 'msg', 'flow', 'global', 'env', 'jsonata'],
      typeField: '#node-input-descType',
    })
    form.watch(['outcome', 'format'], () => {
      $('#hospital-crisis-code-row').toggle(form.text('outcome') === 'failure')
      $('#hospital-crisis-desc-row').toggle(form.text('outcome') !== 'payload')
      $('#hospital-crisis-json-row, #hospital-crisis-json-tip').toggle(
        form.text('format') !== 'xml',
      )
    })
  },
}
