import { readFileSync } from 'node:fs'
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

/**
 * Runs the dialogs' scripts as the editor does, without a browser: enough for what they register and for
 * their validators. A text is answered by its key.
 */
export const loadDefinitions = (sets: readonly string[]): ReadonlyMap<string, Definition> =>
  load(sets).definitions

/** What the dialogs share. */
export const sharedOf = (): Readonly<Record<string, (value: unknown) => unknown>> =>
  load([]).window['hospitalCrisis'] as Readonly<Record<string, (value: unknown) => unknown>>

function load(sets: readonly string[]) {
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
  const window: Record<string, unknown> = {}
  const sandbox: Record<string, unknown> = { RED, $, window, Intl, URL }
  // The editor loads plugins before nodes.
  for (const set of [SHARED, ...sets]) {
    for (const script of scriptsOf(htmlOf(set))) {
      runInNewContext(script, Object.assign(sandbox, window))
    }
  }
  Object.assign(sandbox, window)
  return { definitions, window }
}
