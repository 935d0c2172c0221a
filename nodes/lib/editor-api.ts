import type { Node, NodeAPI } from 'node-red'
import { asCrisisError, CrisisError, layOut, withClockOffset } from '../../src/messages/index.js'
import { describeWsdl } from '../../src/soap/index.js'
import { withLogin } from './address.js'
import { posterOf } from './calling.js'
import { credentialsOf, type PeerNode } from './config-nodes.js'
import {
  crisesOfMessage,
  feedbacksOfMessage,
  writeCrisisEntry,
  writeFeedbackEntry,
  type SourceConfig,
} from './documents.js'
import { MASK, type FlowMessage } from './message.js'
import { requireVariable } from './setting-values.js'
import { withVariables } from './variables.js'
import { wsdlReport } from './wsdl-proposal.js'

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
  const config = (body['config'] ?? {}) as SourceConfig & {
    omitEmpty?: boolean
    omitEmptyProcess?: boolean
    peer?: string
  }
  const msg = (body['msg'] ?? {}) as FlowMessage
  const peer = RED.nodes.getNode(config.peer ?? '') as
    (Node & Partial<Pick<PeerNode, 'zone' | 'header' | 'clockOffset'>>) | null
  const zone = peer?.zone ?? '+08:00'
  const omitEmpty = config.omitEmpty === true
  // A node that is being edited may not exist yet: fields of flow context have no value then.
  const node = { id: '', context: () => ({ flow: emptyContext, global: emptyContext }) } as never
  const settings = { source: config.source, fields: config.fields ?? [] }
  if (body['operation'] === 'SynCrisisResponseInfo') {
    const entries = await feedbacksOfMessage(RED, node, settings, msg, zone)
    const header = { Application: peer?.header?.().Application ?? 'HIS', License: MASK }
    const options = { omitEmpty, omitEmptyProcess: config.omitEmptyProcess === true }
    const offset = peer?.clockOffset
    const sent = entries.map(({ document, extra }) => ({
      document: offset ? withClockOffset(document, offset) : document,
      extra,
    }))
    return shown(sent.map((entry) => writeFeedbackEntry(entry, header, options)))
  }
  const entries = await crisesOfMessage(RED, node, settings, msg, zone)
  return shown(entries.map((entry) => writeCrisisEntry(entry, omitEmpty)))
}

async function shown(documents: readonly string[]): Promise<unknown> {
  const laidOut = await Promise.all(documents.map(layOut))
  return { xml: documents.join('\n'), shown: laidOut.join('\n\n') }
}

const emptyContext = {
  get: (_key: string, _store: unknown, callback?: (error: unknown, value: unknown) => void) =>
    callback?.(null, undefined),
}

async function fetchWsdl(RED: NodeAPI, body: Record<string, unknown>): Promise<unknown> {
  const id = typeof body['id'] === 'string' ? body['id'] : ''
  const peer = RED.nodes.getNode(id) as PeerNode | null
  const settings: Record<string, unknown> = withVariables(RED, peer, body)
  const text = (name: string): string => {
    const value = settings[name]
    requireVariable(value)
    return typeof value === 'string' ? value.trim() : ''
  }
  const saved = peer?.type === 'crisis peer' ? credentialsOf(peer) : {}
  const source = text('wsdl')
  const poster = posterOf(
    RED,
    {
      wsdl: source,
      address: text('address'),
      tls: text('tls'),
      // A token goes with a call only; a WSDL is fetched with Basic or with nothing.
      login: text('login') === 'basic' ? 'basic' : '',
      connectSeconds: text('connectSeconds'),
      totalSeconds: text('totalSeconds'),
      maxKilobytes: '',
      parallel: '',
      lenient: body['lenient'] === true,
    },
    // Whoever may change flows could have the saved password sent anywhere by a flow.
    { user: text('user'), password: text('password') || (saved.password ?? '') },
  )
  const signal = AbortSignal.timeout(MAX_FETCH_MS)
  try {
    const query = text('query') || (saved.query ?? '')
    return wsdlReport(await describeWsdl(withLogin(source, query), poster, signal), source)
  } catch (error) {
    throw signal.aborted ? new CrisisError('WSDL_UNREADABLE', TOO_SLOW) : error
  } finally {
    poster.close()
  }
}

/** A person waits, however many files a WSDL imports. */
const MAX_FETCH_MS = 60_000

const TOO_SLOW = {
  zh: `${MAX_FETCH_MS / 1000} 秒内未能取得全部 WSDL 文件`,
  en: `The files of the WSDL could not all be had within ${MAX_FETCH_MS / 1000} s`,
}
