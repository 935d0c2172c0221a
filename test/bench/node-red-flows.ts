import { FEEDBACK_REPLY, LICENCE } from './samples.js'

export const CORE_PATH = '/bench/core'

/**
 * A service with both of its operations, answered when stored and by the flow. The settings are those of version
 * 0.1.0, which later versions read as well.
 */
export function ourFlow(
  id: string,
  place: { mount: string; port: string; path: string },
): object[] {
  return [
    {
      id: `${id}-service`,
      type: 'crisis service',
      version: 1,
      name: id,
      host: '127.0.0.1',
      publicUrl: '',
      maxKilobytes: '4096',
      bodySeconds: '10',
      answerSeconds: '10',
      allowGbk: false,
      zone: '+08:00',
      licenceCheck: true,
      credentials: { licences: JSON.stringify([LICENCE]) },
      ...place,
    },
    {
      id: `${id}-in`,
      type: 'crisis feedback in',
      z: 'tab',
      version: 1,
      name: '',
      service: `${id}-service`,
      answer: 'flow',
      wires: [[`${id}-response`]],
    },
    {
      id: `${id}-crisis`,
      type: 'crisis in',
      z: 'tab',
      version: 1,
      name: '',
      service: `${id}-service`,
      answer: 'stored',
      wires: [[]],
    },
    {
      id: `${id}-response`,
      type: 'generic response',
      z: 'tab',
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

const REQUEST_PLACE =
  "payload['soap:Envelope']['soap:Body'][0]['m:SynCrisisResponseInfo'][0].req[0]"
const LICENCE_PLACE = 'payload.XmlDocument.Header[0].License[0]'

/** What an integrator would draw without this package: both documents parsed, the licence compared. */
export function coreFlow(): object[] {
  const xml = { type: 'xml', z: 'tab', property: 'payload', attr: '', chr: '' }
  return [
    {
      id: 'core-in',
      type: 'http in',
      z: 'tab',
      url: CORE_PATH,
      method: 'post',
      upload: false,
      wires: [['core-envelope']],
    },
    { ...xml, id: 'core-envelope', wires: [['core-document']] },
    {
      id: 'core-document',
      type: 'change',
      z: 'tab',
      rules: [{ t: 'set', p: 'payload', pt: 'msg', to: REQUEST_PLACE, tot: 'msg' }],
      wires: [['core-parse']],
    },
    { ...xml, id: 'core-parse', wires: [['core-licence']] },
    {
      id: 'core-licence',
      type: 'switch',
      z: 'tab',
      property: LICENCE_PLACE,
      propertyType: 'msg',
      rules: [{ t: 'eq', v: LICENCE.licence, vt: 'str' }],
      checkall: 'true',
      outputs: 1,
      wires: [['core-template']],
    },
    {
      id: 'core-template',
      type: 'template',
      z: 'tab',
      field: 'payload',
      fieldType: 'msg',
      format: 'xml',
      syntax: 'mustache',
      output: 'str',
      template: FEEDBACK_REPLY.toString(),
      wires: [['core-out']],
    },
    {
      id: 'core-out',
      type: 'http response',
      z: 'tab',
      statusCode: '200',
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      wires: [],
    },
  ]
}
