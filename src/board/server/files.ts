import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { answer } from '../../http/hosting/index.js'
import { SAFE_HEADERS } from './replies.js'

interface PageFile {
  readonly type: string
  readonly tag: string
  readonly bytes: Buffer
  readonly packed: Buffer
}

/** The files of the page by their paths, in memory: no path of a request ever reaches the disk. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** The page as the build leaves it. */
export const PAGE_FOLDER = join(__dirname, '../../../board')

const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/board.js', 'board.js', 'text/javascript; charset=utf-8'],
  ['/board.css', 'board.css', 'text/css; charset=utf-8'],
] as const

/** @throws Error where the package was not built */
export function readPageFiles(folder = PAGE_FOLDER): PageFiles {
  return new Map(
    FILES.map(([path, name, type]) => {
      const bytes = readFileSync(join(folder, name))
      const tag = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
      return [path, { type, tag, bytes, packed: gzipSync(bytes) }]
    }),
  )
}

/** Nothing is loaded from elsewhere, nothing in the text of the page runs, and no other page may hold it. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function sendFile(req: IncomingMessage, res: ServerResponse, file: PageFile): void {
  const { type, tag, bytes, packed } = file
  const isPacked = /\bgzip\b/.test(req.headers['accept-encoding'] ?? '')
  const headers = {
    ...SAFE_HEADERS,
    'Content-Type': type,
    'Content-Security-Policy': CSP,
    // Asked for each time, and answered 304: a new version of the package is seen at once.
    'Cache-Control': 'no-cache',
    ETag: `"${tag}"`,
    Vary: 'Accept-Encoding',
  }
  if (req.headers['if-none-match']?.includes(tag)) return answer(req, res, { status: 304, headers })
  answer(req, res, {
    status: 200,
    headers: { ...headers, ...(isPacked && { 'Content-Encoding': 'gzip' }) },
    body: isPacked ? packed : bytes,
  })
}
