import type { FlowMessage } from '../face/index.js'

/** An `http in` request that a message still carries. */
export interface HttpInRequest {
  /** True when the caller speaks JSON: by its Accept header, else by what it sent. */
  readonly wantsJson: boolean
  /** False when somebody has answered already. */
  answer(body: string, contentType: string): boolean
}

interface ExpressResponse {
  headersSent: boolean
  set(name: string, value: string): unknown
  status(code: number): { send(body: Buffer): unknown }
}

/** The `http in` request of a message, or undefined when there is none. Node-RED wraps the response in `_res`. */
export function asHttpIn(msg: FlowMessage): HttpInRequest | undefined {
  const { req, res } = msg as {
    req?: { headers?: Record<string, unknown> }
    res?: { _res?: ExpressResponse }
  }
  const response = res?._res
  if (!response) return undefined
  const header = (name: string): string => {
    const value = req?.headers?.[name]
    return typeof value === 'string' ? value : ''
  }
  const accepts = header('accept')
  const wantsJson =
    /json/i.test(accepts) || (!/xml/i.test(accepts) && /json/i.test(header('content-type')))
  return {
    wantsJson,
    answer(body, contentType) {
      if (response.headersSent) return false
      response.set('Content-Type', `${contentType}; charset=utf-8`)
      // Business failures too are answered 200: old clients take any other status for a broken line (A34).
      response.status(200).send(Buffer.from(body, 'utf8'))
      return true
    },
  }
}
