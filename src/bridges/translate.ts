import { randomUUID } from 'node:crypto'
import { crisisToFhir, feedbackToFhir } from './fhir.js'
import { crisisToHl7 } from './hl7.js'
import { FHIR_STATUS_OF, HL7_STATUS_OF, situationOf } from './situation.js'
import { pagingBody, pagingText } from './paging.js'
import { mapIn, mapOut, requireTable } from './map-message.js'
import type { MappingTable } from './mapping/index.js'
import { toldOfCrisis, toldOfFeedback, type Told } from './told.js'
import { alertKey, readCrisisQuality, readFeedbackStage } from '../loop/index.js'
import {
  CRISIS_FIELDS,
  checkedResponse,
  crisisOfObject,
  decodeBytes,
  extraOfObject,
  FEEDBACK_FIELDS,
  feedbackOfObject,
  MessageError,
  prepareDocument,
  readCrisisDocument,
  readFeedbackDocument,
  readGenericResponse,
  readXml,
  TEXT_DAMAGED,
  writeCrisisDocument,
  writeFeedbackDocument,
  writeGenericResponse,
  withExtra,
  type Crisis,
  type CrisisFeedback,
} from '../messages/index.js'

type Kind = 'crisis' | 'feedback' | 'response'

/** The part of a message that is not its document. */
export interface Beside {
  readonly id?: string | undefined
  readonly key?: string | undefined
  readonly revision?: number | undefined
  readonly stage?: string | undefined
  readonly flags?: readonly string[] | undefined
  readonly application?: string | undefined
  readonly otherPatients?: readonly { readonly SickNo: string }[] | undefined
}

export interface Translated {
  readonly value: unknown
  /** Goes under `msg.crisis`. */
  readonly context: Told
  /** Goes beside the payload, for the common notification nodes. */
  readonly beside: Readonly<Record<string, unknown>>
}

export interface TranslateOptions {
  /** `auto`: text is read, an object is written. */
  readonly action: 'auto' | 'read' | 'write' | 'fhir' | 'hl7' | 'paging' | 'mapIn' | 'mapOut'
  readonly document: 'auto' | Kind
  readonly zone: string
  readonly application: string
  readonly fhirBase: string
  readonly hl7Sender: string
  readonly hl7SenderFacility: string
  readonly hl7Receiver: string
  readonly hl7ReceiverFacility: string
  readonly hl7Assigner: string
  readonly pagingTo: string
  readonly pagingHospital: string
  /** Time in which to act; undefined = at once. */
  readonly minutes: number | undefined
  /** `{id}` stands for the id of the alert; blank = no link. */
  readonly pagingLink: string
  readonly pagingMention: string
  readonly channel: Parameters<typeof pagingBody>[0]
  /** For `mapIn` and `mapOut`. */
  readonly table?: MappingTable | undefined
}

export interface TranslateInput {
  readonly value: unknown
  readonly context: Beside
  readonly config: TranslateOptions
  /** Header/License for a feedback that is written. */
  readonly licence: string
  /** `msg.to`, for channels that need an address. */
  readonly to: string | undefined
  readonly language: 'zh-CN' | 'en-US'
  readonly now: Date
}

/**
 * One of the three documents, as text or object, into the other form, or into another language.
 * @throws MessageError, BridgeError
 */
