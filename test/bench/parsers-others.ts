// The parsers of the registry, each loaded only in the process that asks for it.
import { CRISIS_FIELDS, type Crisis } from '../../src/messages/index.js'
import type { XmlElement as Libxml2Element } from 'libxml2-wasm' with {
  'resolution-mode': 'import',
}
import type { SAXParser as SaxParser } from 'sax'
import type { TNode as Node } from 'txml/txml' with { 'resolution-mode': 'import' }
import type { XmlElement } from '@rgrove/parse-xml'
import type { Parser } from './parsers-host.js'
import { tunedParser } from './tuned-fxp.js'

const FIELDS = CRISIS_FIELDS.map(([name]) => name as string)
const WRAPPER = 'SynCrisisInfo'
const ARGUMENT = 'inputString'
const PERSON = 'CrisisSettor'

const local = (name: string): string => name.slice(name.indexOf(':') + 1)

/** The fields of an element of whatever kind, as a tree has them. */
function crisisOf<E>(
  field: (name: string) => E | undefined,
  text: (of: E) => string | undefined,
  code: (of: E) => string | null | undefined,
): Crisis {
  const crisis: Record<string, unknown> = {}
  for (const name of FIELDS) {
    const element = field(name)
    if (element === undefined) continue
    const value = text(element) ?? ''
    crisis[name] = name === PERSON ? { code: code(element) ?? '', name: value } : value
  }
  return crisis as unknown as Crisis
}

/** Takes the events of a parser and keeps what both tasks want. */
class Collector {
  readonly crisis: Record<string, unknown> = {}
  argument: string | undefined
  #text = ''
  #code = ''

  open(code: string | undefined): void {
    this.#text = ''
    this.#code = code ?? ''
  }

  text(part: string): void {
    this.#text += part
  }

