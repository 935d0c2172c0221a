import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { runInNewContext } from 'node:vm'

/** The root of the package, seen from dist/test/nodes. */
export const ROOT = resolve(__dirname, '../../..')

export const LANGUAGES = ['zh-CN', 'en-US'] as const

export interface Property {
  readonly value: unknown
  readonly type?: string
  readonly required?: boolean
  readonly validate?: (this: object, value: unknown, options: object) => boolean | string
}

/** What a node's dialog hands to `RED.nodes.registerType`. */
export interface Definition {
  readonly category: string
  readonly color: string
  readonly icon: string
  readonly inputs?: number
  readonly outputs?: number
  readonly align?: string
  readonly defaults: Readonly<Record<string, Property>>
  readonly credentials?: Readonly<Record<string, { readonly type: string }>>
  readonly [other: string]: unknown
}

/** What the dialogs share: a plugin of the editor. */
export const SHARED = 'crisis-editor'

export const readRoot = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8')

export const htmlOf = (set: string): string => readRoot('nodes', `${set}.html`)

/** The inline scripts of a dialog. */
export const scriptsOf = (html: string): string[] =>
  [...html.matchAll(/<script type="text\/javascript">([^]*?)<\/script>/g)].map((match) => match[1]!)

/** A catalogue as flat keys, e.g. `crisis-in.label.name`. */
export function catalogueOf(set: string, language: string): ReadonlyMap<string, string> {
  const flat = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string') flat.set(path, value)
    else {
      for (const [key, part] of Object.entries(value as object)) {
        walk(part, path === '' ? key : `${path}.${key}`)
      }
    }
  }
  walk(JSON.parse(readRoot('nodes', 'locales', language, `${set}.json`)), '')
  return flat
}

/** The code of the dialogs, required from where the build has put it for the browser. */
interface Dialogs {
  readonly DIALOGS: Readonly<Record<string, { readonly rules: Readonly<Record<string, unknown>> }>>
}

interface Sending {
  readonly DOCUMENTS: readonly { readonly set: string; readonly names: readonly string[] }[]
}

const browserHalf = (file: string): object =>
  createRequire(__filename)(join(ROOT, 'resources', 'nodes', 'editor', file)) as object

/** The rules of each dialog by setting, and the fields of each document, by node set. */
export function partsOfDialogs(): {
  readonly RULES: Readonly<Record<string, object>>
  readonly FIELDS: Readonly<Record<string, readonly string[]>>
} {
  const { DIALOGS } = browserHalf('main.js') as Dialogs
  const { DOCUMENTS } = browserHalf('out.js') as Sending
  return {
    RULES: Object.fromEntries(Object.entries(DIALOGS).map(([set, { rules }]) => [set, rules])),
    FIELDS: Object.fromEntries(DOCUMENTS.map(({ set, names }) => [set, names])),
  }
}

/**
 * Runs the dialogs' scripts as the editor does, without a browser: enough for what they register and for
 * their rules. A text is answered by its key.
 */
export function loadDefinitions(sets: readonly string[]): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, Definition>()
  const RED = {
    _: (key: string) => key.replace(/^.*:/, ''),
    nodes: {
      registerType: (type: string, definition: Definition) => definitions.set(type, definition),
    },
    validators: { typedInput: () => () => true },
    utils: { validateTypedProperty: (value: string) => (value.includes('[[') ? 'bad' : true) },
  }
  // No dialog is open, so no input is found and settings are read from the node.
  const $ = () => ({ length: 0 })
  Object.assign(globalThis, { RED, $ })
  const window: Record<string, unknown> = {}
  const sandbox: Record<string, unknown> = { RED, $, window }
  // The editor loads plugins before nodes.
  for (const set of [SHARED, ...sets]) {
    for (const script of scriptsOf(htmlOf(set))) {
      // No import is possible here: what it would answer stands in its place.
      const loaded = script.replace(/\n *import\([^]*?\n {4}\)\n/, '\ndialogs = main\n')
      runInNewContext(loaded, Object.assign(sandbox, window, { main: browserHalf('main.js') }))
    }
  }
  return definitions
}
