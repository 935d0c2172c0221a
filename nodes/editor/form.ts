import { textOf } from './rules.js'
import type { EditorNode } from './globals.js'

/**
 * Settings that mean something else where a flow does not have them than a new node begins with: an own port of a
 * service that was saved without an address listens on all of them.
 */
const ABSENT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'crisis service': { host: '' },
}

/** The meaning of a setting that a flow of an earlier version does not have. */
function meaningOf(node: EditorNode, name: string): unknown {
  return node[name] ?? ABSENT[node.type]?.[name] ?? node._def.defaults[name]?.value
}

/** The mark of the editor for a credential that is saved, which the browser is not given by itself. */
export const SAVED = '__PWRD__'

/** The open dialog of a node: its settings as they stand there, else as they were saved. */
export class Form {
  readonly node: EditorNode
  readonly #prefix: string

  constructor(node: EditorNode) {
    this.node = node
    this.#prefix = node._def.category === 'config' ? '#node-config-input-' : '#node-input-'
  }

  input(...names: string[]): JQuery {
    return $(names.map((name) => this.#prefix + name).join())
  }

  row(name: string): JQuery {
    return this.input(name).closest('.form-row')
  }

  value(name: string): unknown {
    const input = this.input(name)
    if (input.length === 0) return this.node[name]
    return input.attr('type') === 'checkbox' ? input.prop('checked') === true : input.val()
  }

  text(name: string): string {
    return textOf(this.value(name))
  }

  /** A setting to the character, for what may begin or end with a blank. */
  typed(name: string): string {
    const value = this.value(name)
    return typeof value === 'string' ? value : ''
  }

  isTicked(name: string): boolean {
    return this.value(name) === true
  }

  /** The config node that is chosen, `''` for none; the editor's entry for a new one is none. */
  chosen(name: string): string {
    const id = this.text(name)
    return id === '_ADD_' ? '' : id
  }

  /** Runs a function now, and whenever one of these settings changes. */
  watch(names: readonly string[], refresh: () => void): void {
    this.input(...names).on('change input', refresh)
    refresh()
  }

  /** Has the editor look again at settings whose rule depends on one that has changed. */
  recheck(...names: string[]): void {
    this.input(...names).trigger('change')
  }

  /** Shows the meaning of what a flow of an earlier version does not have. */
  fillAbsent(): void {
    for (const [name, { type }] of Object.entries(this.node._def.defaults)) {
      // The editor itself shows that no config node is chosen.
      if (type !== undefined || this.node[name] !== undefined) continue
      const input = this.input(name)
      const meaning = meaningOf(this.node, name)
      if (input.attr('type') === 'checkbox') input.prop('checked', meaning === true)
      else if (typeof meaning === 'string') input.val(meaning)
      input.trigger('change')
    }
  }

  /** Opens the folds that hold a setting which is not as it comes, so that none of them works unseen. */
  openFolds(): void {
    const { node } = this
    const differs = (name: string): boolean => {
      const definition = node._def.defaults[name]
      if (definition !== undefined) {
        return JSON.stringify(meaningOf(node, name)) !== JSON.stringify(definition.value)
      }
      const { [name]: text, [`has_${name}`]: isSaved } = node.credentials ?? {}
      return textOf(text) !== '' || isSaved === true
    }
    $('details.hospital-crisis-fold').each((_, fold) => {
      const inputs = $(fold).find(`[id^="${this.#prefix.slice(1)}"], [data-setting]`)
      const names = inputs.toArray().map((input) => {
        const named = $(input).attr('data-setting')
        return named ?? input.id.slice(this.#prefix.length - 1)
      })
      if (names.some(differs)) $(fold).prop('open', true)
    })
  }
}
