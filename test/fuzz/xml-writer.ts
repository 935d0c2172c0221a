import type { Choices } from './choices.js'

/** An element that is to be read back as it is here, however it is written. */
export interface Written {
  readonly name: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly children?: readonly Written[]
  /** What stands before the first child. */
  readonly text?: string
  /** What stands behind the element, in its parent. */
  readonly tail?: string
  /** Whether white space between the children is their layout and says nothing. */
  readonly isLaidOut?: boolean
}

/** Writes a document in one of the countless ways in which XML lets it be written. */
export function writeDocument(choices: Choices, root: Written): string {
  const declaration = choices.pick([
    '<?xml version="1.0" encoding="UTF-8"?>',
    '',
    "<?xml version='1.0'?>",
    '<?xml version="1.0" encoding="utf-16" standalone="yes" ?>',
    '<?xml version="1.0" encoding="GBK"?>',
  ])
  // Without a declaration a document starts with its root, as forms take for granted that trim around it.
  const before = declaration === '' ? '' : declaration + aside(choices)
  return before + writeElement(choices, root) + aside(choices)
}

export function writeElement(choices: Choices, element: Written): string {
  const { name, attributes = {}, children = [], text = '' } = element
  const gap = (): string => choices.pick(['', '', ' ', '\n', '\t '])
  const tag = Object.entries(attributes).reduce(
    (all, [key, value]) => `${all}${gap() || ' '}${key}${gap()}=${gap()}${quoted(choices, value)}`,
    `<${name}`,
  )
  if (children.length === 0 && text === '') {
    return choices.once(2) ? `${tag}${gap()}/>` : `${tag}${gap()}></${name}${gap()}>`
  }
  const between = element.isLaidOut ? aside : silence
  const inside = children.map(
    (child) =>
      between(choices) + writeElement(choices, child) + writeText(choices, child.tail ?? ''),
  )
  const content = writeText(choices, text) + inside.join('') + between(choices)
  return `${tag}${gap()}>${content}</${name}${gap()}>`
}

/** What may stand in text and says nothing. */
const silence = (choices: Choices): string =>
  choices.pick(['', '', '', '<!-- 注 <a> & -->', '<?p <x?>', '<!---->'])

/** What may stand between elements whose layout says nothing. */
function aside(choices: Choices): string {
  return choices.pick([
    '',
    '',
    '',
    '\n  ',
    '<!-- 注 <a> & -->',
    '<?p <x?>',
    '\t<!---->\n',
    '<?xml-stylesheet href="a"?>',
  ])
}

/** Character data as references, CDATA and characters that stand for themselves, in runs. */
export function writeText(choices: Choices, text: string): string {
  const characters = Array.from(text)
  let xml = ''
  while (characters.length > 0) {
    const run = characters.splice(0, choices.below(8) || characters.length)
    switch (choices.below(5)) {
      case 1:
        xml += run.map((character) => reference(choices, character)).join('')
        break
      case 2:
        // A carriage return would become a line feed there.
        xml += run.includes('\r') ? escaped(run) : cdata(run.join(''))
        break
      case 3:
        xml += `${escaped(run)}<!-- - -->`
        break
      default:
        xml += escaped(run)
    }
  }
  return xml
}

const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#13;',
}

const escaped = (run: readonly string[]): string =>
  run.map((character) => ESCAPES[character] ?? character).join('')

function reference(choices: Choices, character: string): string {
  const point = character.codePointAt(0) ?? 0
  return choices.pick([
    `&#${point};`,
    `&#x${point.toString(16)};`,
    `&#x${point.toString(16).toUpperCase().padStart(6, '0')};`,
    `&#000${point};`,
  ])
}

function quoted(choices: Choices, value: string): string {
  const quote = choices.pick(['"', "'"])
  const text = Array.from(value, (character) =>
    /[&<\t\r\n]/.test(character) || character === quote || choices.once(8)
      ? reference(choices, character)
      : character,
  ).join('')
  return quote + text + quote
}
