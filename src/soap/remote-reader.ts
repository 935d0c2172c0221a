import type { Client, IHttpClient } from 'soap'
import { CrisisError } from '../messages/index.js'
import { MARK, placeOfMark, requestEmpty, type Dialect } from './remote-dialect.js'
import {
  chosenParameter,
  isOneOf,
  type Description,
  type WsdlListing,
} from './remote-description.js'
import { notADescription, unreadable, unusable, WsdlFiles } from './remote-wsdl.js'
import { RemoteError } from './remote-errors.js'
import type { Transport } from './transport.js'

/** An operation that a description offers. */
interface OfferedOperation extends Pick<
  WsdlListing,
  'service' | 'port' | 'operation' | 'parameters'
> {
  /** The type of the whole message where it is no structure (document/literal bare). */
  readonly bareType: string | undefined
}

/** The most parameters of an operation that are tried out. */
const MOST_PARAMETERS = 30

/**
 * Reads a description with all its files.
 * @param source URL or text
 * @param parameter the parameter that is set, which the description may not name
 * @throws RemoteError WSDL_UNREADABLE, HTTP_STATUS; those of the transport
 */
export async function describeSource(
  source: string,
  transport: Pick<Transport, 'get'>,
  parameter: string | undefined,
): Promise<Description> {
  const files = new WsdlFiles(transport)
  // A text has a bracket at its beginning; anything else is meant as an address.
  const isText = source.startsWith('<')
  const text = isText ? files.take(source) : source
  if (!isText && !(await files.find(source))) throw notADescription()
  const reader = await RemoteReader.open(text, files)
  const offered = reader.operations()
  const dialects = offered
    .filter(({ operation }) => isOneOf(operation))
    .flatMap((one) => {
      const names = one.parameters.slice(0, MOST_PARAMETERS).map(({ name }) => name)
      const all = parameter === undefined ? names : [...names, parameter]
      const { service, port, operation } = one
      return [...new Set(all)]
        .map((name) => dialectOf(reader, one, name))
        .filter((dialect) => dialect !== undefined)
        .map((dialect) => ({ service, port, operation, dialect }))
    })
  return { listings: offered.map((one) => listingOf(reader, files, one)), dialects }
}

function listingOf(reader: RemoteReader, files: WsdlFiles, offered: OfferedOperation): WsdlListing {
  const { service, port, operation, parameters } = offered
  const { address, binding } = files.outlineOf(service, port)
  const { name, undecided } = chosenParameter(parameters)
  const isEmpty = name === null && offered.bareType === undefined
  const header = files.headerOf(service, port, operation)
  const dialect = isEmpty ? undefined : dialectOf(reader, offered, name)
  return {
    service,
    port,
    ...(binding?.soapVersion && { soapVersion: binding.soapVersion }),
    ...(address !== undefined && { address }),
    operation,
    parameters,
    ...(dialect && { dialect }),
    ...(undecided && { undecided }),
    ...(binding?.operations.get(operation)?.header && { wantsHeader: true }),
    ...(header !== undefined && { header }),
    ...(files.wantsAddressing(service, port) && { wantsAddressing: true }),
  }
}

function dialectOf(
  reader: RemoteReader,
  offered: OfferedOperation,
  parameter: string | null,
): Dialect | undefined {
  try {
    return reader.dialect(offered, parameter)
  } catch (error) {
    if (error instanceof RemoteError) return undefined
    throw error
  }
}

/**
 * node-soap behind its public hooks: it follows the imports of a description, says what it offers, and writes a
 * sample of a request, by which we know how the description wants it. What is sent is written by ourselves, so
 * neither node-soap's HTTP client nor its reader of replies ever runs.
 */
class RemoteReader {
  readonly #files: WsdlFiles
  readonly #client: Client

  private constructor(files: WsdlFiles, client: Client) {
    this.#files = files
    this.#client = client
  }

  /**
   * @param source a URL that `files` can load, or the text of a description
   * @throws RemoteError WSDL_UNREADABLE; those of the transport
   */
  static async open(source: string, files: WsdlFiles): Promise<RemoteReader> {
    return new RemoteReader(files, await createClient(source, files))
  }

