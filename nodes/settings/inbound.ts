/* A rule of a service as its dialog shows it, each part as one text, and as flows and dialect files hold it. */

export const INBOUND_SHAPES = ['ours', 'resultCode', 'json', 'code', 'template'] as const

/** One rule in the dialog. Lists stand with commas between their items. */
export interface InboundFields {
  elements: string
  namespace: string
  parameters: string
  document: string
  /** `value`: a parameter says it. */
  operation: 'SynCrisisInfo' | 'SynCrisisResponseInfo' | 'value'
  parameter: string
  path: string
  crisisValues: string
  feedbackValues: string
  unwrap: string
  /** JSON, blank = the document is ours. */
  mapping: string
  response: string
  result: string
  resultNamespace: string
  shape: (typeof INBOUND_SHAPES)[number]
  template: string
  success: string
  failure: string
  fault: boolean
}

export const INBOUND_BLANK: InboundFields = {
  elements: '',
  namespace: '',
  parameters: '',
  document: '',
  operation: 'SynCrisisInfo',
  parameter: '',
  path: '',
  crisisValues: '',
  feedbackValues: '',
  unwrap: '',
  mapping: '',
  response: '',
  result: '',
  resultNamespace: '',
  shape: 'ours',
  template: '',
  success: '',
  failure: '',
  fault: false,
}

type Values = Readonly<Record<string, unknown>>

const objectOf = (value: unknown): Values =>
  typeof value === 'object' && value !== null ? (value as Values) : {}
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const listed = (value: unknown): string =>
  Array.isArray(value) ? value.map(textOf).join(', ') : textOf(value)
const itemsIn = (text: string): string[] =>
  text.split(/[\s,，;；、]+/).filter((item) => item !== '')

/** A rule as the dialog shows it. */
export function inboundFields(rule: object): InboundFields {
  const values = rule as Values
  const answer = objectOf(values['answer'])
  const by = objectOf(values['operation'])
  const meanings = Object.entries(objectOf(by['values']))
  const meaning = (operation: string): string =>
    meanings
      .filter(([, means]) => means === operation)
      .map(([value]) => value)
      .join(', ')
  const document = textOf(answer['document'])
  const shape = INBOUND_SHAPES.find((one) => one === (document || 'ours')) ?? 'template'
  const fixed = textOf(values['operation'])
  return {
    elements: listed(values['elements']),
    namespace: textOf(values['namespace']),
    parameters: listed(values['parameters']),
    document: textOf(values['document']),
    operation:
      fixed === 'SynCrisisResponseInfo'
        ? fixed
        : fixed === '' && 'operation' in values
          ? 'value'
          : 'SynCrisisInfo',
    parameter: textOf(by['parameter']),
    path: textOf(by['path']),
    crisisValues: meaning('SynCrisisInfo'),
    feedbackValues: meaning('SynCrisisResponseInfo'),
    unwrap: listed(values['unwrap']),
    mapping: values['mapping'] === undefined ? '' : JSON.stringify(values['mapping'], null, 2),
    response: textOf(answer['response']),
    result: textOf(answer['result']),
    resultNamespace: textOf(answer['resultNamespace']),
    shape,
    template: shape === 'template' ? document : '',
    success: textOf(answer['success']),
    failure: textOf(answer['failure']),
    fault: answer['fault'] === true,
  }
}

/** A rule as flows and dialect files hold it: what is blank is left out. */
export function inboundRule(fields: InboundFields): object {
  const { operation, mapping } = fields
  const said = (value: string): string | undefined => value.trim() || undefined
  const list = (value: string): string[] | undefined => {
    const items = itemsIn(value)
    return items.length > 0 ? items : undefined
  }
  const meanings = [
    ...itemsIn(fields.crisisValues).map((value) => [value, 'SynCrisisInfo']),
    ...itemsIn(fields.feedbackValues).map((value) => [value, 'SynCrisisResponseInfo']),
  ]
  return withoutAbsent({
    elements: list(fields.elements) ?? [],
    namespace: said(fields.namespace),
    parameters: list(fields.parameters),
    document: said(fields.document),
    operation:
      operation === 'value'
        ? withoutAbsent({
            parameter: said(fields.parameter),
            path: said(fields.path),
            values: Object.fromEntries(meanings) as object,
          })
        : operation,
    unwrap: list(fields.unwrap),
    mapping: said(mapping) === undefined ? undefined : parsed(mapping),
    answer: withoutAbsent({
      response: said(fields.response),
      result: said(fields.result),
      resultNamespace: said(fields.resultNamespace),
      document:
        fields.shape === 'template'
          ? fields.template
          : fields.shape === 'ours'
            ? undefined
            : fields.shape,
      success: said(fields.success),
      failure: said(fields.failure),
      fault: fields.fault || undefined,
    }),
  })
}

/** A text that is no JSON stays one, which the runtime refuses with its place. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

const withoutAbsent = (values: Values): object =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) =>
        value !== undefined && !(name === 'answer' && Object.keys(value as object).length === 0),
    ),
  )
