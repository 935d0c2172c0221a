import { appendFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readCrisisDocument, success, writeGenericResponse } from '../../src/messages/index.js'
import { readCall, SOAP_CONTENT_TYPES, writeReply } from '../../src/soap/index.js'
import { between, pause, seeded } from './random.js'

/** What the recorder writes down, one line of JSON each. */
export interface Recorded {
  readonly exam: string
  readonly memo: string
  /** `cut`: it has the document, but its answer did not come through. */
  readonly answer: 'whole' | 'cut'
}

/** What the test tells the recorder. */
export type RecorderOrder = 'trouble' | 'healthy' | 'silent' | 'stop'

/*
 * The receiver of the crash test, a process of its own: node recorder.js <file> <seed>. It writes down what it
 * takes over before it answers. In its times of trouble it is slow, refuses, cuts its answers or is not there.
 */
const MOODS = ['healthy', 'healthy', 'slow', 'refusing', 'cutting', 'mixed', 'down'] as const
type Mood = (typeof MOODS)[number] | 'silent'

const SLOWEST_MS = 900
const MOOD_MS = { least: 500, most: 3_000 }

function main(file: string, seed: number): void {
  const random = seeded(seed)
  let mood: Mood = 'healthy'
  let troubled = true
  let port = 0
  let timer: NodeJS.Timeout | undefined
  const server = createServer((req, res) => {
    take(req, res).catch(() => res.destroy())
  })
  server.on('error', () => undefined)

  async function take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const call = readCall(Buffer.concat(chunks).toString('utf8'))
    const now = mood === 'mixed' ? MOODS[between(random, 0, MOODS.length - 2)] : mood
    if (now === 'silent') return
    if (now === 'slow') await pause(between(random, 50, SLOWEST_MS))
    // Whoever called is dead or has given up: nothing was answered, so nothing is taken over.
    if (res.destroyed || res.socket?.destroyed) return
    if (now === 'refusing') {
      res.writeHead(503).end()
      return
    }
    const answer = now === 'cutting' ? 'cut' : 'whole'
    const [entry] = readCrisisDocument(call.argument ?? '').crises
    const { ExamNo: exam = '', CrisisMemo: memo = '' } = entry?.crisis ?? {}
    appendFileSync(file, `${JSON.stringify({ exam, memo, answer } satisfies Recorded)}\n`)
    const reply = Buffer.from(writeReply(call, writeGenericResponse(success())))
    res.writeHead(200, {
      'Content-Type': SOAP_CONTENT_TYPES[call.version],
      'Content-Length': reply.length,
    })
    if (answer === 'whole') res.end(reply)
    else res.write(reply.subarray(0, reply.length / 2), () => res.destroy())
  }

  function listen(): void {
    if (!server.listening) server.listen(port, '127.0.0.1')
  }

  function changeMood(): void {
    mood = troubled ? (MOODS[between(random, 0, MOODS.length)] ?? 'healthy') : 'healthy'
    if (mood === 'down') {
      server.close()
      server.closeAllConnections()
    } else listen()
    if (troubled) timer = setTimeout(changeMood, between(random, MOOD_MS.least, MOOD_MS.most))
  }

  process.on('message', (order: RecorderOrder) => {
    if (order === 'stop') process.exit(0)
    clearTimeout(timer)
    troubled = order === 'trouble'
    changeMood()
    if (order === 'silent') mood = 'silent'
  })
  // The test is gone.
  process.on('disconnect', () => process.exit(0))

  server.once('listening', () => {
    port = (server.address() as AddressInfo).port
    process.send?.(port)
  })
  listen()
}

if (require.main === module) main(process.argv[2] ?? '', Number(process.argv[3]))
