import { escapeAttribute, type XmlElement } from '../messages/index.js'
import { credentialOf } from './wsdl-rows.js'

const localName = (qualified: string) => qualified.slice(qualified.indexOf(':') + 1)

const isNamed = (kind: string, name: string) => (one: XmlElement) =>
  one.name === kind && one.attributes['name'] === name

interface Schema {
  readonly root: XmlElement
  readonly namespace: string
}

/**
 * The block that a `soap:header` of a description asks for, as a template: user and password where its names say so,
 * the rest blank. Undefined where the description does not tell it.
 * @param roots the files of the description
 * @param header the `soap:header`
 */
export function headerTemplate(
  roots: readonly XmlElement[],
  header: XmlElement,
): string | undefined {
  const message = roots
    .flatMap(({ children }) => children)
    .find(isNamed('message', localName(header.attributes['message'] ?? '')))
  const part = message?.children.find(isNamed('part', header.attributes['part'] ?? ''))
  const name = localName(part?.attributes['element'] ?? '')
  if (name === '') return undefined
  const schemas = roots.flatMap(schemasIn)
  for (const { root, namespace } of schemas) {
    const element = root.children.find(isNamed('element', name))
    if (!element) continue
    const typeName = localName(element.attributes['type'] ?? '')
    const type =
      element.children.find((one) => one.name === 'complexType') ??
      schemas.flatMap((one) => one.root.children).find(isNamed('complexType', typeName))
    const isQualified = root.attributes['elementFormDefault'] === 'qualified'
    const scope = isQualified || namespace === '' ? 'xmlns' : 'xmlns:h'
    const prefix = scope === 'xmlns' ? '' : 'h:'
    const fields = type ? elementsIn(type).map(fieldOf) : []
    const open = `${prefix}${name} ${scope}="${escapeAttribute(namespace)}"`
    return `<${open}>${fields.join('')}</${prefix}${name}>`
  }
  return undefined
}

function fieldOf(name: string): string {
  const credential = credentialOf(name)
  return `<${name}>${credential ? `{{secret:${credential}}}` : ''}</${name}>`
}

function schemasIn(element: XmlElement): Schema[] {
  if (element.name === 'schema') {
    return [{ root: element, namespace: element.attributes['targetNamespace'] ?? '' }]
  }
  return element.children.flatMap(schemasIn)
}

/** Names of the elements of a type, which stand in a sequence or the like. */
const elementsIn = (type: XmlElement): string[] =>
  type.children.flatMap((child) =>
    child.name === 'element' ? [child.attributes['name'] ?? ''] : elementsIn(child),
  )
