/*
 * The places of a template, in plain rules without imports, so that a dialog in the browser has the very same ones.
 */

/**
 * - `document`: our document; `as` is one of `DOCUMENT_FORMS`
 * - `field`: a field of it by its path, such as `ExamNo` or `CrisisSettor/@code`
 * - `operation`: SynCrisisInfo or SynCrisisResponseInfo
 * - `id`: the same for a document whenever it is sent; `call`: new with each call
 * - `time`: of the call; `as` is a pattern such as `yyyyMMddHHmmss`
 * - `msg`: a property of the message, by its path
 * - `env`, `secret`: an environment variable; a credential, by name
 */
export const PLACE_KINDS = [
  'document',
  'field',
  'operation',
  'id',
  'call',
  'time',
  'msg',
  'env',
  'secret',
] as const
export type PlaceKind = (typeof PLACE_KINDS)[number]

/** Blank = as suits the place: escaped in XML, in JSON as JSON is. `xml` is the document itself as an element. */
export const DOCUMENT_FORMS = ['', 'cdata', 'base64', 'xml'] as const
export type DocumentForm = (typeof DOCUMENT_FORMS)[number]

export interface Place {
  readonly kind: PlaceKind
  /** The text behind the colon; blank = nothing. */
  readonly as: string
  /** As it is written, and where, in UTF-16 code units from the beginning. */
  readonly written: string
  readonly at: number
}

export interface Places {
  /** Literal texts and places, in order. */
  readonly parts: readonly (string | Place)[]
  /** The first place that there is not. */
  readonly unknown?: Pick<Place, 'written' | 'at'>
}

const PLACE = /\{\{([^{}]*)\}\}/g

/** Kinds that say nothing without a name behind the colon, and those that have none. */
const NAMED: ReadonlySet<string> = new Set(['field', 'msg', 'env', 'secret'])
const NAMELESS: ReadonlySet<string> = new Set(['operation', 'id', 'call'])

/** Letters by which a pattern of `{{time:…}}` says a part of a time; all else stands for itself. */
export const TIME_LETTERS = /yyyy|yy|MM|dd|HH|mm|ss|SSS/g

/** A field's path: names with `/` between them, and `@` before that of an attribute. */
const FIELD = /^[A-Za-z_][\w.-]*(?:\/[A-Za-z_][\w.-]*)*(?:\/@[A-Za-z_][\w.-]*)?$/

/** Takes a template apart. */
export function placesIn(template: string): Places {
  const parts: (string | Place)[] = []
  let unknown: Places['unknown']
  let done = 0
  for (const { 0: written, 1: inside = '', index: at } of template.matchAll(PLACE)) {
    if (at > done) parts.push(template.slice(done, at))
    done = at + written.length
    const place = placeOf(inside.trim(), written, at)
    if (place) parts.push(place)
    else unknown ??= { written, at }
  }
  if (done < template.length) parts.push(template.slice(done))
  return { parts, ...(unknown && { unknown }) }
}

function placeOf(inside: string, written: string, at: number): Place | undefined {
  const [name = '', ...rest] = inside.split(':')
  const kind = PLACE_KINDS.find((one) => one === name.trim())
  const as = rest.join(':').trim()
  if (kind === undefined) return undefined
  if (as === '' ? NAMED.has(kind) : NAMELESS.has(kind)) return undefined
  if (kind === 'document' && !DOCUMENT_FORMS.some((form) => form === as)) return undefined
  if (kind === 'field' && !FIELD.test(as)) return undefined
  return { kind, as, written, at }
}

/** XML, JSON or other text, by the first character of a template. */
export type TemplateKind = 'xml' | 'json' | 'text'

export function kindOfTemplate(template: string): TemplateKind {
  const first = template.trimStart()[0]
  if (first === '<') return 'xml'
  return first === '{' && !template.trimStart().startsWith('{{') ? 'json' : 'text'
}

/** The line and column of a position, counted from 1. */
export function lineAndColumn(
  text: string,
  at: number,
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
