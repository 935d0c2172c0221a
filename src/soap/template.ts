import {
  asCrisisError,
  escapeAttribute,
  escapeText,
  readXml,
  type OutCharset,
  type Reason,
} from '../messages/index.js'
import {
  kindOfTemplate,
  lineAndColumn,
  placesIn,
  type Place,
  type TemplateKind,
} from './template-places.js'

/** A template that cannot be used, with its place as a person counts it. */
export interface TemplateProblem {
  readonly reason: Reason
}

/** Values that stay the same while a node runs: environment variables and credentials; undefined = there is none. */
export type Constants = (kind: 'env' | 'secret', name: string) => string | undefined

/** Values that each call brings. Texts may be anything but what XML has no character for. */
export interface CallValues {
  readonly document: () => string
  /** The bytes of the document in base64. */
  readonly base64: () => string
  readonly text: (place: Place) => string
}

/** Where in its template a value goes. */
type Context = 'text' | 'attribute' | 'cdata' | 'string' | 'value' | 'plain'

type Part = string | { readonly place: Place; readonly context: Context }

/** A template that is ready to be filled: constants stand in it already. */
export interface Template {
  readonly kind: TemplateKind
  readonly places: readonly Place[]
  readonly fill: (values: CallValues) => string
}

export interface TemplateOptions {
  readonly constants: Constants
  /** Default is by the template's first character. */
  readonly kind?: TemplateKind
  readonly charset?: OutCharset
}

/**
 * Reads a template, whose kind follows from its first character: `<` is XML, `{` is JSON. A value is escaped as its
 * place in the template asks for, and the template must be well-formed whatever the values are.
 */
export function readTemplate(
  template: string,
  options: TemplateOptions,
): { readonly template: Template } | TemplateProblem {
  const { constants, charset = 'UTF-8' } = options
  const kind = options.kind ?? kindOfTemplate(template)
  const { parts, unknown } = placesIn(template)
  if (unknown) return unknownPlace(template, unknown)
  const filled: Part[] = []
  const scanner = CONTEXTS[kind]()
  let sample = ''
  for (const part of parts) {
    if (typeof part === 'string') {
      scanner.pass(part)
      sample += part
      push(filled, part)
      continue
    }
    const context = scanner.context()
    if (context === undefined || !fits(part, context)) return wrongPlace(template, part)
    // As long as what is written there, so that an error is at the very place.
    const length = part.written.length
    sample += context === 'value' ? `"${'x'.repeat(length - 2)}"` : 'x'.repeat(length)
    if (part.kind !== 'env' && part.kind !== 'secret') {
      filled.push({ place: part, context })
      continue
    }
    const value = constants(part.kind, part.as)
    if (value === undefined) return notSet(template, part)
    push(filled, encoded(value, context))
  }
  const malformed = malformedReason(kind, sample)
  if (malformed) return { reason: malformed }
  const places = parts.filter((part) => typeof part !== 'string')
  return {
    template: {
      kind,
      places,
      fill(values) {
        let text = ''
        for (const part of filled) text += typeof part === 'string' ? part : valueOf(part, values)
        if (charset === 'UTF-8') return text
        return kind === 'json' ? inAscii(text) : text
      },
    },
  }
}

function push(parts: Part[], text: string): void {
  const last = parts.at(-1)
  if (typeof last === 'string') parts[parts.length - 1] = last + text
  else parts.push(text)
}

function valueOf(
  { place, context }: Exclude<Part, string>,
  { document, base64, text }: CallValues,
): string {
  if (place.kind !== 'document') return encoded(text(place), context)
  switch (place.as) {
    case 'base64':
      return context === 'value' ? JSON.stringify(base64()) : base64()
    case 'cdata':
      return cdataOf(document())
    case 'xml':
      return document().replace(DECLARATION, '')
    default:
      return encoded(document(), context)
  }
}

const DECLARATION = /^\s*<\?xml\s[^>]*\?>\s*/

function encoded(value: string, context: Context): string {
  switch (context) {
    case 'text':
      return escapeText(value)
    case 'attribute':
      return escapeAttribute(value).replaceAll("'", '&#39;')
    case 'cdata':
      return inCdata(value)
    case 'string':
      return JSON.stringify(value).slice(1, -1)
    case 'value':
      return JSON.stringify(value)
    case 'plain':
      return value
  }
}

/** A text as CDATA that reads back exactly: its end is divided, and a carriage return stands outside as a reference. */
export const cdataOf = (text: string): string => `<![CDATA[${inCdata(text)}]]>`

const inCdata = (text: string): string =>
  text.replaceAll(']]>', ']]]]><![CDATA[>').replaceAll('\r', ']]>&#xD;<![CDATA[')

