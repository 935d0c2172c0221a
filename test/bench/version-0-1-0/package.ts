// Version 0.1.0 as `npm pack` made it, kept so that every run can be held against it. What the bench calls of it is
// declared here and not taken from today's types, which may change where 0.1.0 no longer can.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Crisis, CrisisFeedback, GenericResponse } from '../../../src/messages/index.js'
import { ROOT } from '../../support/node-red.js'

export const TARBALL = path.join(ROOT, 'test', 'bench', 'version-0-1-0', 'package.tgz')

interface ReadCrisis {
  readonly crisis: Crisis
  readonly extra: unknown
  readonly flags: readonly string[]
}

export interface Messages {
  readonly readCrisisDocument: (xml: string) => { readonly crises: readonly ReadCrisis[] }
  readonly readFeedbackDocument: (xml: string) => {
    readonly header: unknown
    readonly feedbacks: readonly { readonly feedback: CrisisFeedback }[]
  }
  readonly readXml: (xml: string) => unknown
  readonly requireKey: (document: Crisis | CrisisFeedback) => void
  readonly success: () => GenericResponse
  readonly writeCrisisDocument: (crisis: Crisis) => string
}

export interface Soap {
  readonly readCall: (xml: string) => { readonly argument: string | null }
  readonly openRemote: (options: {
    readonly operation: string
    readonly transport: unknown
    readonly address: string
  }) => Promise<{ call(document: string): Promise<{ readonly value: string | null }> }>
}

export interface HostedCall {
  readonly document: string
  readonly flags: readonly string[]
  readonly remoteAddress: string
  readonly raw: Buffer
  readonly charset: string
}

export interface Http {
  readonly AddressList: new (list: string) => unknown
  readonly Guard: new (options: object) => unknown
  readonly Poster: new (options: { readonly maxSockets: number }) => unknown
  readonly Switchboard: new () => unknown
  readonly OwnPorts: new (switchboard: unknown) => {
    register(
      at: { readonly host: string; readonly port: number },
      path: string,
      operation: string,
      handler: (call: HostedCall) => Promise<GenericResponse>,
      options?: object,
    ): Promise<{ readonly port: number }>
  }
}

export interface Loop {
  readonly Licences: new (entries: readonly object[]) => { accepts(header: unknown): boolean }
  readonly alertKey: (system: string, crisis: Crisis) => string
  readonly contentHash: (system: string, crisis: Crisis, extra?: unknown) => string
  readonly feedbackKey: (system: string, crisis: Crisis) => string
  readonly findingKey: (crisis: Crisis) => string
  readonly readCrisisQuality: (
    crisis: Crisis,
    zone: string,
  ) => { readonly flags: readonly string[]; readonly setAt: { readonly at: string | undefined } }
  readonly readFeedbackStage: (feedback: CrisisFeedback) => unknown
  readonly requireStage: (stage: unknown) => void
}

interface Stored {
  readonly kind: string
  readonly owed?: { readonly id: number }
}

export interface LedgerModule {
  readonly DEFINITION_MODULE: string
  readonly CallerTally: new (store: { write(): Promise<void> }) => { note(met: object): void }
  readonly SqliteEngine: new (options: {
    readonly file: string
    readonly definition: string
  }) => object
  readonly Ledger: new (engine: object) => {
    readonly engine: { ready(): Promise<unknown> }
    run(name: 'storeCrises', args: object): Promise<readonly Stored[]>
    run(name: 'settleOwed', args: object): Promise<unknown>
  }
}

interface Doors {
  readonly messages: Messages
  readonly soap: Soap
  readonly http: Http
  readonly loop: Loop
  readonly ledger: LedgerModule
}

/** A folder of the source of 0.1.0, by its door. */
export function door<N extends keyof Doors>(name: N): Doors[N] {
  const require = createRequire(__filename)
  return require(path.join(unpacked(), 'dist', 'src', name, 'index.js')) as Doors[N]
}

/** Where it lies unpacked: within the repository, so that it finds its dependencies there. */
function unpacked(): string {
  const run = path.join(ROOT, '.run')
  const folder = path.join(run, 'version-0-1-0')
  if (existsSync(folder)) return folder
  mkdirSync(run, { recursive: true })
  const own = mkdtempSync(path.join(run, 'unpacking-'))
  execFileSync('tar', ['-xzf', path.basename(TARBALL), '-C', own, '--strip-components=1'], {
    cwd: path.dirname(TARBALL),
  })
  try {
    renameSync(own, folder)
  } catch (error) {
    // Another process of the bench was faster.
    rmSync(own, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}
