import type { IncomingHttpHeaders } from 'node:http'

/** A complete reply, inflated, of whatever status but a redirect. */
export interface TransportReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

/**
 * Carries requests. Limits of time and size are the implementation's; it rejects when there is no
 * complete reply and never judges one.
 */
export interface Transport {
  get(url: string, signal?: AbortSignal): Promise<TransportReply>
  post(
    url: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<TransportReply>
}
