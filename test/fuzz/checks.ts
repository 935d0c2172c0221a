import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CrisisError } from '../../src/messages/index.js'

/** What a reader did with an input: it gave something, or it refused as it may. */
export type Attempt<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: CrisisError }

/** Runs a reader; whatever it throws that is no refusal, or that quotes the input, is a finding. */
export function attempt<T>(input: string, read: () => T): Attempt<T> {
  try {
    return { value: read() }
  } catch (thrown) {
    return { error: refusal(input, thrown) }
  }
}

export async function attemptLater<T>(input: string, read: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await read() }
  } catch (thrown) {
    return { error: refusal(input, thrown) }
  }
}

function refusal(input: string, thrown: unknown): CrisisError {
  if (!(thrown instanceof CrisisError)) throw thrown
  assert.notEqual(thrown.code, 'UNEXPECTED')
  checkSilence(input, thrown)
  return thrown
}

/** So much of an input in a text that people read is no accident any more, in UTF-16 code units. */
const ECHO = 8

// Names that our texts are documented to say stand in our own code, in one case or another.
const OURS = sourcesBelow(join(__dirname, '../../src')).toLowerCase()
const ours = new Map<string, boolean>()

/** A reason may not tell what stood in the message. */
export function checkSilence(input: string, error: CrisisError): void {
  // A Fault's code is shown where it looks like a name.
  const shown = /（[\w.:-]+）| \([\w.:-]+\)/g
  for (const reason of new Set([error.reason.zh, error.reason.en, error.message])) {
    const told = error.code === 'SOAP_FAULT' ? reason.replace(shown, '') : reason
    // Names of ours, of fields above all, with what follows them.
    const text = told.replace(/[A-Za-z][\w.]{3,}/g, (word) => (isOurs(word) ? '\0' : word))
    for (let at = 0; at + ECHO <= text.length; at++) {
      const window = text.slice(at, at + ECHO)
      if (input.includes(window)) {
        assert.ok(isOurs(window), `${error.code} tells what stood in the message: ${window}`)
      }
    }
  }
}

function isOurs(window: string): boolean {
  const known = ours.get(window) ?? OURS.includes(window.toLowerCase())
  ours.set(window, known)
  return known
}

function sourcesBelow(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return sourcesBelow(path)
      return entry.name.endsWith('.js') ? readFileSync(path, 'utf8') : ''
    })
    .join('\n')
}

const SHARED = [Object, Array, String, Function, Promise, Error, RegExp, Map].map(
  ({ prototype }: { prototype: object }) => ({
    prototype,
    before: new Set(Reflect.ownKeys(prototype)),
  }),
)

/** No message may leave a trace in what all objects have in common. What is found is removed, for those that follow. */
export function checkPrototypes(): void {
  for (const { prototype, before } of SHARED) {
    const added = Reflect.ownKeys(prototype).filter((key) => !before.has(key))
    for (const key of added) Reflect.deleteProperty(prototype, key)
    assert.deepEqual(added.map(String), [], 'a prototype has changed')
  }
}

/** Compares by content alone: order of properties and prototypes do not count. */
export function assertSame(actual: unknown, expected: unknown, about: string): void {
  const [left, right] = [plain(actual), plain(expected)]
  if (left !== right) assert.fail(`${about}\n${left}\n${right}`)
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? // A list of pairs, so that a property `__proto__` counts like any other.
        Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1))
      : item,
  )
}

/** Every leaf is a string: nothing was coerced on the way. */
export function checkStrings(value: unknown): void {
  if (typeof value === 'string') return
  assert.ok(typeof value === 'object' && value !== null, `coerced to ${typeof value}`)
  for (const item of Object.values(value)) checkStrings(item)
}