export function translate(input: TranslateInput): Translated {
  const { config } = input
  const value = Buffer.isBuffer(input.value) ? decodeBytes(input.value).text : input.value
  const isText = typeof value === 'string'
  switch (config.action) {
    case 'read':
      return read(textOf(value), config)
    case 'write':
      return isText ? { value, context: {}, beside: {} } : write(objectOf(value), input)
    case 'mapIn':
      return oneOrMany(mapIn(value, requireTable(config.table), config.zone))
    case 'mapOut':
      return mapped(value, input)
    case 'auto':
      return isText ? read(value, config) : write(objectOf(value), input)
    default: {
      const parsed = isText ? read(value, config).value : value
      return bridge(objectOf(parsed), input)
    }
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw new MessageError('DOCUMENT_UNKNOWN', {
    zh: '要解析的内容应为 XML 或 JSON 文本',
    en: 'What is to be read should be XML or JSON text',
  })
}

function objectOf(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new MessageError(
    'DOCUMENT_UNKNOWN',
    {
      zh: '要转换的内容应为一个文档对象',
      en: 'What is to be translated should be one document as an object',
    },
    '422',
  )
}

function read(text: string, config: TranslateOptions): Translated {
  const kind = config.document === 'auto' ? kindOfText(text) : config.document
  if (kind === 'response') {
    const { code, desc } = readGenericResponse(text)
    return { value: { code, desc }, context: {}, beside: {} }
  }
  if (kind === 'crisis') {
    const values = readCrisisDocument(text).crises.map(({ crisis, extra, flags }) => ({
      value: withExtra(crisis, extra),
      context: toldOfCrisis(crisis, flags, config.zone),
    }))
    return oneOrMany(values)
  }
  const { header, feedbacks } = readFeedbackDocument(text)
  // The licence in the header is a secret: it stays out of the message.
  return oneOrMany(
    feedbacks.map(({ feedback, extra, flags }) => ({
      value: withExtra(feedback, extra),
      context: toldOfFeedback(feedback, header.Application, flags, config.zone),
    })),
  )
}

/** A document of ours, be it text or an object, or a list of them, as the other system has it. */
function mapped(value: unknown, input: TranslateInput): Translated {
  const { config, licence, now } = input
  const table = requireTable(config.table)
  const ours = typeof value === 'string' ? readAs(table.document, value, config) : value
  const header = { Application: config.application, License: licence }
  const options = { zone: config.zone, now, uuid: randomUUID() }
  const documents = Array.isArray(ours) ? ours : objectOf(ours)
  return { value: mapOut(documents, table, header, options), context: {}, beside: {} }
}

const readAs = (document: MappingTable['document'], text: string, config: TranslateOptions) =>
  read(text, { ...config, document }).value

function oneOrMany(values: readonly { value: object; context: Told }[]): Translated {
  const [first] = values
  return values.length === 1 && first
    ? { value: first.value, context: first.context, beside: {} }
    : { value: values.map(({ value }) => value), context: {}, beside: {} }
}

function kindOfText(text: string): Kind {
  const { xml } = prepareDocument(text)
  if (xml.startsWith('{')) return 'response'
  // Whatever reads it says that it is empty.
  if (xml === '') return 'crisis'
  const root = readXml(xml)
  if (root.name.toLowerCase() === 'response') return 'response'
  return root.children.some((child) => child.name.toLowerCase() === 'crisisresponse')
    ? 'feedback'
    : 'crisis'
}

function kindOfObject(value: object, config: TranslateOptions): Kind {
  if (config.document !== 'auto') return config.document
  if (Object.hasOwn(value, 'code') && Object.hasOwn(value, 'desc')) return 'response'
  const crisisOnly = CRISIS_FIELDS.map(([name]) => name as string)
  const speaksOfFeedback = FEEDBACK_FIELDS.some(
    ([name]) => !crisisOnly.includes(name) && Object.hasOwn(value, name),
  )
  return speaksOfFeedback ? 'feedback' : 'crisis'
}

function write(value: object, { config, licence }: TranslateInput): Translated {
  const extra = extraOfObject(value)
  const kind = kindOfObject(value, config)
  let xml: string
  if (kind === 'crisis') xml = writeCrisisDocument(crisisOfObject(value), { extra })
  else if (kind === 'feedback') {
    const header = { Application: config.application, License: licence }
    xml = writeFeedbackDocument(header, feedbackOfObject(value), { extra })
  } else {
    const { code, desc } = value as { code?: unknown; desc?: unknown }
    xml = writeGenericResponse(
      checkedResponse(
        typeof code === 'string' ? code : '',
        typeof desc === 'string' ? desc : undefined,
      ),
    )
  }
  return { value: xml, context: {}, beside: {} }
}

function bridge(value: object, input: TranslateInput): Translated {
  const { config, context } = input
  const kind = kindOfObject(value, config)
  if (kind === 'feedback' && config.action === 'fhir') {
    return { value: fhirOfFeedback(feedbackOfObject(value), input), context: {}, beside: {} }
  }
  if (kind !== 'crisis') {
    throw new MessageError(
      'DOCUMENT_UNKNOWN',
      {
        zh: '该转换只适用于危急值文档',
        en: 'Only a critical value can be translated so',
      },
      '422',
    )
  }
  const crisis: Crisis = crisisOfObject(value)
  const key = context.id ?? alertKey('', crisis)
  const situation = situationOf(context)
  const { revision } = context
  const otherPatients = context.otherPatients?.map(({ SickNo }) => SickNo)
  const setAt = readCrisisQuality(crisis, config.zone).setAt.at ?? undefined
  if (config.action === 'fhir') {
    const resource = crisisToFhir(crisis, {
      key,
      revision,
      base: config.fhirBase,
      setAt,
      status: FHIR_STATUS_OF[situation],
      otherPatients,
    })
    return { value: resource, context: {}, beside: {} }
  }
  if (config.action === 'hl7') {
    const message = crisisToHl7(crisis, {
      key,
      revision,
      status: HL7_STATUS_OF[situation],
      otherPatients,
      setAt,
      now: input.now,
      sendingApplication: config.hl7Sender,
      sendingFacility: config.hl7SenderFacility,
      receivingApplication: config.hl7Receiver,
      receivingFacility: config.hl7ReceiverFacility,
      assigner: config.hl7Assigner,
    })
    return { value: message.text, context: { controlId: message.controlId }, beside: {} }
  }
  const { language } = input
  const link = config.pagingLink.trim().replaceAll('{id}', encodeURIComponent(key)) || undefined
  const { payload: _text, ...text } = pagingText({
    crisis,
    id: key,
    language,
    minutes: config.minutes,
    hospital: config.pagingHospital,
    link,
    situation,
    repeated: context.flags?.includes('redelivered'),
    damaged: context.flags?.includes(TEXT_DAMAGED),
  })
  const to = config.pagingTo.trim() === '' ? input.to : config.pagingTo
  const mention = config.pagingMention.split(/[\s,;，、；]+/).filter(Boolean)
  const body = pagingBody(config.channel, { ...text, payload: text.message }, { to, mention, link })
  return { value: body, context: {}, beside: text }
}

function fhirOfFeedback(feedback: CrisisFeedback, { config, context }: TranslateInput): object {
  const { receivedAt, processedAt } = readFeedbackStage(feedback, config.zone)
  return feedbackToFhir(feedback, {
    key: context.id ?? context.key ?? '',
    base: config.fhirBase,
    receivedAt: receivedAt.at ?? undefined,
    processedAt: processedAt.at ?? undefined,
    application: context.application,
  })
}