  close(qualified: string): void {
    const name = local(qualified)
    if (name === ARGUMENT) this.argument = this.#text
    else if (name === PERSON) this.crisis[name] = { code: this.#code, name: this.#text }
    else if (FIELDS.includes(name)) this.crisis[name] = this.#text
    this.#text = ''
  }
}

function byEvents(collect: (xml: string) => Collector): Parser {
  return {
    envelope: (xml) => collect(xml).argument,
    document: (xml) => collect(xml).crisis as unknown as Crisis,
    accepts: (xml) => void collect(xml),
  }
}

function refuse(error: unknown): never {
  throw error
}

interface TunedEnvelope {
  readonly 'soap:Envelope': {
    readonly 'soap:Body': { readonly 'm:SynCrisisInfo': { readonly inputString: string } }
  }
}

type TunedField = string | { readonly '#text'?: string; readonly '@code'?: string }

interface TunedDocument {
  readonly XmlDocument: { readonly Crisis: Readonly<Record<string, TunedField>> }
}

function fastXmlParser(check: (xml: string) => void): Parser {
  return {
    envelope: (xml) => {
      check(xml)
      const envelope = tunedParser.parse(xml) as TunedEnvelope
      return envelope['soap:Envelope']['soap:Body']['m:SynCrisisInfo'].inputString
    },
    document: (xml) => {
      check(xml)
      const { Crisis: fields } = (tunedParser.parse(xml) as TunedDocument).XmlDocument
      return crisisOf<TunedField>(
        (name) => fields[name],
        (of) => (typeof of === 'string' ? of : of['#text']),
        (of) => (typeof of === 'string' ? '' : of['@code']),
      )
    },
    accepts: (xml) => {
      check(xml)
      tunedParser.parse(xml)
    },
  }
}

async function saxes(): Promise<Parser> {
  const { SaxesParser } = await import('saxes')
  return byEvents((xml) => {
    const collector = new Collector()
    const parser = new SaxesParser({ xmlns: false, position: false })
    parser.on('error', refuse)
    parser.on('opentag', ({ attributes }) => collector.open(attributes['code']))
    parser.on('text', (part) => collector.text(part))
    parser.on('cdata', (part) => collector.text(part))
    parser.on('closetag', ({ name }) => collector.close(name))
    parser.write(xml).close()
    return collector
  })
}

async function sax(): Promise<Parser> {
  const { default: library } = await import('sax')
  const options = { strictEntities: true, position: false }
  return byEvents((xml) => {
    const collector = new Collector()
    const parser = library.parser(true, options)
    const handlers: Partial<SaxParser> = {
      onerror: refuse,
      onopentag: ({ attributes }) => collector.open(attributes['code'] as string | undefined),
      ontext: (part) => collector.text(part),
      oncdata: (part) => collector.text(part),
      onclosetag: (name) => collector.close(name),
    }
    Object.assign(parser, handlers)
    parser.write(xml).close()
    return collector
  })
}

async function htmlparser2(): Promise<Parser> {
  const library = await import('htmlparser2')
  return byEvents((xml) => {
    const collector = new Collector()
    const parser = new library.Parser(
      {
        onopentag: (_name, attributes) => collector.open(attributes['code']),
        ontext: (part) => collector.text(part),
        onclosetag: (name) => collector.close(name),
        onerror: refuse,
      },
      { xmlMode: true, decodeEntities: true },
    )
    parser.write(xml)
    parser.end()
    return collector
  })
}

async function txml(): Promise<Parser> {
  const library = await import('txml/txml')
  const isNode = (one: Node | string): one is Node => typeof one === 'object'
  const isText = (one: Node | string): one is string => typeof one === 'string'
  const child = (of: { readonly children: readonly (Node | string)[] } | undefined, name: string) =>
    of?.children.filter(isNode).find(({ tagName }) => local(tagName) === name)
  const text = ({ children }: Node) => children.filter(isText).join('')
  const parse = (xml: string) => ({
    children: library.parse(xml, { keepWhitespace: true, decodeEntities: true }) as (
      Node | string
    )[],
  })
  return {
    envelope: (xml) => {
      const body = child(child(parse(xml), 'Envelope'), 'Body')
      const argument = child(child(body, WRAPPER), ARGUMENT)
      return argument && text(argument)
    },
    document: (xml) => {
      const crisis = child(child(parse(xml), 'XmlDocument'), 'Crisis')
      return crisisOf<Node>(
        (name) => child(crisis, name),
        text,
        ({ attributes }) => attributes['code'],
      )
    },
    accepts: (xml) => void parse(xml),
  }
}

async function parseXml(): Promise<Parser> {
  const library = await import('@rgrove/parse-xml')
  const child = (of: XmlElement | null | undefined, name: string): XmlElement | undefined =>
    of?.children.find(
      (one): one is XmlElement => one instanceof library.XmlElement && local(one.name) === name,
    )
  return {
    envelope: (xml) => {
      const body = child(library.parseXml(xml).root, 'Body')
      return child(child(body, WRAPPER), ARGUMENT)?.text
    },
    document: (xml) => {
      const crisis = child(library.parseXml(xml).root, 'Crisis')
      return crisisOf<XmlElement>(
        (name) => child(crisis, name),
        ({ text }) => text,
        ({ attributes }) => attributes['code'],
      )
    },
    accepts: (xml) => void library.parseXml(xml),
  }
}

async function libxml2(): Promise<Parser> {
  const library = await import('libxml2-wasm')
  const child = (of: Libxml2Element | undefined, name: string): Libxml2Element | undefined => {
    for (let one = of?.firstChild; one; one = one.next) {
      if (one instanceof library.XmlElement && one.name === name) return one
    }
    return undefined
  }
  const within = <T>(xml: string, read: (root: Libxml2Element) => T): T => {
    const document = library.XmlDocument.fromString(xml)
    try {
      return read(document.root)
    } finally {
      document.dispose()
    }
  }
  return {
    envelope: (xml) =>
      within(xml, (root) => child(child(child(root, 'Body'), WRAPPER), ARGUMENT)?.content),
    document: (xml) =>
      within(xml, (root) => {
        const crisis = child(root, 'Crisis')
        return crisisOf<Libxml2Element>(
          (name) => child(crisis, name),
          ({ content }) => content,
          (of) => of.attr('code')?.value,
        )
      }),
    accepts: (xml) => within(xml, () => undefined),
  }
}

/** By the name that the table gives them. */
export const OTHERS = {
  'fast-xml-parser, tuned': () => Promise.resolve(fastXmlParser(() => undefined)),
  'fast-xml-parser + XMLValidator': async () => {
    const { XMLValidator } = await import('fast-xml-parser')
    return fastXmlParser((xml) => {
      const verdict = XMLValidator.validate(xml)
      if (verdict !== true) throw new Error(verdict.err.code)
    })
  },
  saxes,
  'sax, strict': sax,
  txml,
  'htmlparser2, xmlMode': htmlparser2,
  '@rgrove/parse-xml': parseXml,
  'libxml2-wasm': libxml2,
} as const satisfies Readonly<Record<string, () => Promise<Parser>>>
