import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  readDialect,
  readRequestSection,
  REQUEST_FLAGS,
  REQUEST_TEXTS,
  writeDialect,
  writeRequestSection,
  type DialectProblem,
  type RequestSection,
} from '../../src/dialects/index.js'
import {
  asCrisisError,
  CrisisError,
  readAnswerSection,
  writeAnswerSection,
  type Reason,
} from '../../src/messages/index.js'
import type { Runtime } from '../face/index.js'
import { constantsOf, requestOf, type RequestConfig } from '../peer/index.js'
import { PEER_DEFAULTS, settingsOf, type PeerConfig } from '../settings/index.js'
import { isObject, textsIn } from './asked.js'
import { withVariables } from './variables.js'

/**
 * Answers what the dialog of a peer asks about its requests: what is wrong with them as they stand there, and the files
 * that hold the dialect of a counterpart.
 */
export function serveDialectDialog(runtime: Runtime): void {
  runtime.answer('request-check', async (body) => ({ problems: check(runtime, body) }))
  runtime.answer('dialects', async () => ({ dialects: await shipped() }))
  runtime.answer('dialect-read', (body) => read(body))
  runtime.answer('dialect-write', async (body) => ({ text: write(body) }))
}

/** The dialects that come with the package, beside its code. */
const FOLDER = join(__dirname, '..', '..', '..', 'dialects')

interface Shipped {
  readonly file: string
  readonly name: Reason
  readonly note: Reason
}

async function shipped(): Promise<readonly Shipped[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.json')).toSorted()
  const found = files.map(async (file) => {
    const { dialect } = readDialect(await readFile(join(FOLDER, file), 'utf8'))
    return dialect ? [{ file, name: dialect.name, note: dialect.note }] : []
  })
  return (await Promise.all(found)).flat()
}

const CREDENTIALS = ['user', 'password', 'licence', 'secrets'] as const

/** Problems by their settings' places. A saved credential counts where none was typed. */
function check(runtime: Runtime, body: Record<string, unknown>): readonly DialectProblem[] {
  const id = typeof body['id'] === 'string' ? body['id'] : ''
  const typed = textsIn(body['credentials'], CREDENTIALS)
  const saved = textsIn(runtime.credentials(id), CREDENTIALS)
  const named = CREDENTIALS.map((name) => [name, typed[name] || saved[name]] as const)
  const credentials = Object.fromEntries(named.filter(([, value]) => value !== ''))
  try {
    const config = configIn(runtime, id, body['config'])
    const constants = constantsOf(
      (name) => runtime.variable(name, id),
      withVariables(runtime, id, credentials),
    )
    return requestOf(config, constants).problems
  } catch (error) {
    return [{ pointer: '', reason: asCrisisError(error).reason }]
  }
}

/** @throws SettingError SETTING_MISSING; CrisisError DIALECT_INVALID for what is no request */
function configIn(runtime: Runtime, id: string, given: unknown): RequestConfig {
  const found = readRequestSection(sectionIn(given), { mayHoldSecrets: true, isUnchecked: true })
  if (found.problems) throw refused(found.problems)
  const { texts, flags, parameters, httpHeaders } = found.value
  const config = { ...texts, ...flags, parameters: [...parameters], httpHeaders: [...httpHeaders] }
  return settingsOf<PeerConfig>(withVariables(runtime, id, config), PEER_DEFAULTS)
}

/** The settings of an open dialog that are of a request; all else is left out. */
function sectionIn(given: unknown): Readonly<Record<string, unknown>> {
  const settings = isObject(given) ? given : {}
  const names = [...REQUEST_TEXTS, ...REQUEST_FLAGS, 'parameters', 'httpHeaders', 'query']
  const known = names.filter((name) => Object.hasOwn(settings, name))
  return Object.fromEntries(known.map((name) => [name, settings[name]]))
}

async function read(body: Record<string, unknown>): Promise<unknown> {
  const { file, text } = textsIn(body, ['file', 'text'])
  const found = readDialect(file === '' ? text : await shippedText(file))
  if (found.problems) throw refused(found.problems)
  const { name, note, sections } = found.dialect
  const request = sections['request'] as RequestSection | undefined
  const answer = sections['answer']
  return {
    name,
    note,
    ...(request && { settings: settingsIn(request) }),
    ...(answer !== undefined && { answer }),
  }
}

async function shippedText(file: string): Promise<string> {
  // A name alone, so that no other file can be read by it.
  if (!/^[a-z\d-]+\.json$/.test(file)) throw noFile()
  return readFile(join(FOLDER, file), 'utf8').catch(() => {
    throw noFile()
  })
}

/** A request as the settings of a peer, those that it leaves out blank. */
function settingsIn({ texts, flags, parameters, httpHeaders, query }: RequestSection): object {
  return {
    ...Object.fromEntries(REQUEST_TEXTS.map((name) => [name, texts[name] ?? ''])),
    ...Object.fromEntries(REQUEST_FLAGS.map((name) => [name, flags[name] ?? false])),
    parameters,
    httpHeaders,
    query,
  }
}

function write(body: Record<string, unknown>): string {
  const { name } = textsIn(body, ['name'])
  const found = readRequestSection(sectionIn(body['config']))
  if (found.problems) throw refused(found.problems)
  const words = { zh: name, en: name }
  const answer = readAnswerSection(body['answer'] ?? {})
  if (answer.problems) throw refused(answer.problems)
  const answers = writeAnswerSection(answer.value)
  return writeDialect(words, CHECK, {
    request: writeRequestSection(found.value),
    ...(Object.keys(answers).length > 0 && { answer: answers }),
  })
}

const CHECK: Reason = {
  zh: '由对方系统的对话框导出。上线前请与厂商确认。',
  en: 'Exported from the dialog of a peer. Check with your vendor before going live.',
}

/** All that is wrong with a file, each with its place. */
const refused = (problems: readonly DialectProblem[]) =>
  new CrisisError('DIALECT_INVALID', {
    zh: problems
      .slice(0, 10)
      .map(({ pointer, reason }) => `${pointer || '/'}：${reason.zh}`)
      .join('；'),
    en: problems
      .slice(0, 10)
      .map(({ pointer, reason }) => `${pointer || '/'}: ${reason.en}`)
      .join('; '),
  })

const noFile = () =>
  new CrisisError('DIALECT_INVALID', {
    zh: '没有此方言文件',
    en: 'There is no such dialect file',
  })
