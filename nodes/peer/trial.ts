import {
  judge,
  outcomeOfError,
  outcomeOfReply,
  replyTable,
  type Judgement,
  type Outcome,
} from '../../src/delivery/index.js'
import {
  decodeBytes,
  layOut,
  proposeRules,
  withControlsShown,
  withoutLicences,
  withoutSecrets,
  type Answer,
  type RuleProposal,
} from '../../src/messages/index.js'
import {
  openRemote,
  readRemoteReply,
  RemoteError,
  type Operation,
  type TransportReply,
} from '../../src/soap/index.js'
import type { Runtime } from '../face/index.js'
import type { PeerConfig, PeerCredentials } from '../settings/index.js'
import {
  posterOf,
  readsMoreThanOne,
  remoteOptionsOf,
  replyRulesOf,
  secretsOf,
  type ReplyConfig,
} from './calling.js'
import { constantsOf, formOf } from './request.js'

/** The settings of a peer as they stand in its dialog. */
export interface TriedPeer {
  readonly id: string
  readonly config: PeerConfig
  readonly credentials: PeerCredentials
}

/** The meaning of an answer for a document that was sent for the first time, and what else it could mean. */
export interface Judged {
  readonly class: Outcome['class']
  readonly code: string
  readonly reason: Outcome['reason']
  /** The way that the document takes. */
  readonly action: Judgement['action']
  /** The code and the words that the peer answered, where they were found. */
  readonly reply: { readonly code: string; readonly desc: string }
  readonly proposals: readonly RuleProposal[]
  /** The returned text, laid out. */
  readonly answer: string
}

/** A request as it would go, or has gone, without its secrets. */
interface ShownRequest {
  readonly request: string
}

/** A request that was sent, and what came back. */
export interface Tried extends ShownRequest, Judged {
  /** The whole reply as it came, without secrets; '' = there was none. */
  readonly raw: string
}

/** More than a person reads, in bytes. */
const MOST_SHOWN = 64 * 1024

const isWanted = new Error('the request is shown and not sent')

