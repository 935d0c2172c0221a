import { DOT_NET_PATH, DOT_NET_RESULT } from './callers.js'
import { HEADER } from './texts.js'

export const PATH = '/pushService/services/pacs'

/** What a flow wrote down of one call, before it was answered. */
export interface Noted {
  readonly service: string
  readonly operation: string
  readonly payload: unknown
}

/** A remote, by the settings of its peer node. */
export interface PeerSettings {
  readonly wsdl?: string
  readonly address?: string
  readonly namespace?: string
  readonly parameter?: string
}

/**
 * A receiving side at Node-RED's port and one at a port of its own, each hosting both operations; every
 * document is written to `notes` and then answered by a generic response node.
 */
export function receivingFlows(port: number, notes: string): object[] {
  return [
    tab('receiving'),
    ...['', DOT_NET_PATH].flatMap((more) => [
      ...receiving('node-red', { mount: 'node-red', port: '', more }, notes),
      ...receiving('port', { mount: 'port', port: String(port), more }, notes),
    ]),
  ]
}

/**
 * POST /send/<name>/crisis and /send/<name>/feedback go out to the peer of that name; the outcome, which may come
 * much later, is written to `outcomes`.
 */
export function sendingFlows(
  peers: Readonly<Record<string, PeerSettings>>,
  outcomes: string,
): object[] {
  return [
    tab('sending'),
    ...Object.entries(peers).flatMap(([name, settings]) => [
      {
        ...PEER,
        id: `peer-${name}`,
        name,
        ...settings,
        credentials: { licence: HEADER.License },
      },
      ...sending(name, 'crisis', 'crisis out', outcomes),
      ...sending(name, 'feedback', 'crisis feedback out', outcomes),
    ]),
  ]
}

const tab = (id: string): object => ({ id, type: 'tab', label: id, disabled: false, info: '' })

const PEER = {
  type: 'crisis peer',
  version: 1,
  wsdl: '',
  address: '',
  soapVersion: '',
  namespace: '',
  parameter: '',
  soapAction: '',
  connectSeconds: '5',
  totalSeconds: '15',
  maxKilobytes: '4096',
  allowGbk: false,
  jsonSuccess: '',
  application: HEADER.Application,
  zone: '+08:00',
  tls: '',
}

function receiving(
  name: string,
  { mount, port, more }: { mount: string; port: string; more: string },
  notes: string,
): object[] {
  const node = { z: 'receiving', x: 0, y: 0 }
  const id = (part: string): string => `${name}${more.replace('/', '-')}-${part}`
  const incoming = (part: string, type: string): object => ({
    ...node,
    id: id(part),
    type,
    version: 1,
    name: '',
    service: id('service'),
    answer: 'flow',
    wires: [[id('note')]],
  })
  return [
    {
      id: id('service'),
      type: 'crisis service',
      version: 1,
      name,
      mount,
      host: '127.0.0.1',
      port,
      path: PATH + more,
      resultName: more === '' ? '' : DOT_NET_RESULT,
      publicUrl: '',
      maxKilobytes: '4096',
      bodySeconds: '10',
      answerSeconds: '10',
      allowGbk: false,
      zone: '+08:00',
      licenceCheck: true,
      allow: '127.0.0.1, ::1',
      credentials: {
        licences: JSON.stringify([{ application: HEADER.Application, licence: HEADER.License }]),
      },
    },
    incoming('crisis', 'crisis in'),
    incoming('feedback', 'crisis feedback in'),
    {
      ...node,
      id: id('note'),
      type: 'change',
      name: '',
      rules: [
        {
          t: 'set',
          p: 'payload',
          pt: 'msg',
          to: '$string({"service": crisis.service, "operation": crisis.operation, "payload": payload})',
          tot: 'jsonata',
        },
      ],
      wires: [[id('file')]],
    },
    {
      ...node,
      id: id('file'),
      type: 'file',
      name: '',
      filename: notes,
      filenameType: 'str',
      appendNewline: true,
      createDir: false,
      overwriteFile: 'false',
      encoding: 'utf8',
      wires: [[id('answer')]],
    },
    {
      ...node,
      id: id('answer'),
      type: 'generic response',
      version: 1,
      name: '',
      outcome: 'auto',
      code: '500',
      desc: '',
      descType: 'str',
      format: 'auto',
      jsonSuccess: '0',
      wires: [[]],
    },
  ]
}

function sending(name: string, what: string, type: string, outcomes: string): object[] {
  const node = { z: 'sending', x: 0, y: 0 }
  const id = (part: string): string => `${name}-${what}-${part}`
  return [
    {
      ...node,
      id: id('in'),
      type: 'http in',
      name: '',
      url: `/send/${name}/${what}`,
      method: 'post',
      upload: false,
      swaggerDoc: '',
      wires: [[id('out'), id('response')]],
    },
    {
      ...node,
      id: id('out'),
      type,
      version: 1,
      name: '',
      peer: `peer-${name}`,
      source: 'payload',
      fields: [],
      omitEmpty: false,
      wires: [[id('delivered')], [id('person')]],
    },
    ...['delivered', 'person'].map((output) => ({
      ...node,
      id: id(output),
      type: 'change',
      name: '',
      rules: [
        {
          t: 'set',
          p: 'payload',
          pt: 'msg',
          to: `$string({"output": "${output}", "outcome": crisis.outcome})`,
          tot: 'jsonata',
        },
      ],
      wires: [[id('file')]],
    })),
    {
      ...node,
      id: id('file'),
      type: 'file',
      name: '',
      filename: outcomes,
      filenameType: 'str',
      appendNewline: true,
      createDir: false,
      overwriteFile: 'false',
      encoding: 'utf8',
      wires: [[]],
    },
    {
      ...node,
      id: id('response'),
      type: 'http response',
      name: '',
      statusCode: '',
      headers: {},
      wires: [],
    },
  ]
}