  /** @throws RemoteError WSDL_UNREADABLE */
  operations(): OfferedOperation[] {
    const found: OfferedOperation[] = []
    let description: unknown
    try {
      description = this.#client.describe()
    } catch (cause) {
      throw unusable(cause)
    }
    for (const [service, ports] of entries(description)) {
      for (const [port, operations] of entries(ports)) {
        for (const [operation, shape] of entries(operations)) {
          const input = (shape as { input?: unknown } | null)?.input
          found.push({
            service,
            port,
            operation,
            parameters: entries(input)
              .filter(([name]) => !NOT_PARAMETERS.has(name))
              .map(([name, type]) => ({
                name: name.replace(/\[\]$/, ''),
                type: typeof type === 'string' ? type : '',
              })),
            bareType: typeof input === 'string' ? input : undefined,
          })
        }
      }
    }
    return found
  }

  /**
   * The form in which the description wants this operation called. Only what node-soap writes tells where a parameter stands;
   * a description that is split by wsdl:import makes it leave out a qualified one.
   * @throws RemoteError REQUEST_EMPTY
   */
  dialect(offered: OfferedOperation, parameter: string | null): Dialect {
    const { binding } = this.#files.outlineOf(offered.service, offered.port)
    const outline = binding?.operations.get(offered.operation)
    const argument = parameter === null ? MARK : { [parameter]: MARK }
    const place = placeOfMark(sampleOf(this.#client, offered, argument))
    if (place.parameter !== parameter) throw requestEmpty()
    const { soapAction = '' } = outline ?? {}
    const common = { ...place, soapVersion: binding?.soapVersion ?? '1.1', soapAction } as const
    if (outline?.rpc) {
      return {
        ...common,
        style: outline.encoded ? 'encoded' : 'rpc',
        namespace: outline.namespace || place.namespace,
        // A part of an rpc message is in no namespace (WSDL 1.1 section 3.5).
        parameterNamespace: '',
      }
    }
    if (parameter === null) return { ...common, style: 'bare' }
    const isQualified = this.#files.isQualified(place.namespace, parameter)
    const own = isQualified ? place.namespace : ''
    const parameterNamespace = isQualified === undefined ? place.parameterNamespace : own
    return {
      ...common,
      parameterNamespace,
      style: parameterNamespace === '' ? 'wrapped' : 'qualified',
    }
  }
}

// node-soap keeps these beside the parameters.
const NOT_PARAMETERS: ReadonlySet<string> = new Set(['targetNSAlias', 'targetNamespace'])

function sampleOf(client: Client, offered: OfferedOperation, argument: unknown): string {
  const { service, port, operation } = offered
  const method = property(property(property(client, service), port), operation)
  if (typeof method !== 'function') throw requestEmpty()
  const caught: { written?: string } = {}
  try {
    // node-soap writes and calls its HTTP client, our hook, before it returns; its callback is never used.
    method(argument, () => {}, caught)
  } catch (cause) {
    throw requestEmpty(cause)
  }
  if (caught.written === undefined) throw requestEmpty()
  return caught.written
}

async function createClient(source: string, files: WsdlFiles): Promise<Client> {
  // 150 ms and 23 MB: only a process that reads a description pays for it.
  const soap = await import('soap')
  try {
    return await soap.createClientAsync(source, {
      // Its sample needs one, also where the description has none.
      endpoint: 'http://127.0.0.1/',
      // The cache is global and never forgets.
      disableCache: true,
      httpClient: hooks(files),
      wsdl_options: { overrideImportLocation: onlyHttp },
    })
  } catch (cause) {
    if (cause instanceof CrisisError) throw cause
    throw unusable(cause)
  }
}

/** Both of node-soap's uses of HTTP: files of the description, and the sample of a call, which is caught. */
function hooks(files: WsdlFiles): IHttpClient {
  const request: IHttpClient['request'] = (url, data, callback, _headers, options) => {
    if (data === null || data === undefined) {
      files.load(url).then(
        // Outside of the promise, where a throw of node-soap's would be an unhandled rejection.
        (text) => setImmediate(settle, callback, null, text),
        (error: unknown) => setImmediate(settle, callback, error, undefined),
      )
    } else if (options) {
      options['written'] = String(data)
    }
    // Its type asks for a promise of axios, which node-soap itself does not look at.
    return undefined as never
  }
  return { request }
}

function settle(
  callback: Parameters<IHttpClient['request']>[2],
  error: unknown,
  text: string | undefined,
): void {
  try {
    callback(error, { status: 200 }, text)
  } catch (thrown) {
    callback(thrown)
  }
}

/** A description may not make us read files of this machine. */
function onlyHttp(location: string): string {
  if (/^https?:/i.test(location)) return location
  throw unreadable({
    zh: '对方 WSDL 引用了其他文件；请填写 WSDL 的 http 地址，而不是粘贴文本',
    en: 'The WSDL imports other files; set its http address instead of its text',
  })
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}
