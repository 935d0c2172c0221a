import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { NodeRedUser } from '../../src/board/index.js'
import type { Runtime } from '../face/index.js'
import { SettingError } from '../settings/index.js'

/** Longest wait for the answer of Node-RED's own admin API, in ms. */
const ANSWER_MS = 10_000

/**
 * True when Node-RED has users whose password can be asked for. With a strategy, such as OAuth, only its own page can
 * sign people in.
 */
export function hasPasswords({ settings, server }: Runtime): boolean {
  const { adminAuth, httpAdminRoot } = settings
  const auth = { ...adminAuth, ...adminAuth?.module }
  return auth.type === 'credentials' && httpAdminRoot !== false && server !== undefined
}

/**
 * Looks whether a password is that of a user of Node-RED as its editor does: by its admin API, put to the server and
 * not over the network. Node-RED itself turns a user away for ten minutes after five wrong attempts.
 * @returns null where it is not
 * @throws SettingError SETTING_INVALID where Node-RED cannot say
 */
export async function nodeRedUser(
  runtime: Runtime,
  username: string,
  password: string,
): Promise<NodeRedUser | null> {
  if (!hasPasswords(runtime)) throw noUsers()
  const client = { client_id: 'node-red-editor', grant_type: 'password', scope: '' }
  const login = await ask(runtime, 'POST', 'auth/token', { ...client, username, password })
  const token = textIn(login.body, 'access_token')
  if (login.status !== 200 || token === '') {
    if (login.status >= 400 && login.status < 500) return null
    // Its own limit is answered as a failure of the server.
    if (/too many/i.test(JSON.stringify(login.body))) return null
    throw noUsers()
  }
  try {
    const { body } = await ask(runtime, 'GET', 'settings', undefined, token)
    const user = (body['user'] ?? {}) as Readonly<Record<string, unknown>>
    const name = textIn(user, 'username')
    if (name === '') return null
    const permissions = [user['permissions']].flat()
    return { name, isAdministrator: permissions.includes('*') }
  } finally {
    // A token that a site has fixed for a user stays; one that was made for this goes.
    await ask(runtime, 'POST', 'auth/revoke', { token }, token)
  }
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

function ask(
  { settings, server }: Runtime,
  method: 'GET' | 'POST',
  path: string,
  body: object | undefined,
  token?: string,
): Promise<Answer> {
  const socket = new Socket()
  const req = new IncomingMessage(socket)
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const root = settings.httpAdminRoot === false ? '' : (settings.httpAdminRoot ?? '/')
  req.method = method
  req.url = `${root.replace(/\/+$/, '')}/${path}`
  req.headers = {
    host: '127.0.0.1',
    ...(bytes && { 'content-type': 'application/json', 'content-length': String(bytes.length) }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  if (bytes) req.push(bytes)
  req.push(null)
  const res = new ServerResponse(req)
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const timer = setTimeout(() => fail(noUsers()), ANSWER_MS)
    const fail = (error: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    const take = (piece: unknown, encoding?: unknown): void => {
      if (typeof piece === 'string') {
        pieces.push(
          Buffer.from(piece, typeof encoding === 'string' ? (encoding as 'utf8') : 'utf8'),
        )
      } else if (piece instanceof Uint8Array) pieces.push(Buffer.from(piece))
    }
    // The answer goes nowhere but here.
    res.write = ((piece: unknown, encoding?: unknown) => {
      take(piece, encoding)
      return true
    }) as typeof res.write
    res.end = ((piece?: unknown, encoding?: unknown) => {
      take(piece, encoding)
      clearTimeout(timer)
      socket.destroy()
      resolve({ status: res.statusCode, body: jsonIn(Buffer.concat(pieces)) })
      return res
    }) as typeof res.end
    try {
      server?.emit('request', req, res)
    } catch (thrown) {
      fail(thrown instanceof Error ? thrown : noUsers())
    }
  })
}

function jsonIn(bytes: Buffer): Answer['body'] {
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof body === 'object' && body !== null) return body as Answer['body']
  } catch {
    // An answer that is none is as good as an empty one: its status says the rest.
  }
  return {}
}

const textIn = (body: Readonly<Record<string, unknown>>, name: string): string => {
  const value = body[name]
  return typeof value === 'string' ? value : ''
}

export const noUsers = () =>
  new SettingError('SETTING_INVALID', {
    zh: '本 Node-RED 没有可用密码登录的用户（settings.js 的 adminAuth，类型 credentials）：请改用看板账户或登录代理',
    en: 'This Node-RED has no users who sign in with a password (adminAuth of settings.js, of the type credentials); use accounts of the board or a sign-in proxy',
  })
