import { execFile } from 'node:child_process'
import path from 'node:path'
import type { Operation, SoapVersion } from '../../../src/soap/index.js'
import { ROOT } from '../../support/node-red.js'
import { build, type Command } from './stubs.js'
import {
  AXIS,
  environment,
  GSOAP,
  JAR_FOLDER,
  JAXWS,
  LITE,
  MONO,
  optionsOf,
  PHP,
  SOAP4R,
  SUDS,
  ZEEP,
  type Toolkit,
} from './toolkits.js'

/** What a toolkit calls by. */
export interface CallingToolkit {
  readonly toolkit: Toolkit
  /** The way it is used, where it has several. */
  readonly way: string
  readonly versions: readonly SoapVersion[]
  /** A script that takes all that there is to do as JSON. */
  readonly script?: string
  /** What is to be built, and run with the WSDL as its argument; it reads and writes lines. */
  readonly program?: (wsdl: string, version: SoapVersion) => Program
  /** Calls a service that was set up for a .NET contract: at `DOT_NET_PATH`, with `DOT_NET_RESULT`. */
  readonly dotNet?: true
  /** For the table. */
  readonly remark?: string
  /** Writes a carriage return as it is, which any XML parser reads as a line feed (XML 1.0, section 2.11). */
  readonly bareReturns?: true
  /** Writes characters past U+FFFF as two references, which XML does not know; they are read and flagged. */
  readonly surrogates?: true
}

/** What follows the path of a service, and its name of the result, for a .NET contract. */
export const DOT_NET_PATH = '/dotnet'
export const DOT_NET_RESULT = '*Result'

interface Program {
  readonly name: string
  readonly steps: readonly Command[]
  readonly run: Command
}

const jars = (...names: string[]): string =>
  ['.', ...names.map((name) => `${JAR_FOLDER}/${name}.jar`)].join(':')
export const JAXWS_JARS = jars('jaxws-rt')
export const AXIS_JARS = jars(
  'axis',
  'axis-jaxrpc',
  'axis-saaj',
  'commons-discovery',
  'commons-logging',
  'wsdl4j',
  'javax.activation',
)

const jaxws = (wsdl: string, version: SoapVersion): Program => ({
  name: 'jaxws',
  // -extension, since SOAP 1.2 over HTTP is one to JAX-WS.
  steps: [
    ['wsimport', '-quiet', '-Xnocompile', '-extension', '-p', 'crisis', wsdl],
    ['sh', '-c', `javac -nowarn -cp ${JAXWS_JARS} JaxwsClient.java crisis/*.java`],
  ],
  run: ['java', '-cp', JAXWS_JARS, 'JaxwsClient', wsdl, version],
})

const axis =
  (way: 'stub' | 'rpc') =>
  (wsdl: string, version: SoapVersion): Program => ({
    name: 'axis',
    steps: [
      ['java', '-cp', AXIS_JARS, 'org.apache.axis.wsdl.WSDL2Java', '-p', 'crisis', wsdl],
      ['sh', '-c', `javac -nowarn -cp ${AXIS_JARS} AxisClient.java crisis/*.java`],
    ],
    run: ['java', '-cp', AXIS_JARS, 'AxisClient', wsdl, version, way],
  })

const gsoap = (wsdl: string, version: SoapVersion): Program => ({
  name: `gsoap-${version}`,
  steps: [
    ['wsdl2h', '-s', '-n', 'crisis', '-o', 'crisis.h', wsdl],
    [
      'soapcpp2',
      version === '1.1' ? '-1' : '-2',
      ...['-j', '-w', '-x', '-L', '-I/usr/share/gsoap/import', 'crisis.h'],
    ],
    [
      'sh',
      '-c',
      'g++ -w -I. -o client gsoap_client.cpp soapC.cpp soapCrisisSoapProxy.cpp -lgsoap++',
    ],
  ],
  run: ['./client', wsdl, version],
})

const asmx = (wsdl: string, version: SoapVersion): Program => ({
  name: `asmx-${version}`,
  steps: [
    ['wsdl', ...(version === '1.2' ? ['-protocol:Soap12'] : []), '-out:Proxy.cs', wsdl],
    ['mcs', '-out:client.exe', '-r:System.Web.Services', 'AsmxClient.cs', 'Proxy.cs'],
  ],
  run: ['mono', 'client.exe', wsdl],
})

const wcf = (wsdl: string, version: SoapVersion): Program => ({
  name: 'wcf',
  steps: [
    [
      'mcs',
      '-out:client.exe',
      ...['ServiceModel', 'Runtime.Serialization', 'Xml'].map((name) => `-r:System.${name}`),
      'WcfClient.cs',
    ],
  ],
  run: ['mono', 'client.exe', wsdl, version],
})

const svcutil = (wsdl: string, version: SoapVersion): Program => ({
  name: 'svcutil',
  steps: [
    ['svcutil', '-out:Proxy.cs', wsdl],
    [
      'mcs',
      '-out:client.exe',
      ...['ServiceModel', 'Runtime.Serialization', 'Xml'].map((name) => `-r:System.${name}`),
      'SvcutilClient.cs',
      'Proxy.cs',
    ],
  ],
  run: ['mono', 'client.exe', wsdl, version],
})

