import { fsyncSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/** How late the event loop was, in ms. */
export interface LoopDelay {
  readonly p99: number
  readonly most: number
}

const RESOLUTION_MS = 1
const WRITE_EVERY_MS = 20

/*
 * Loaded into a process before all else (--require): tells on a port of its own how late the event loop was since
 * it was asked before. Given the name of a file, it has the main thread write and flush there from then on, as no
 * program should.
 */
function main(port: number): void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  // The interval of the samples is part of each.
  const ms = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS)
  const server = createServer((req, res) => {
    req.on('data', (file: Buffer) => flushAgainAndAgain(file.toString()))
    const delay: LoopDelay = { p99: ms(histogram.percentile(99)), most: ms(histogram.max) }
    histogram.reset()
    res.end(JSON.stringify(delay))
  })
  server.listen(port, '127.0.0.1').unref()
}

function flushAgainAndAgain(file: string): void {
  const handle = openSync(file, 'w')
  const write = (): void => {
    writeSync(handle, 'x')
    fsyncSync(handle)
  }
  setInterval(write, WRITE_EVERY_MS).unref()
}

if (isMainThread && process.env['PROBE_PORT']) main(Number(process.env['PROBE_PORT']))
