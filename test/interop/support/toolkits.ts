import { spawnSync } from 'node:child_process'
import type { Context } from 'mocha'

/** A SOAP toolkit of Debian's. */
export interface Toolkit {
  readonly name: string
  /** Its packages, for whoever finds it missing. */
  readonly packages: string
  readonly command: string
  /** Succeeds where the toolkit is installed. */
  readonly probe: readonly string[]
}

// Debian's own Python: another one on the path would not see Debian's packages.
const PYTHON = '/usr/bin/python3'

export const ZEEP: Toolkit = {
  name: 'Python zeep',
  packages: 'python3-zeep',
  command: PYTHON,
  probe: ['-c', 'import zeep'],
}
export const SUDS: Toolkit = {
  name: 'Python suds',
  packages: 'python3-suds',
  command: PYTHON,
  probe: ['-c', 'import suds'],
}
export const SPYNE: Toolkit = {
  name: 'Python spyne',
  packages: 'python3-spyne',
  command: PYTHON,
  probe: ['-c', 'import spyne.protocol.soap'],
}
export const PHP: Toolkit = {
  name: 'PHP',
  packages: 'php-cli php-soap',
  command: 'php',
  probe: ['-r', 'exit(class_exists("SoapClient") ? 0 : 1);'],
}
export const LITE: Toolkit = {
  name: 'SOAP::Lite',
  packages: 'libsoap-lite-perl',
  command: 'perl',
  probe: ['-MSOAP::Lite', '-MSOAP::Transport::HTTP', '-e', '1'],
}

/** A toolkit whose commands and files are looked for, since it has to be built with. */
const installed = (
  name: string,
  packages: string,
  commands: string,
  ...files: string[]
): Toolkit => ({
  name,
  packages,
  command: 'sh',
  probe: [
    '-c',
    [
      ...commands.split(' ').map((name) => `command -v ${name}`),
      ...files.map((file) => `test -e ${file}`),
    ].join(' && '),
  ],
})

export const JAR_FOLDER = '/usr/share/java'
const JDK = 'openjdk-17-jdk-headless'
export const JAXWS = installed('JAX-WS RI', `jaxws ${JDK}`, 'wsimport wsgen javac')
export const AXIS = installed(
  'Axis 1.4',
  `libaxis-java libactivation-java ${JDK}`,
  'javac',
  `${JAR_FOLDER}/axis.jar`,
)
export const GSOAP = installed('gSOAP', 'gsoap libgsoap-dev g++', 'wsdl2h soapcpp2 g++')
export const MONO = installed('Mono', 'mono-devel', 'wsdl mcs mono')
export const SOAP4R: Toolkit = {
  name: 'Ruby soap4r',
  packages: 'ruby-soap4r ruby-webrick',
  command: 'ruby',
  probe: ['-e', "require 'soap/wsdlDriver'; require 'webrick'"],
}

const missing = new Map<Toolkit, boolean>()

/** Skips the suite where a toolkit is not installed; in CI it must be. To be called in `before`. */
export function need(context: Context, toolkit: Toolkit): void {
  if (!missing.has(toolkit)) {
    const { status } = spawnSync(toolkit.command, toolkit.probe, { stdio: 'ignore' })
    missing.set(toolkit, status !== 0)
  }
  if (missing.get(toolkit) !== true) return
  const reason = `${toolkit.name} is not installed (Debian: ${toolkit.packages})`
  if (process.env['CRISIS_CI'] === '1') throw new Error(reason)
  console.log(`      skipped: ${reason}`)
  context.skip()
}

/** Toolkits would send even loopback calls to a proxy that the machine names. */
export const environment = (extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  NO_PROXY: '127.0.0.1',
  no_proxy: '127.0.0.1',
  LC_ALL: 'C.UTF-8',
  ...extra,
})

export const optionsOf = (toolkit: Toolkit): string[] =>
  toolkit === PHP ? ['-d', 'display_errors=stderr'] : []
