import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isElsewhere, type PostgresAddress } from '../../store/index.js'
import { UsageError } from './usage-error.js'

/** Where a ledger is. */
export type Place =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly address: PostgresAddress }

export interface TlsOptions {
  readonly tls?: boolean | undefined
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** Relative to the Node-RED user directory, from which the command is started. */
export const DEFAULT_FILE = 'crisis/ledger.db'

/**
 * A path, `postgres` for what the PG* variables say, or `postgres://user@host:port/database`.
 * @throws UsageError, also for a password in the address, which every user of the machine could see
 */
export function placeOf(text: string, tls: TlsOptions): Place {
  if (!/^postgres(ql)?(:|$)/i.test(text)) {
    return { kind: 'sqlite', file: isElsewhere(text) ? text : resolve(text) }
  }
  return { kind: 'postgres', address: { ...addressOf(text), ...sslOf(text, tls) } }
}

function addressOf(text: string): PostgresAddress {
  const rest = text.replace(/^postgres(ql)?:?(\/\/)?/i, '')
  if (rest === '') return {}
  const url = URL.parse(`postgres://${rest}`)
  if (!url) throw new UsageError('address')
  if (url.password !== '') throw new UsageError('password')
  const database = plain(url.pathname.slice(1))
  return {
    ...(url.hostname !== '' && { host: url.hostname.replace(/^\[|\]$/g, '') }),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(database !== '' && { database }),
    ...(url.username !== '' && { user: plain(url.username) }),
  }
}

function plain(escaped: string): string {
  try {
    return decodeURIComponent(escaped)
  } catch {
    throw new UsageError('address')
  }
}

function sslOf(text: string, { tls, ca, cert, key }: TlsOptions): Pick<PostgresAddress, 'ssl'> {
  const mode = /[?&]sslmode=([a-z-]+)/i.exec(text)?.[1]
  const wanted = tls || ca || cert || key || (mode !== undefined && mode !== 'disable')
  if (!wanted) return {}
  const file = (path: string) => {
    try {
      return readFileSync(path)
    } catch {
      throw new UsageError('tlsFile')
    }
  }
  // The server's certificate is always checked: with its chain of trust there is nothing to encrypt for.
  return {
    ssl: {
      ...(ca && { ca: file(ca) }),
      ...(cert && { cert: file(cert) }),
      ...(key && { key: file(key) }),
    },
  }
}