interface Recorded {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * The request that a document would become by these settings. A WSDL is read, and nothing is sent.
 * @throws SettingError, RemoteError and HttpError where there can be no request
 */
export const showRequest = async (
  runtime: Runtime,
  peer: TriedPeer,
  operation: Operation,
  document: string,
): Promise<ShownRequest> => {
  const { request } = await call(runtime, peer, operation, document)
  return { request }
}

/**
 * Sends a document once, past the outbox, by the code that deliveries use.
 * @throws SettingError, RemoteError and HttpError where nothing could be sent
 */
export async function sendTrial(
  runtime: Runtime,
  peer: TriedPeer,
  operation: Operation,
  document: string,
  signal: AbortSignal,
): Promise<Tried> {
  const { request, reply, judged } = await call(runtime, peer, operation, document, signal)
  const raw = reply ? shownBytes(reply.bytes, reply.headers['content-type'], peer) : ''
  const head = reply ? `HTTP ${reply.status} ${reply.headers['content-type'] ?? ''}`.trim() : ''
  return { request, raw: head === '' ? '' : `${head}\n\n${await laidOut(raw)}`, ...judged }
}

/** The meaning of an answer that somebody has pasted: a whole envelope, or what is in it. */
export async function judgePasted(
  config: ReplyConfig & TableConfig,
  text: string,
): Promise<Judged> {
  const rules = replyRulesOf(config)
  try {
    const reply = { status: 200, headers: {}, bytes: Buffer.from(text) }
    const { answer } = readRemoteReply(reply, { allowBlank: readsMoreThanOne(rules) })
    return await judgedOf(outcomeOfReply(answer, rules), config, answer)
  } catch (thrown) {
    if (!(thrown instanceof RemoteError)) throw thrown
    if (thrown.code !== 'REPLY_NOT_SOAP') return judgedOf(outcomeOfError(thrown), config)
    const answer = { name: null, text }
    return judgedOf(outcomeOfReply(answer, rules), config, answer)
  }
}

type TableConfig = Pick<PeerConfig, 'replyTable'>

async function call(
  runtime: Runtime,
  tried: TriedPeer,
  operation: Operation,
  document: string,
  signal?: AbortSignal,
) {
  const { id, config, credentials } = tried
  const rules = replyRulesOf(config)
  const constants = constantsOf((name) => runtime.variable(name, id), credentials)
  const form = formOf(config, constants)
  const poster = posterOf(runtime, config, credentials)
  let recorded: Recorded | undefined
  let reply: TransportReply | undefined
  try {
    const remote = await openRemote({
      ...remoteOptionsOf(config, credentials, form),
      operation,
      allowBlank: readsMoreThanOne(rules),
      transport: {
        get: (...asked) => poster.get(...asked),
        async post(url, body, headers, stop) {
          recorded = { url, headers, body: Buffer.from(body as Uint8Array) }
          if (!signal) throw isWanted
          reply = await poster.post(url, body, headers, stop)
          return reply
        },
      },
    })
    const { outcome, answer } = await remote.call(document, signal).then(
      (found) => ({ outcome: outcomeOfReply(found.answer, rules), answer: found.answer }),
      (thrown: unknown) => {
        if (!recorded) throw thrown
        return { outcome: outcomeOfError(thrown), answer: undefined }
      },
    )
    const judged = await judgedOf(outcome, config, answer, tried)
    return { request: await shownRequest(recorded, tried), reply, judged }
  } finally {
    poster.close()
  }
}

async function judgedOf(
  found: Outcome,
  { replyTable: table }: TableConfig,
  answer?: Answer,
  peer?: TriedPeer,
): Promise<Judged> {
  const { outcome, action } = judge(found, 0, { replies: replyTable(table) })
  const secrets = peer ? secretsIn(peer) : []
  const hide = (text: string): string => withoutSecrets.text(text, secrets)
  const { code = '', desc = '' } = outcome.reply ?? {}
  return {
    class: outcome.class,
    code: outcome.code,
    reason: outcome.reason,
    action,
    reply: { code: hide(code), desc: hide(desc) },
    // A value that is a secret of ours is no code.
    proposals: answer ? proposeRules(answer).filter(({ value }) => hide(value) === value) : [],
    answer: answer ? hide(await laidOut(answer.text || (answer.body ?? ''))) : '',
  }
}

const secretsIn = ({ config, credentials }: TriedPeer): readonly string[] =>
  secretsOf(credentials, [config.wsdl, config.address])

async function shownRequest(recorded: Recorded | undefined, peer: TriedPeer): Promise<string> {
  if (!recorded) return ''
  const { url, headers, body } = recorded
  const secrets = secretsIn(peer)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const type = Object.entries(headers).find(([name]) => /^content-type$/i.test(name))?.[1]
  const head = [`POST ${url}`, ...lines].map((line) => withoutSecrets.text(line, secrets))
  return `${head.join('\n')}\n\n${await laidOut(shownBytes(body, type, peer))}`
}

/** Bytes as a text for people, without the secrets that the call carries. */
function shownBytes(bytes: Uint8Array, contentType: string | undefined, peer: TriedPeer): string {
  const cut = Buffer.from(bytes.subarray(0, MOST_SHOWN))
  const safe = withoutLicences(withoutSecrets.bytes(cut, secretsIn(peer)), [])
  try {
    return withControlsShown(decodeBytes(safe, { contentType, allowGbk: true }).text)
  } catch {
    return safe.toString('latin1')
  }
}

/** XML or JSON with a line for each part, anything else as it is. */
async function laidOut(text: string): Promise<string> {
  try {
    if (/^\s*[{[]/.test(text)) return JSON.stringify(JSON.parse(text), null, 2)
    return await layOut(text.trim())
  } catch {
    return text
  }
}
