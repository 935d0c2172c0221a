import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { XmlElement } from '../../src/messages/index.js'
import { OTHER_REFUSALS, readByGate } from './oracles.js'
import { readReference, type ReferenceElement } from './reference-xml.js'

const SCRIPT = resolve(__dirname, '../../../test/fuzz/reference/parsers.py')

type ExpatElement = readonly [
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly ExpatElement[],
  text: string,
  tail: string,
]

/** The tree that expat reads, and whether libxml2 reads one. */
export type Opinion = readonly [expat: ExpatElement | null, libxml2: boolean]

/** expat and libxml2 as Debian brings them, in a process of their own that is asked again and again. */
export class SystemParsers {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: Interface
  readonly #waiting: ((line: string | undefined) => void)[] = []

  constructor() {
    this.#child = spawn('/usr/bin/python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] })
    // A process that could not start, or has ended, answers nobody.
    this.#child.on('error', () => this.#end())
    this.#child.stdin.on('error', () => this.#end())
    this.#lines = createInterface(this.#child.stdout)
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line))
    this.#lines.on('close', () => this.#end())
  }

  /** One opinion a document, or undefined when the parsers cannot be asked. */
  async ask(documents: readonly string[]): Promise<readonly Opinion[] | undefined> {
    if (this.#child.exitCode !== null) return undefined
    const line = await new Promise<string | undefined>((answer) => {
      this.#waiting.push(answer)
      this.#child.stdin.write(`${JSON.stringify(documents)}\n`)
    })
    return line === undefined ? undefined : (JSON.parse(line) as readonly Opinion[])
  }

  close(): void {
    this.#child.stdin.end()
  }

  #end(): void {
    for (const answer of this.#waiting.splice(0)) answer(undefined)
  }
}

/** libxml2 takes a NUL for the end, and a text with half a character is none in UTF-8. */
export const canBeAsked = (xml: string): boolean => !xml.includes('\0') && xml.isWellFormed()

/** expat has the names of the fourth edition of XML 1.0, which were fewer, and takes any version for 1.0. */
const FOURTH_EDITION = /<[?/]?[^\s>=]*[^\0-\x7f]|\s[^\s=<>"']*[^\0-\x7f][^\s=<>"']*\s*=/
const OTHER_VERSION = /^\ufeff?<\?xml\s+version\s*=\s*["'](?!1\.[0-9]+["'])/
/**
 * Where libxml2 takes what is not well-formed: `1.` as a version, against production [26]; no white space before
 * `standalone`, against [32]; an attribute twice, against section 3.1, if it takes a prefix from its name.
 */
const LENIENT =
  /^\ufeff?<\?xml\s+(?:version\s*=\s*["']1\.["']|[^?>]*["']standalone)|xmlns:\S*\s*=\s*(?:""|'')/

/** What the gate does otherwise than expat and libxml2, by right of XML 1.0; undefined = nothing. */
export function differenceFromParsers(xml: string, [expat, libxml2]: Opinion): string | undefined {
  const { root, code } = readByGate(xml)
  if (code === 'XML_DOCTYPE' || (code !== undefined && OTHER_REFUSALS.has(code))) return undefined
  if (root && expat) {
    if (!isSame(ofGate(root), expat)) return 'read something else than expat'
    if (libxml2) return undefined
  }
  if (!root && !expat && !libxml2) return undefined
  // Neither of the two minds stray colons as the gate does.
  if (!root && !readReference(xml) && readReference(xml, { colonsAnywhere: true })) return undefined
  if (!root && libxml2 && LENIENT.test(xml)) return undefined
  if ((root !== undefined) !== libxml2) return `${verdict(root)} otherwise than libxml2`
  if (FOURTH_EDITION.test(xml) || OTHER_VERSION.test(xml)) return undefined
  return `${verdict(root)} otherwise than expat`
}

const verdict = (root: XmlElement | undefined): string => (root ? 'accepted' : 'refused')

/** Attributes stand in the order of the document on both sides. */
export const isSame = (one: ExpatElement, other: ExpatElement): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

const ofGate = (element: XmlElement): ExpatElement => [
  element.prefix === '' ? element.name : `${element.prefix}:${element.name}`,
  element.attributes,
  element.children.map(ofGate),
  element.text,
  element.tail ?? '',
]

/** An element of the reference as expat has it. */
export const ofReference = (element: ReferenceElement): ExpatElement => [
  element.name,
  Object.fromEntries(element.attributes),
  element.children.map(ofReference),
  element.text,
  element.tail,
]
