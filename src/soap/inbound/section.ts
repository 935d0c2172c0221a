import {
  MOST_WRAPPINGS,
  OPERATIONS,
  placeIn,
  readWrapping,
  readXmlPath,
  SectionReader,
  type Operation,
  type ReadSection,
  type SectionObject,
  type Wrapping,
} from '../../messages/index.js'
import { readReplyForm, REPLY_SETTINGS } from './reply-section.js'
import { InboundRules, type Convert, type InboundRule, type OperationByValue } from './rule.js'

const RULE_SETTINGS =
  'elements namespace parameters document operation unwrap mapping answer'.split(' ')
const NAME = /^[\p{L}_][\p{L}\p{N}_.-]*$/u
/** No white space, and nothing that no URI has (RFC 3986). */
export const NAMESPACE = /^[^\s<>"{}|\\^`]+$/
export const WITHOUT_NAMESPACE = 'none'

/**
 * Reads the rules for calls of other shapes than ours, as settings and dialect files hold them:
 *
 *     [{
 *       "elements": ["HIPMessageServer"],
 *       "namespace": "http://platform.example.cn",
 *       "parameters": ["action", "message"],
 *       "document": "message",
 *       "operation": { "parameter": "action", "values": { "PushCrisis": "SynCrisisInfo" } },
 *       "unwrap": ["xml:Request/Body/Content"],
 *       "answer": { "result": "*Result", "document": "resultCode" }
 *     }]
 *
 * A call that two rules would fit is a fault, and so is whatever is not known.
 * @param readMapping reads the tables of a rule whose document is none of ours
 */
export function readInboundSection(
  section: unknown,
  readMapping: ReadMapping,
): ReadSection<InboundRules> {
  const reader = new SectionReader()
  const rules = reader.list(section, '').flatMap(([item, pointer]) => {
    const object = reader.object(item, pointer, RULE_SETTINGS)
    return object ? [ruleOf(reader, object, readMapping)] : []
  })
  refuseTwice(reader, rules)
  return reader.result(new InboundRules(rules))
}

/** Reads the setting `mapping` of a rule. */
export type ReadMapping = (section: unknown) => ReadSection<Convert>

function ruleOf(
  reader: SectionReader,
  object: SectionObject,
  readMapping: ReadMapping,
): InboundRule {
  const { pointer } = object
  const namespace = reader.text(object, 'namespace')
  if (namespace !== '' && !NAMESPACE.test(namespace)) {
    reader.problem(placeIn(pointer, 'namespace'), NOT_A_NAMESPACE)
  }
  const elements = namesOf(reader, object, 'elements')
  if (elements.length === 0) {
    reader.problem(placeIn(pointer, 'elements'), {
      zh: '请填写 Body 中的元素名',
      en: 'The name of the element in the Body is missing',
    })
  }
  const parameters = namesOf(reader, object, 'parameters')
  const document = parameterOf(reader.text(object, 'document'))
  requireKnown(reader, placeIn(pointer, 'document'), document, parameters)
  return {
    elements,
    namespace: namespace === '' ? undefined : namespace === WITHOUT_NAMESPACE ? '' : namespace,
    parameters,
    document,
    operation: operationOf(reader, object, parameters),
    unwrap: unwrapOf(reader, object),
    convert: convertOf(reader, object, readMapping),
    reply: readReplyForm(
      reader,
      reader.object(object.values['answer'] ?? {}, placeIn(pointer, 'answer'), REPLY_SETTINGS),
    ),
  }
}

function namesOf(reader: SectionReader, object: SectionObject, setting: string): readonly string[] {
  const names = reader.texts(object, setting)
  const place = placeIn(object.pointer, setting)
  names.forEach((name, index) => {
    if (!NAME.test(name)) {
      reader.problem(placeIn(place, index), {
        zh: `“${name}”不是 XML 元素名（不含前缀）`,
        en: `"${name}" is not the name of an XML element, without its prefix`,
      })
    } else if (names.indexOf(name) !== index) {
      reader.problem(placeIn(place, index), {
        zh: `“${name}”重复`,
        en: `"${name}" stands there twice`,
      })
    }
  })
  return names
}

/** Places are numbers from 1. */
const parameterOf = (text: string): string | number | undefined =>
  text === '' ? undefined : /^[1-9]\d?$/.test(text) ? Number(text) : text

function requireKnown(
  reader: SectionReader,
  place: string,
  parameter: string | number | undefined,
  parameters: readonly string[],
): void {
  if (parameter === undefined || parameters.length === 0) return
  const isKnown =
    typeof parameter === 'number' ? parameter <= parameters.length : parameters.includes(parameter)
  if (isKnown) return
  reader.problem(place, {
    zh: `“${parameter}”不在参数列表中`,
    en: `"${parameter}" is none of the parameters`,
  })
}

function operationOf(
  reader: SectionReader,
  object: SectionObject,
  parameters: readonly string[],
): Operation | OperationByValue {
  const place = placeIn(object.pointer, 'operation')
  const given = object.values['operation']
  if (typeof given !== 'object') {
    return reader.choice(object, 'operation', OPERATIONS) ?? missing(reader, given, place)
  }
  const by = reader.object(given, place, ['parameter', 'path', 'values'])
  if (!by) return 'SynCrisisInfo'
  const parameter = parameterOf(reader.text(by, 'parameter'))
  if (parameter === undefined) {
    reader.problem(placeIn(place, 'parameter'), {
      zh: '请填写决定操作的参数',
      en: 'The parameter that says the operation is missing',
    })
  }
  requireKnown(reader, placeIn(place, 'parameter'), parameter, parameters)
  const written = reader.text(by, 'path')
  const path = written === '' ? undefined : readXmlPath(written)
  if (written !== '' && !path) {
    reader.problem(placeIn(place, 'path'), {
      zh: 'XML 路径应如 Request/Header/Action',
      en: 'A path in XML is written as Request/Header/Action',
    })
  }
  return { parameter: parameter ?? '', path, values: valuesOf(reader, by) }
}

function missing(reader: SectionReader, given: unknown, place: string): Operation {
  if (given === undefined) {
    reader.problem(place, {
      zh: `请填写操作：${OPERATIONS.join(' 或 ')}，或由参数值决定`,
      en: `The operation is missing: ${OPERATIONS.join(' or ')}, or the parameter that says it`,
    })
  }
  return 'SynCrisisInfo'
}

function valuesOf(reader: SectionReader, by: SectionObject): ReadonlyMap<string, Operation> {
  const place = placeIn(by.pointer, 'values')
  const given = by.values['values']
  const names = typeof given === 'object' && given !== null ? Object.keys(given) : []
  const object = reader.object(given, place, names)
  const values = new Map<string, Operation>()
  if (!object) return values
  for (const name of names) {
    const operation = reader.choice(object, name, OPERATIONS)
    if (values.has(name.trim()) || name.trim() === '') {
      reader.problem(placeIn(place, name), {
        zh: '该值为空或重复',
        en: 'This value is blank, or stands there twice',
      })
    } else if (operation) values.set(name.trim(), operation)
  }
  if (names.length === 0) {
    reader.problem(place, {
      zh: '请填写至少一个值及其操作',
      en: 'There should be a value with its operation',
    })
  }
  return values
}

function unwrapOf(reader: SectionReader, object: SectionObject): readonly Wrapping[] {
  const place = placeIn(object.pointer, 'unwrap')
  const words = reader.texts(object, 'unwrap')
  if (words.length > MOST_WRAPPINGS) {
    reader.problem(place, {
      zh: `拆封步骤不能超过 ${MOST_WRAPPINGS} 步`,
      en: `There may be at most ${MOST_WRAPPINGS} steps`,
    })
  }
  return words.flatMap((word, index) => {
    const step = readWrapping(word)
    if (!step) {
      reader.problem(placeIn(place, index), {
        zh: `无法识别的拆封步骤“${word}”：应为 xml:路径、json:指针、escaped、base64 或 url`,
        en: `There is no step "${word}": it is xml:PATH, json:POINTER, escaped, base64 or url`,
      })
    }
    return step ?? []
  })
}

function convertOf(
  reader: SectionReader,
  { values, pointer }: SectionObject,
  readMapping: ReadMapping,
): Convert | undefined {
  const mapping = values['mapping']
  if (mapping === undefined || (Array.isArray(mapping) && mapping.length === 0)) return undefined
  const read = readMapping(mapping)
  if ('value' in read) return read.value
  for (const { pointer: place, reason } of read.problems) {
    reader.problem(placeIn(pointer, 'mapping') + place, reason)
  }
  return undefined
}

/** Two rules for one call would leave it to their order what it means. */
function refuseTwice(reader: SectionReader, rules: readonly InboundRule[]): void {
  rules.forEach((rule, index) => {
    const earlier = rules.slice(0, index).find((other) => overlap(other, rule))
    if (!earlier) return
    const both = earlier.elements.filter((element) => rule.elements.includes(element)).join(', ')
    reader.problem(placeIn(placeIn('', index), 'elements'), {
      zh: `第 ${rules.indexOf(earlier) + 1} 条规则已包含同一命名空间的 ${both}`,
      en: `Rule ${rules.indexOf(earlier) + 1} names ${both} in the same namespace already`,
    })
  })
}

const overlap = (one: InboundRule, other: InboundRule): boolean =>
  one.elements.some((element) => other.elements.includes(element)) &&
  (one.namespace === undefined ||
    other.namespace === undefined ||
    one.namespace === other.namespace)

const NOT_A_NAMESPACE = {
  zh: '命名空间应为不含空格的 URI，或 none（无命名空间）',
  en: 'A namespace should be a URI without spaces, or none',
}
