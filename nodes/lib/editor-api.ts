import type { Node, NodeAPI } from 'node-red'
import { asCrisisError } from '../../src/messages/index.js'
import { Poster } from '../../src/http/index.js'
import { describeWsdl, type WsdlListing } from '../../src/soap/index.js'
import {
  crisesOfMessage,
  feedbacksOfMessage,
  writeCrisisEntry,
  writeFeedbackEntry,
  type SourceConfig,
} from './documents.js'
import { MASK, type FlowMessage } from './message.js'
import { numberSetting } from './settings.js'

interface Request {
  body?: unknown
}

interface Response {
  status(code: number): Response
  json(body: unknown): unknown
}

/**
 * What the dialogs ask the runtime: the document that a message would become, and what a WSDL offers.
 * Both need the right to change flows, and neither sends a document anywhere.
 */
export function serveEditor(RED: NodeAPI): void {
  route(RED, 'preview', (body) => preview(RED, body))
  route(RED, 'wsdl', (body) => fetchWsdl(RED, body))
}

/** One question of a dialog, for those who may change flows; a failure is told in both languages. */
export function route(
  RED: NodeAPI,
  path: string,
  answer: (body: Record<string, unknown>) => Promise<unknown>,
): void {
  RED.httpAdmin.post(
    `/hospital-flows-crisis/${path}`,
    RED.auth.needsPermission('flows.write'),
    (req: Request, res: Response) => {
      answer((req.body ?? {}) as Record<string, unknown>).then(
        (body) => res.json(body),
        (thrown: unknown) => {
          const { code, reason } = asCrisisError(thrown)
          res.status(422).json({ code, reason })
        },
      )
    },
  )
}

async function preview(RED: NodeAPI, body: Record<string, unknown>): Promise<unknown> {
  const config = (body['config'] ?? {}) as SourceConfig & { omitEmpty?: boolean; peer?: string }
  const msg = (body['msg'] ?? {}) as FlowMessage
  const peer = RED.nodes.getNode(config.peer ?? '') as
    (Node & { zone?: string; header?: () => { Application: string } }) | null
  const zone = peer?.zone ?? '+08:00'
  const omitEmpty = config.omitEmpty === true
  // A node that is being edited may not exist yet: fields of flow context have no value then.
  const node = { id: '', context: () => ({ flow: emptyContext, global: emptyContext }) } as never
  const settings = { source: config.source, fields: config.fields ?? [] }
  if (body['operation'] === 'SynCrisisResponseInfo') {
    const entries = await feedbacksOfMessage(RED, node, settings, msg, zone)
    const header = { Application: peer?.header?.().Application ?? 'HIS', License: MASK }
    return { xml: entries.map((entry) => writeFeedbackEntry(entry, header, omitEmpty)).join('\n') }
  }
  const entries = await crisesOfMessage(RED, node, settings, msg, zone)
  return { xml: entries.map((entry) => writeCrisisEntry(entry, omitEmpty)).join('\n') }
}

const emptyContext = {
  get: (_key: string, _store: unknown, callback?: (error: unknown, value: unknown) => void) =>
    callback?.(null, undefined),
}

async function fetchWsdl(RED: NodeAPI, body: Record<string, unknown>): Promise<unknown> {
  const text = (name: string): string => {
    const value = typeof body[name] === 'string' ? body[name].trim() : ''
    // As Node-RED does at the start of a flow: only a value that is nothing but `${NAME}` stands for a variable.
    const variable = /^\$\{([^}]+)\}$/.exec(value)?.[1]
    return variable === undefined ? value : (process.env[variable] ?? '')
  }
  const tls = RED.nodes.getNode(text('tls')) as
    (Node & { addTLSOptions(options: object): object }) | null
  const seconds = { least: 1, most: 60 }
  const poster = new Poster({
    ...(tls && { tls: tls.addTLSOptions({}) }),
    connectTimeoutMs:
      numberSetting('connectSeconds', text('connectSeconds'), { ...seconds, fallback: 5 }) * 1000,
    deadlineMs:
      numberSetting('totalSeconds', text('totalSeconds'), { ...seconds, fallback: 15 }) * 1000,
  })
  try {
    return { services: grouped(await describeWsdl(text('wsdl'), poster)) }
  } finally {
    poster.close()
  }
}

/** The operations of a WSDL by their ports, with the parameter that a call would use. */
function grouped(listings: readonly WsdlListing[]): unknown {
  const ports = Map.groupBy(listings, ({ service, port }) => JSON.stringify([service, port]))
  return [...ports.values()].map(([first, ...others]) => ({
    service: first?.service,
    port: first?.port,
    address: first?.address,
    soapVersion: first?.soapVersion,
    operations: (first ? [first, ...others] : []).map(({ operation, parameters }) => ({
      name: operation,
      parameter: (parameters.find(({ type }) => /string/.test(type)) ?? parameters[0])?.name ?? '',
      parameters: parameters.map(({ name }) => name),
    })),
  }))
}
