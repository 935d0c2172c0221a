import { board } from './board.js'
import { channel } from './channel.js'
import { acknowledge } from './acknowledge.js'
import type { Dialog } from './dialog.js'
import { Form } from './form.js'
import type { EditorNode } from './globals.js'
import { receiving } from './in.js'
import { crisisOut, feedbackOut } from './out.js'
import { text } from './page.js'
import { paging } from './paging.js'
import { parser } from './parser.js'
import { peer } from './peer.js'
import { plan } from './plan.js'
import { register } from './register.js'
import { response } from './response.js'
import { roster } from './roster.js'
import { service } from './service.js'
import { press as pressSimulator, simulator } from './simulator.js'
import { store } from './store.js'
import { watch } from './watch.js'

export { addSidebar } from './sidebar.js'

/** The dialogs by the names of their node sets. */
export const DIALOGS: Readonly<Record<string, Dialog>> = {
  'crisis-store': store,
  'crisis-peer': peer,
  'crisis-service': service,
  'crisis-out': crisisOut,
  'crisis-in': receiving('crisis-in'),
  'crisis-feedback-out': feedbackOut,
  'crisis-feedback-in': receiving('crisis-feedback-in'),
  'generic-response': response,
  'crisis-parser': parser,
  'crisis-register': register,
  'crisis-plan': plan,
  'crisis-roster': roster,
  'crisis-watch': watch,
  'crisis-page': paging,
  'crisis-channel': channel,
  'crisis-acknowledge': acknowledge,
  'crisis-board': board,
  'crisis-simulator': simulator,
}

/** True, or what is wrong with a setting, in the editor's language. */
export function validate(
  set: string,
  name: string,
  node: EditorNode,
  value: unknown,
): true | string {
  const form = new Form(node)
  const verdict = DIALOGS[set]?.rules[name]?.(value, (other) => form.value(other)) ?? true
  return verdict === true ? true : text(verdict.key, verdict.options)
}

/** Brings the dialog of a node to life once the editor has filled in its settings. */
export function prepare(set: string, node: EditorNode): void {
  const form = new Form(node)
  form.fillAbsent()
  form.openFolds()
  DIALOGS[set]?.prepare?.(form)
}

export function save(set: string, node: EditorNode): void {
  DIALOGS[set]?.save?.(node, new Form(node))
}

/** Somebody presses the button that a node has on the canvas. */
export function press(set: string, node: EditorNode): void {
  if (set === 'crisis-simulator') pressSimulator(node)
}

/** Looks again at all nodes of ours, which counted as valid until the rules were there. */
export function recheckAll(): void {
  const recheck = (node: EditorNode): void => {
    if (Object.hasOwn(DIALOGS, node.type.replaceAll(' ', '-'))) RED.editor.validateNode(node)
  }
  RED.nodes.eachConfig(recheck)
  RED.nodes.eachNode(recheck)
  RED.view.redraw()
}