const soap4r = (wsdl: string): Program => ({
  name: 'soap4r',
  steps: [],
  run: ['ruby', 'soap4r_client.rb', wsdl],
})

const BOTH = ['1.1', '1.2'] as const

export const CALLING: readonly CallingToolkit[] = [
  { toolkit: ZEEP, way: '', script: 'zeep_client.py', versions: BOTH },
  { toolkit: PHP, way: '', script: 'php_client.php', versions: BOTH },
  // suds knows no SOAP 1.2.
  {
    toolkit: SUDS,
    way: '',
    script: 'suds_client.py',
    versions: ['1.1'],
    remark: 'left to itself, unescapes the text on its way',
  },
  { toolkit: LITE, way: '', script: 'lite_client.pl', versions: BOTH },
  { toolkit: JAXWS, way: 'wsimport', program: jaxws, versions: BOTH },
  // The stubs of Axis speak SOAP 1.1 whatever the WSDL offers.
  {
    toolkit: AXIS,
    way: 'WSDL2Java',
    program: axis('stub'),
    versions: ['1.1'],
    bareReturns: true,
    surrogates: true,
  },
  {
    toolkit: AXIS,
    way: 'RPC/encoded',
    remark: 'without the WSDL',
    program: axis('rpc'),
    versions: BOTH,
    bareReturns: true,
    surrogates: true,
  },
  { toolkit: GSOAP, way: 'wsdl2h', program: gsoap, versions: BOTH },
  { toolkit: MONO, way: 'wsdl, as ASMX', program: asmx, versions: BOTH, bareReturns: true },
  {
    toolkit: MONO,
    way: 'WCF',
    program: wcf,
    versions: BOTH,
    bareReturns: true,
    remark: 'contract by hand, as of the WSDL of 0.1.0, whose elements were unqualified',
  },
  {
    toolkit: MONO,
    way: 'WCF, svcutil as generated',
    program: svcutil,
    versions: BOTH,
    bareReturns: true,
    dotNet: true,
    remark:
      'at a service whose result element is set to `*Result`, since Mono’s svcutil leaves out another name',
  },
  // soap4r knows no SOAP 1.2.
  { toolkit: SOAP4R, way: '', program: soap4r, versions: ['1.1'] },
]

export const titleOf = ({ toolkit, way }: CallingToolkit): string =>
  way === '' ? toolkit.name : `${toolkit.name} (${way})`

export const remarkOf = ({ remark, bareReturns, surrogates }: CallingToolkit): string =>
  [
    remark,
    bareReturns && 'CR and CRLF arrive as LF (it writes them bare)',
    surrogates && '𠮷 and 😀 come as surrogate references, which we read and flag',
  ]
    .filter(Boolean)
    .join('; ')

export interface ToolkitCall {
  readonly operation: Operation
  readonly parameter: string
  readonly argument: string
  /** Hand the text to the toolkit as it is, where the script would else make up for a fault of the toolkit. */
  readonly plain?: boolean
}

export type ToolkitAnswer =
  | { readonly value: string | null }
  | { readonly fault: { readonly code: string; readonly text: string } }

const CALLS_LIMIT_MS = 30_000

/** Lets a toolkit read a WSDL and make calls by it, in one process. */
export async function callWith(
  { toolkit, script, program }: CallingToolkit,
  wsdl: string,
  version: SoapVersion,
  calls: readonly ToolkitCall[],
): Promise<ToolkitAnswer[]> {
  if (script !== undefined) {
    const file = path.join(ROOT, 'test/interop/clients', script)
    const input = JSON.stringify({ wsdl, version, calls })
    const command = [toolkit.command, ...optionsOf(toolkit), file] as const
    return JSON.parse(await outputOf(toolkit, command, ROOT, input)) as ToolkitAnswer[]
  }
  if (program === undefined) throw new Error(`${toolkit.name} has nothing that calls`)
  const { name, steps, run } = program(wsdl, version)
  const cwd = await build(name, 'clients', steps, environment())
  const lines = calls.map(({ operation, argument }) => `${operation} ${encoded(argument)}\n`)
  const output = await outputOf(toolkit, run, cwd, lines.join(''), calls.length)
  return output.split('\n').filter(Boolean).map(answerOf)
}

/** @param lines how many make the output whole: Mono has all its answers and yet may hang where it should end */
function outputOf(
  toolkit: Toolkit,
  [command, ...args]: Command,
  cwd: string,
  input: string,
  lines = Infinity,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let told = ''
    const child = execFile(
      command,
      args,
      { cwd, env: environment(), timeout: CALLS_LIMIT_MS, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${toolkit.name} failed: ${stderr || error.message}`))
        else resolve(stdout)
      },
    )
    child.stdout?.on('data', (chunk: string) => {
      told += chunk
      if (told.split('\n').length <= lines) return
      resolve(told)
      child.kill('SIGKILL')
    })
    // A program that failed early does not read on; its own error tells more than a broken pipe.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** A line is `null`, `value <text>` or `fault <code> <text>`, the texts in Base64. */
function answerOf(line: string): ToolkitAnswer {
  const [kind, first = '', second = ''] = line.split(' ')
  if (kind === 'fault') return { fault: { code: decoded(first), text: decoded(second) } }
  return { value: kind === 'null' ? null : decoded(first) }
}

const encoded = (text: string): string => Buffer.from(text).toString('base64')
const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString()
