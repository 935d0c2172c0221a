import type { EditorNode } from './globals.js'
import type { Form } from './form.js'
import type { Rule } from './rules.js'

/** The dialog of one kind of node. */
export interface Dialog {
  /** Rules by the names of the settings; what has none is always right. */
  readonly rules: Readonly<Record<string, Rule>>
  /** Brings the open dialog to life. */
  prepare?(form: Form): void
  /** Puts into the node what no input holds; the editor has read the inputs by then. */
  save?(node: EditorNode, form: Form): void
}
