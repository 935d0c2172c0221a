import type { Reason } from './errors.js'
import { asCrisisError } from './errors.js'
import { readJsonTree, type JsonTree } from './json-tree.js'
import { escapeAttribute, withoutControlCharacters } from './text.js'
import { readXml, type XmlElement } from './xml/index.js'

const PLACE = /\$\{([^{}]*)\}/g
/** Holds every character that a place could be spoilt by. */
const AWKWARD = `<&">'\\]]>\n`

/** A text with places such as `${code}`, which are filled so that what stands there is read back to the character. */
export class Template {
  /** By its first character: XML, JSON, or a text without rules. */
  readonly kind: 'xml' | 'json' | 'text'
  /** The text between the places. */
  readonly #texts: readonly string[]
  readonly #places: readonly string[]

  constructor(text: string) {
    const parts = text.trim().split(PLACE)
    this.#texts = parts.filter((_, index) => index % 2 === 0)
    this.#places = parts.filter((_, index) => index % 2 === 1).map((place) => place.trim())
    const first = text.trim().charAt(0)
    this.kind = first === '<' ? 'xml' : first === '{' || first === '[' ? 'json' : 'text'
  }

  get places(): readonly string[] {
    return this.#places
  }

  /** @param valueOf gives the text for a place */
  fill(valueOf: (place: string) => string): string {
    return this.#texts
      .map((text, index) => {
        const place = this.#places[index]
        return place === undefined ? text : text + this.#written(valueOf(place))
      })
      .join('')
  }

  #written(value: string): string {
    if (this.kind === 'text') return value
    if (this.kind === 'json') return JSON.stringify(value).slice(1, -1)
    // References are taken for what they stand for in an attribute as in an element.
    return escapeAttribute(withoutControlCharacters(value))
  }

  /**
   * The fault of the template, if it has one: a place that is not known, or what is no XML or JSON, or says something
   * else than it was filled with, once it is filled.
   * @param known the places that there are
   * @param samples values to be tried; a place that none names is tried with awkward text
   */
  fault(
    known: readonly string[],
    samples: readonly Readonly<Record<string, string>>[] = [{}],
  ): Reason | undefined {
    const unknown = this.#places.find((place) => !known.includes(place))
    if (unknown !== undefined) {
      return {
        zh: `没有占位符 \${${unknown}}，可用的有：${known.map((one) => `\${${one}}`).join('、')}`,
        en: `There is no place \${${unknown}}; there is ${known.map((one) => `\${${one}}`).join(', ')}`,
      }
    }
    return samples.map((sample) => this.#faultWith(sample)).find((fault) => fault !== undefined)
  }

  #faultWith(sample: Readonly<Record<string, string>>): Reason | undefined {
    if (this.kind === 'text') return undefined
    const valueOf = (place: string): string => sample[place] ?? `${AWKWARD}${place}`
    const filled = this.fill(valueOf)
    let found: readonly string[]
    try {
      found = this.kind === 'xml' ? textsOfXml(readXml(filled)) : textsOfJson(readJsonTree(filled))
    } catch (thrown) {
      const { zh, en } = asCrisisError(thrown).reason
      return {
        zh: `模板填入内容后不再有效：${zh}`,
        en: `The template is not valid once it is filled: ${en}`,
      }
    }
    const whole = found.join('\n')
    const lost = this.#places.find((place) => !whole.includes(valueOf(place)))
    if (lost === undefined) return undefined
    return {
      zh: `\${${lost}} 所在的位置（如注释或 CDATA）不能原样保留内容`,
      en: `\${${lost}} stands where its content is not kept as it is, such as in a comment or in CDATA`,
    }
  }
}

function textsOfXml(element: XmlElement): string[] {
  return [
    ...Object.values(element.attributes),
    element.text,
    ...element.children.flatMap((child) => [...textsOfXml(child), child.tail ?? '']),
  ]
}

function textsOfJson(tree: JsonTree): string[] {
  if (tree === null) return []
  if (typeof tree === 'string') return [tree]
  const inside = tree instanceof Map ? [...tree.values()] : (tree as readonly JsonTree[])
  return inside.flatMap(textsOfJson)
}
