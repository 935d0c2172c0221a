import type { Socket } from 'node:net'
import { Lines, type Device } from './line-rig.js'

/**
 * A gateway written from the text of RFC 1861, sections 4.3 (level 1) and 4.4 (LOGIn and ALERt of level 2): commands
 * are known by four letters, a transaction has pagers and one message, and SEND ends it.
 */
export class SnppGateway implements Device {
  readonly sent: {
    readonly pagers: readonly string[]
    readonly message: string
    readonly alert: boolean
  }[] = []
  greeting = '220 SNPP Gateway Ready'
  /** Pagers that exist. */
  pagers: ReadonlySet<string> = new Set(['5551', '5552'])
  login: { readonly id: string; readonly password: string } | undefined
  level = 2
  /** Takes the place of the answer to a command; undefined = as the RFC says. */
  instead: (command: string, argument: string) => string | undefined | null = () => undefined

  connected(socket: Socket): void {
    this.#lines = new Lines('\r\n')
    this.#clear()
    this.#loggedIn = false
    if (this.greeting !== '') socket.write(`${this.greeting}\r\n`)
  }

  data(bytes: Buffer, socket: Socket): void {
    for (const line of this.#lines.take(bytes)) {
      const command = line.slice(0, 4).toUpperCase()
      const argument = line.replace(/^\S+ ?/, '')
      const other = this.instead(command, argument)
      if (other === null) continue
      const answer = other ?? this.#answer(command, argument)
      socket.write(`${answer}\r\n`)
      if (command === 'QUIT') socket.end()
    }
  }

  #lines = new Lines('\r\n')
  #pagers: string[] = []
  #message: string | undefined
  #alert = false
  #loggedIn = false

  #clear(): void {
    this.#pagers = []
    this.#message = undefined
    this.#alert = false
  }

  #answer(command: string, argument: string): string {
    switch (command) {
      case 'LOGI': {
        if (this.level < 2) return '500 Command Not Implemented, Try Again'
        const { id, password } = this.login ?? { id: '', password: '' }
        this.#loggedIn = argument === `${id} ${password}`
        return this.#loggedIn ? '250 Login Accepted' : '550 Error, Invalid LoginID or Password'
      }
      case 'PAGE':
        if (this.login && !this.#loggedIn) return '550 Error, Login Required'
        if (!this.pagers.has(argument)) return '550 Error, Invalid Pager ID'
        this.#pagers.push(argument)
        return '250 Pager ID Accepted'
      case 'MESS':
        if (this.#message !== undefined) return '503 ERROR, Message Already Entered'
        this.#message = Buffer.from(argument, 'latin1').toString('utf8')
        return '250 Message OK'
      case 'ALER':
        if (this.level < 2) return '500 Command Not Implemented, Try Again'
        this.#alert = argument === '1'
        return '250 OK, Alert Override Accepted'
      case 'RESE':
        this.#clear()
        return '250 RESET OK'
      case 'SEND': {
        if (this.#pagers.length === 0 || this.#message === undefined) {
          return '503 Error, Pager ID or Message Incomplete'
        }
        this.sent.push({ pagers: this.#pagers, message: this.#message, alert: this.#alert })
        this.#clear()
        return '250 Message Sent Successfully'
      }
      case 'QUIT':
        return '221 OK, Goodbye'
      default:
        return '500 Command Not Implemented, Try Again'
    }
  }
}
