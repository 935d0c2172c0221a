import type { ServerResponse } from 'node:http'
import type { CsvFile } from './reads.js'
import { SAFE_HEADERS } from './replies.js'

/** Sends a file piece by piece, as fast as its reader takes it. */
export async function sendFileOf(res: ServerResponse, { name, parts }: CsvFile): Promise<void> {
  const safe = name.replace(/[^\w.-]/g, '_')
  let hasBegun = false
  for await (const part of parts) {
    if (!hasBegun) {
      hasBegun = true
      res.writeHead(200, headersOf(safe))
    }
    if (res.destroyed) return
    if (!res.write(part)) await drained(res)
  }
  if (!hasBegun) res.writeHead(200, headersOf(safe))
  res.end()
}

const headersOf = (name: string): Readonly<Record<string, string>> => ({
  ...SAFE_HEADERS,
  'Content-Type': 'text/csv; charset=utf-8',
  // Never shown in the browser, whatever stands in it.
  'Content-Disposition': `attachment; filename="${name}"`,
  'Cache-Control': 'no-store',
})

const drained = (res: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      res.off('drain', go).off('close', go)
      resolve()
    }
    res.once('drain', go).once('close', go)
  })
