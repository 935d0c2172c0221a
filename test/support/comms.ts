import type { FlowMessage } from '../../nodes/face/message.js'
import { statusOf } from './status.js'

export interface Shown {
  readonly id: string
  /** Colour and word, such as `green delivered`. */
  readonly status: string
}

/** The editor's socket of a running Node-RED: what debug nodes and statuses tell, as the editor sees it. */
export class Comms {
  readonly statuses: Shown[] = []
  readonly #debugged: { readonly id: string; readonly msg: FlowMessage }[] = []
  readonly #socket: WebSocket
  readonly #listeners = new Set<() => void>()

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', (event) => {
      const list: unknown = JSON.parse(String(event.data))
      for (const item of Array.isArray(list) ? list : [list]) this.#take(item as Event)
      for (const listener of this.#listeners) listener()
    })
  }

  static async open(url: string): Promise<Comms> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/comms`)
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error('the socket cannot be opened')))
    })
    const comms = new Comms(socket)
    for (const topic of ['status/#', 'debug']) socket.send(JSON.stringify({ subscribe: topic }))
    return comms
  }

  /** Forgets everything, so that what is waited for is new. */
  clear(): void {
    this.statuses.length = 0
    this.#debugged.length = 0
  }

  /**
   * The first message that a debug node has shown, or is to show, since the last `clear`. What a
   * deploy has handed out again is not it.
   */
  async debug(id: string): Promise<FlowMessage> {
    const found = () => this.#debugged.find((item) => item.id === id && isNew(item))?.msg
    await this.#until(() => found() !== undefined, `debug node ${id}`)
    return found()!
  }

  async shows(id: string, status: string): Promise<void> {
    await this.#until(() => this.placeOf(id, status) >= 0, `${id} to show ${status}`)
  }

  async showsLike(id: string, status: RegExp): Promise<void> {
    const isShown = () =>
      this.statuses.some((shown) => shown.id === id && status.test(shown.status))
    await this.#until(isShown, `${id} to show ${String(status)}`)
  }

  /** Where a status stands among all, in the order in which they were shown. */
  placeOf(id: string, status: string): number {
    return this.statuses.findIndex((shown) => shown.id === id && shown.status === status)
  }

  /** What a deploy has handed out again does not count. */
  hasDebugged(id: string): boolean {
    return this.#debugged.some((item) => item.id === id && isNew(item))
  }

  close(): void {
    this.#socket.close()
  }

  #take({ topic, data }: Event): void {
    if (topic?.startsWith('status/')) {
      const status = statusOf(data.fill ?? '', data.text ?? '')
      this.statuses.push({ id: topic.slice('status/'.length), status })
    } else if (topic === 'debug' && data.level === undefined) {
      // What has a level is a warning or an error of a node. A complete message is shown as JSON text, long strings cut.
      this.#debugged.push({ id: data.id ?? '', msg: JSON.parse(data.msg ?? '{}') as FlowMessage })
    }
  }

  #until(holds: () => boolean, what: string): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const end = (error?: Error): void => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        if (error) reject(error)
        else resolve()
      }
      const look = (): void => {
        if (holds()) end()
      }
      const timer = setTimeout(() => {
        const seen = this.statuses.map(({ id, status }) => `${id} ${status}`).join(', ')
        end(new Error(`waited in vain for ${what}; statuses: ${seen}`))
      }, LIMIT_MS)
      this.#listeners.add(look)
    })
  }
}

const LIMIT_MS = 15_000

const isNew = ({ msg }: { readonly msg: FlowMessage }): boolean =>
  !msg.crisis?.flags?.includes('redelivered')

interface Event {
  readonly topic?: string
  readonly data: {
    readonly id?: string
    readonly msg?: string
    readonly fill?: string
    readonly text?: string
    readonly level?: number
  }
}
