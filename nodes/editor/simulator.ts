import type { Dialog } from './dialog.js'
import type { Form } from './form.js'
import type { EditorNode } from './globals.js'
import { post, reasonOf, text } from './page.js'
import { address, addresses, blankOr, numbers, path, textOf, type Rule } from './rules.js'
import { HIS_BEHAVIOURS, SIMULATOR_CHOICES, SIMULATOR_NUMBERS } from './shared.js'

const CHOICES = numbers(SIMULATOR_CHOICES)

const behaviour: Rule = (value, setting) =>
  setting('side') === 'his' ||
  !HIS_BEHAVIOURS.includes(textOf(value)) || { key: 'crisis-simulator.error.ofHisAlone' }

export const simulator: Dialog = {
  rules: {
    ...numbers(SIMULATOR_NUMBERS),
    behaviour,
    address,
    seconds: blankOr(CHOICES.seconds),
    port: blankOr(CHOICES.port),
    path: blankOr(path),
    allow: addresses,
  },

  prepare(form) {
    form.watch(['side', 'behaviour'], () => refresh(form))
    form.input('side').on('change', () => form.recheck('behaviour'))
  },
}

function refresh(form: Form): void {
  const isHis = form.text('side') === 'his'
  $('#hospital-crisis-pacs-rows').toggle(!isHis)
  $('#hospital-crisis-his-rows').toggle(isHis)
  $('#hospital-crisis-slow-row').toggle(form.text('behaviour') === 'slow')
  $('#hospital-crisis-address-tip').text(text(`crisis-simulator.tip.${isHis ? 'ofHis' : 'ofPacs'}`))
  // The chosen behaviour stays to be seen, be it none of this side.
  for (const name of HIS_BEHAVIOURS) {
    const isChosen = form.text('behaviour') === name
    form
      .input('behaviour')
      .find(`option[value="${name}"]`)
      .toggle(isHis || isChosen)
  }
}

/** The button of a node on the canvas: sends one critical value now. */
export function press(node: EditorNode): void {
  post('simulate', { id: node.id }).then(
    () => RED.notify(text('crisis-simulator.said.sent'), { type: 'success' }),
    (failed: JQuery.jqXHR) => RED.notify(reasonOf(failed), { type: 'error' }),
  )
}