// oxlint-disable-next-line no-control-regex
const BEYOND_ASCII = /[^\0-\x7f]/g

/** JSON that every charset can carry. */
const inAscii = (json: string): string =>
  json.replace(BEYOND_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A form of a document that its place can hold. */
function fits({ kind, as }: Place, context: Context): boolean {
  if (kind !== 'document' || as === '' || as === 'base64') return true
  return context === 'text'
}

interface Scanner {
  /** Goes on over a literal text. */
  pass(text: string): void
  /** Where a value would go now; undefined where none may. */
  context(): Context | undefined
}

const CONTEXTS: Readonly<Record<TemplateKind, () => Scanner>> = {
  xml: xmlScanner,
  json: jsonScanner,
  text: () => ({ pass: () => undefined, context: () => 'plain' }),
}

type XmlState = 'text' | 'tag' | '"' | "'" | 'cdata' | 'comment' | 'instruction'
const ENDS = { cdata: ']]>', comment: '-->', instruction: '?>' } as const
const BEGINNINGS = [
  ['<![CDATA[', 'cdata'],
  ['<!--', 'comment'],
  ['<?', 'instruction'],
  ['<', 'tag'],
] as const

function xmlScanner(): Scanner {
  let state: XmlState = 'text'
  const next = (text: string, at: number): number => {
    if (state === 'text') {
      const begun = BEGINNINGS.find(([beginning]) => text.startsWith(beginning, at))
      if (!begun) return at + 1
      state = begun[1]
      return at + begun[0].length
    }
    if (state === 'tag') {
      const character = text[at]
      if (character === '>') state = 'text'
      if (character === '"' || character === "'") state = character
      return at + 1
    }
    const end = state === '"' || state === "'" ? state : ENDS[state]
    if (!text.startsWith(end, at)) return at + 1
    state = end === '"' || end === "'" ? 'tag' : 'text'
    return at + end.length
  }
  return {
    pass(text) {
      for (let at = 0; at < text.length;) at = next(text, at)
    },
    context() {
      if (state === 'text' || state === 'cdata') return state
      return state === '"' || state === "'" ? 'attribute' : undefined
    },
  }
}

function jsonScanner(): Scanner {
  let isIn = false
  return {
    pass(text) {
      for (let at = 0; at < text.length; at++) {
        if (isIn && text[at] === '\\') at++
        else if (text[at] === '"') isIn = !isIn
      }
    },
    context: () => (isIn ? 'string' : 'value'),
  }
}

function malformedReason(kind: TemplateKind, sample: string): Reason | undefined {
  if (kind === 'text') return undefined
  try {
    if (kind === 'json') JSON.parse(sample)
    else readXml(sample)
    return undefined
  } catch (error) {
    if (kind === 'xml') return inTemplate(asCrisisError(error).reason)
    const at = Number(/position (\d+)/.exec(String(error))?.[1] ?? sample.length)
    const { line, column } = lineAndColumn(sample, at)
    return {
      zh: `模板填入内容后不是有效的 JSON（第 ${line} 行第 ${column} 列）`,
      en: `The template is no well-formed JSON once it is filled (line ${line}, column ${column})`,
    }
  }
}

const inTemplate = ({ zh, en }: Reason): Reason => ({
  zh: `模板填入内容后有误：${zh}`,
  en: `The template is wrong once it is filled: ${en}`,
})

const at = (template: string, place: Pick<Place, 'written' | 'at'>) => {
  const { line, column } = lineAndColumn(template, place.at)
  return {
    zh: `模板第 ${line} 行第 ${column} 列的 ${place.written} `,
    en: `${place.written} in line ${line}, column ${column} of the template `,
  }
}

function problem(
  template: string,
  place: Pick<Place, 'written' | 'at'>,
  said: Reason,
): TemplateProblem {
  const { zh, en } = at(template, place)
  return { reason: { zh: `${zh}${said.zh}`, en: `${en}${said.en}` } }
}

const unknownPlace = (template: string, place: Pick<Place, 'written' | 'at'>) =>
  problem(template, place, { zh: '不是可用的占位符', en: 'is no placeholder' })

const wrongPlace = (template: string, place: Place) =>
  problem(template, place, { zh: '不能放在此处', en: 'cannot stand where it is' })

const notSet = (template: string, place: Place) =>
  problem(template, place, {
    zh: place.kind === 'env' ? '引用的环境变量未设置' : '引用的密钥未设置',
    en:
      place.kind === 'env' ? 'names a variable that is not set' : 'names a secret that is not set',
  })
