import { leavesOf, readJsonText, readXmlText } from './reply-parts.js'
import { readByRules } from './reply-reading.js'
import { WHOLE_BODY, type ReplyRule, type UnwrapStep } from './reply-rule.js'
import { unwrapped } from './reply-unwrap.js'
import type { Answer } from './reply.js'
import { isBlank } from './text.js'
import type { XmlElement } from './xml/index.js'

/** A place in an answer where the code may stand, as a rule whose values a person is to say. */
export interface RuleProposal {
  readonly rule: ReplyRule
  /** The value that stands there in this answer. */
  readonly value: string
}

/** More than a person looks through. */
const MOST_PROPOSALS = 8
/** Codes are short, in UTF-16 code units. */
const LONGEST_CODE = 40
const MOST_LAYERS = 4

/**
 * The places in an answer where its code may stand, the likeliest first. Each is one at which a rule finds exactly this
 * value. Which of the values mean success is never guessed (reading A31). Never throws.
 */
export function proposeRules(answer: Answer): readonly RuleProposal[] {
  const found = sourcesOf(answer).flatMap(({ returned, text }) =>
    placesIn(text, [])
      .map((place) => ({ ...place, rule: { ...place.rule, returned } }))
      .filter(({ rule, value }) => isFoundBy(rule, text, value)),
  )
  return found
    .toSorted((one, other) => other.likely - one.likely)
    .slice(0, MOST_PROPOSALS)
    .map(({ rule, value }) => ({ rule, value }))
}

/** The texts of an answer in which a code may be looked for, each with the name that a rule has for it. */
function sourcesOf({
  name,
  text,
  others = [],
  body = '',
}: Answer): readonly { readonly returned: string; readonly text: string }[] {
  const all = [{ name, text }, ...others]
  const isOneDocument = others.length === 0 && !isBlank(text)
  const named = all.flatMap((one) => {
    const isAlone = all.filter((other) => other.name === one.name).length === 1
    return one.name !== null && isAlone && !isBlank(one.text)
      ? [{ returned: one.name, text: one.text }]
      : []
  })
  const parts = isOneDocument ? [{ returned: '', text }] : named
  const isUnread = parts.every((part) => placesIn(part.text, []).length === 0)
  return isUnread || !isOneDocument ? [...parts, { returned: WHOLE_BODY, text: body }] : parts
}

interface Place extends RuleProposal {
  readonly likely: number
}

function placesIn(text: string, unwrap: readonly UnwrapStep[]): readonly Place[] {
  const trimmed = text.trim()
  if (trimmed === '' || unwrap.length > MOST_LAYERS) return []
  const inner = (step: UnwrapStep): readonly Place[] => {
    try {
      return placesIn(unwrapped(text, [step]).text, [...unwrap, step])
    } catch {
      return []
    }
  }
  if (trimmed.startsWith('<![CDATA[') || /^&amp;/i.test(trimmed)) {
    return inner({ step: 'text', at: '' })
  }
  if (/^(?:<|&lt;)/i.test(trimmed)) return attempted(() => placesInXml(text, unwrap, inner))
  if (/^[{[]/.test(trimmed)) return attempted(() => placesInJson(text, unwrap, inner))
  // A word may be base64 by chance, but none of a document.
  const decoded = inner({ step: 'base64', at: '' }).filter(({ rule }) => rule.form !== 'text')
  if (decoded.length > 0) return decoded
  if (trimmed.length > LONGEST_CODE) return []
  return [placed('text', '', trimmed, 'text', unwrap)]
}

function attempted(read: () => readonly Place[]): readonly Place[] {
  try {
    return read()
  } catch {
    return []
  }
}

type Inner = (step: UnwrapStep) => readonly Place[]

/** The places in a text that is itself a document. */
const wrapped = (text: string, inner: Inner, step: UnwrapStep): readonly Place[] =>
  looksWrapped(text) ? inner(step).filter(({ rule }) => rule.form !== 'text') : []

function placesInXml(text: string, unwrap: readonly UnwrapStep[], inner: Inner): readonly Place[] {
  const found: Place[] = []
  const visit = (element: XmlElement, above: string): void => {
    const path = `${above}${element.name}`
    for (const [qualified, value] of Object.entries(element.attributes)) {
      const name = qualified.replace(/^.*:/, '')
      if (/^xmlns(?::|$)/.test(qualified) || likelihood(name, value) < 2) continue
      found.push(placed('xml', `${path}/@${name}`, value, name, unwrap))
    }
    for (const child of element.children) visit(child, `${path}/`)
    if (element.children.length > 0 || isBlank(element.text)) return
    const layers = wrapped(element.text, inner, { step: 'xml', at: path })
    found.push(...layers)
    // A path of one name would be looked for everywhere.
    const at = path.includes('/') ? path : `/${path}`
    if (layers.length === 0)
      found.push(placed('xml', at, element.text.trim(), element.name, unwrap))
  }
  visit(readXmlText(text, {}), '')
  return found
}

function placesInJson(text: string, unwrap: readonly UnwrapStep[], inner: Inner): readonly Place[] {
  return [...leavesOf(readJsonText(text))].flatMap(({ name, pointer, text: value, isLeaf }) => {
    if (!isLeaf || isBlank(value)) return []
    const layers = wrapped(value, inner, { step: 'json', at: pointer })
    return layers.length > 0 ? layers : [placed('json', pointer, value.trim(), name, unwrap)]
  })
}

/** No document in base64 is shorter, in UTF-16 code units. */
const LEAST_BASE64 = 12

const looksWrapped = (text: string): boolean =>
  /^(?:<|&lt;|&amp;|[{[])/i.test(text.trim()) ||
  (text.length >= LEAST_BASE64 && !/[^\w+/=\s]/.test(text))

const LIKELY_NAME =
  /^(?:is)?success$|^typecode$|^(?:result|ret|return|err|error|msg|trade|resp|response|ack)?_?(?:code|status|state|flag)$/i
const PERHAPS_NAME = /code|status|state|flag|result|ret|success|状态|代码|结果/i

function likelihood(name: string, value: string): number {
  if (value.length > LONGEST_CODE || /\s/.test(value.trim())) return 0
  const byName = LIKELY_NAME.test(name) ? 4 : PERHAPS_NAME.test(name) ? 2 : 0
  const isCode = /^(?:[+-]?\d{1,6}|true|false|[A-Z]{1,2}|ok|success|fail(?:ed)?)$/i.test(
    value.trim(),
  )
  return byName + (isCode ? 1 : 0)
}

const placed = (
  form: ReplyRule['form'],
  code: string,
  value: string,
  name: string,
  unwrap: readonly UnwrapStep[],
): Place => ({
  rule: {
    returned: '',
    unwrap,
    form,
    code,
    delivered: [],
    rejected: [],
    retry: [],
    words: '',
  },
  value,
  likely: likelihood(name, value),
})

function isFoundBy(rule: ReplyRule, text: string, value: string): boolean {
  if (value.length > LONGEST_CODE) return false
  try {
    return readByRules(text, [rule]).code === value
  } catch {
    return false
  }
}
