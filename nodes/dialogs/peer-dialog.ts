import { CrisisError, layOut, MASK, withClockOffset } from '../../src/messages/index.js'
import { describeWsdl, wsdlReport } from '../../src/soap/index.js'
import type { FlowMessage, Runtime } from '../face/index.js'
import { PEER, posterOf } from '../peer/index.js'
import {
  crisesOfMessage,
  feedbacksOfMessage,
  writeCrisisEntry,
  writeFeedbackEntry,
  type Evaluate,
  type SourceConfig,
} from '../send/index.js'
import { holdsLogin, LOGIN_IN_ADDRESS, requireVariable, withLogin } from '../settings/index.js'
import { withVariables } from './variables.js'

/**
 * Answers what the dialogs of a peer and of the nodes that send by it ask: the document that a message would become,
 * and what a WSDL offers. Neither sends a document anywhere.
 */
export function servePeerDialog(runtime: Runtime): void {
  runtime.answer('preview', (body) => preview(runtime, body))
  runtime.answer('wsdl', (body) => fetchWsdl(runtime, body))
}

async function preview(runtime: Runtime, body: Record<string, unknown>): Promise<unknown> {
  const config = (body['config'] ?? {}) as SourceConfig & {
    omitEmpty?: boolean
    omitEmptyProcess?: boolean
    peer?: string
  }
  const msg = (body['msg'] ?? {}) as FlowMessage
  const peer = runtime.config(PEER, config.peer ?? '')
  const zone = peer?.zone ?? '+08:00'
  const omitEmpty = config.omitEmpty === true
  const evaluate: Evaluate = (value, type, from) => runtime.evaluate(value, type, from)
  const settings = { source: config.source, fields: config.fields ?? [] }
  if (body['operation'] === 'SynCrisisResponseInfo') {
    const entries = await feedbacksOfMessage(settings, msg, zone, evaluate)
    const header = { Application: peer?.header().Application ?? 'HIS', License: MASK }
    const options = { omitEmpty, omitEmptyProcess: config.omitEmptyProcess === true }
    const offset = peer?.clockOffset
    const sent = entries.map(({ document, extra }) => ({
      document: offset ? withClockOffset(document, offset) : document,
      extra,
    }))
    return shown(sent.map((entry) => writeFeedbackEntry(entry, header, options)))
  }
  const entries = await crisesOfMessage(settings, msg, zone, evaluate)
  return shown(entries.map((entry) => writeCrisisEntry(entry, omitEmpty)))
}

async function shown(documents: readonly string[]): Promise<unknown> {
  const laidOut = await Promise.all(documents.map(layOut))
  return { xml: documents.join('\n'), shown: laidOut.join('\n\n') }
}

async function fetchWsdl(runtime: Runtime, body: Record<string, unknown>): Promise<unknown> {
  const id = typeof body['id'] === 'string' ? body['id'] : ''
  const settings: Record<string, unknown> = withVariables(runtime, id, body)
  const text = (name: string): string => {
    const value = settings[name]
    requireVariable(value)
    return typeof value === 'string' ? value.trim() : ''
  }
  const saved = runtime.config(PEER, id)?.saved() ?? {}
  const source = text('wsdl')
  const poster = posterOf(
    runtime,
    {
      wsdl: source,
      address: text('address'),
      tls: text('tls'),
      // A token in the envelope goes with a call only; a WSDL is fetched with a login of HTTP or with none.
      login: HTTP_LOGINS.find((login) => login === text('login')) ?? '',
      oldTls: body['oldTls'] === true,
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
    const listings = await describeWsdl(withLogin(source, query), poster, signal)
    const report = wsdlReport(listings, source)
    if (!holdsLogin(source)) return report
    return { ...report, warnings: [...report.warnings, LOGIN_IN_ADDRESS] }
  } catch (error) {
    throw signal.aborted ? new CrisisError('WSDL_UNREADABLE', TOO_SLOW) : error
  } finally {
    poster.close()
  }
}

const HTTP_LOGINS = ['basic', 'digest', 'bearer'] as const

/** A person waits, however many files a WSDL imports. */
const MAX_FETCH_MS = 60_000

const TOO_SLOW = {
  zh: `${MAX_FETCH_MS / 1000} 秒内未能取得全部 WSDL 文件`,
  en: `The files of the WSDL could not all be had within ${MAX_FETCH_MS / 1000} s`,
}
