import assert from 'node:assert/strict'
import { readCallMapping } from '../../../src/bridges/index.js'
import { escapeText, writeCrisisDocument } from '../../../src/messages/index.js'
import { readInboundSection, readReply, type InboundRules } from '../../../src/soap/index.js'
import { callOf, HostedFront, send, DOCUMENT as CRISIS } from './front-fixture.js'

const PLATFORM = 'http://platform.example.cn'
const FEEDBACK = CRISIS.replaceAll('Crisis>', 'CrisisResponse>')
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const wrapped = (content: string, action = 'PushCrisis'): string =>
  `<Request><Header><Action>${action}</Action></Header><Body><Content>${content}</Content></Body></Request>`

const rulesOf = (...section: readonly object[]): InboundRules => {
  const read = readInboundSection(section, (mapping) => readCallMapping(mapping, '+08:00'))
  assert.ok('value' in read, JSON.stringify(read))
  return read.value
}

/** An element in the Body with these parameters, as text. */
const call = (
  element: string,
  parameters: Readonly<Record<string, string>>,
  namespace = PLATFORM,
): string => {
  const inside = Object.entries(parameters).map(
    ([name, text]) => `<${name}>${escapeText(text)}</${name}>`,
  )
  return body(`<${element} xmlns="${namespace}">${inside.join('')}</${element}>`)
}
const body = (inside: string): string =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${inside}</s:Body></s:Envelope>`

const BY_ACTION = {
  elements: ['HIPMessageServer'],
  parameters: ['action', 'message'],
  document: 'message',
  operation: {
    parameter: 'action',
    values: { SynCrisisInfo: 'SynCrisisInfo', SynCrisisResponseInfo: 'SynCrisisResponseInfo' },
  },
  answer: { result: '*Result' },
}
const FIXED = { operation: 'SynCrisisInfo' }

/** Rule, envelope, and the document that comes out of it, with its operation. */
const SHAPES: Readonly<
  Record<string, readonly [rule: object, envelope: string, document?: string, operation?: string]>
> = {
  'action and message': [
    BY_ACTION,
    call('HIPMessageServer', { action: 'SynCrisisInfo', message: CRISIS }),
  ],
  'action for feedback, with blanks': [
    BY_ACTION,
    call('HIPMessageServer', { action: ' SynCrisisResponseInfo\n', message: FEEDBACK }),
    FEEDBACK,
    'SynCrisisResponseInfo',
  ],
  'parameters under names of a toolkit, by their places': [
    { ...BY_ACTION, document: '2', operation: { ...BY_ACTION.operation, parameter: '1' } },
    call('HIPMessageServer', { arg0: 'SynCrisisInfo', arg1: CRISIS }),
  ],
  'header and body, the code in the header': [
    {
      elements: ['CallInterface'],
      document: 'msgBody',
      operation: {
        parameter: 'msgHeader',
        path: 'root/serverName',
        values: { SendCritical: 'SynCrisisInfo' },
      },
    },
    call('CallInterface', {
      msgHeader: '<root><serverName>SendCritical</serverName></root>',
      msgBody: CRISIS,
    }),
  ],
  'one string with a wrapper that says the operation': [
    {
      elements: ['CallESB'],
      document: 'xmlMessage',
      operation: {
        parameter: 'xmlMessage',
        path: 'Request/Header/Action',
        values: { PushCrisis: 'SynCrisisInfo' },
      },
      unwrap: ['xml:Request/Body/Content'],
    },
    call('CallESB', { xmlMessage: wrapped(`<![CDATA[${CRISIS}]]>`) }),
  ],
  'escaped in the wrapper, and once more': [
    {
      ...FIXED,
      elements: ['Call'],
      document: 'input',
      unwrap: ['xml:Request/Body/Content', 'escaped'],
    },
    call('Call', { FuncCode: 'x', input: wrapped(escapeText(escapeText(CRISIS))) }),
  ],
  'CDATA in CDATA': [
    { ...FIXED, elements: ['Call'], unwrap: ['xml:Request/Body/Content', 'escaped'] },
    call('Call', { input: wrapped(`&lt;![CDATA[${CRISIS.replaceAll('<', '&lt;')}]]&gt;`) }),
  ],
  'elements in the wrapper': [
    { ...FIXED, elements: ['Call'], unwrap: ['xml:Request/Body'] },
    call('Call', { input: wrapped('').replace('<Content></Content>', CRISIS) }),
  ],
  'an inline wrapper': [
    { ...FIXED, elements: ['Call'], unwrap: ['xml:Request/Body/Content'] },
    body(`<Call xmlns="${PLATFORM}"><input>${wrapped(escapeText(CRISIS))}</input></Call>`),
  ],
  'an attribute in base64': [
    { ...FIXED, elements: ['Call'], unwrap: ['xml:Request/@data', 'base64'] },
    call('Call', { input: `<Request data="${base64(CRISIS)}"/>` }),
  ],
  'JSON with base64 in it': [
    {
      ...FIXED,
      elements: ['invoke'],
      document: 'parameter',
      unwrap: ['json:/data/0/xml', 'base64'],
    },
    call('invoke', {
      service: 's',
      urid: 'u',
      pwd: 'p',
      parameter: JSON.stringify({ data: [{ xml: base64(CRISIS) }] }),
    }),
  ],
  'percent-encoded': [
    { ...FIXED, elements: ['Call'], unwrap: ['url'] },
    call('Call', { input: encodeURIComponent(CRISIS) }),
  ],
  'our operation with further parameters': [
    {
      ...FIXED,
      elements: ['SynCrisisInfo'],
      parameters: ['userCode', 'passWord', 'timeout', 'inputString'],
      document: 'inputString',
    },
    call('SynCrisisInfo', { userCode: 'u', passWord: 'p', timeout: '5', inputString: CRISIS }),
  ],
  'a document of another system': [
    {
      ...FIXED,
      elements: ['Call'],
      mapping: [
        {
          ...{ document: 'crisis', format: 'json', each: '/list' },
          rows: [{ field: 'ExamNo', at: '/list/no', required: true }],
        },
      ],
    },
    call('Call', { input: '{"list":[{"no":"00000001"}]}' }),
    writeCrisisDocument({ ExamNo: '00000001' }),
  ],
  'no namespace, by one of two names': [
    { ...FIXED, elements: ['sendMsg', 'SendMsg'], namespace: 'none' },
    call('SendMsg', { xml: CRISIS }, ''),
  ],
}

/** Rule and envelope of what is refused, with the code. */
const REFUSED: Readonly<Record<string, readonly [rule: object, envelope: string, code: string]>> = {
  'an element that no rule names': [BY_ACTION, call('Other', { message: CRISIS }), '405'],
  'another case of a name': [BY_ACTION, call('hipmessageserver', { message: CRISIS }), '405'],
  'another namespace': [
    { ...BY_ACTION, namespace: 'urn:other' },
    call('HIPMessageServer', { action: 'SynCrisisInfo', message: CRISIS }),
    '405',
  ],
  'a value that the rule does not name': [
    BY_ACTION,
    call('HIPMessageServer', { action: 'Delete', message: CRISIS }),
    '405',
  ],
  'no value': [BY_ACTION, call('HIPMessageServer', { message: CRISIS }), '405'],
  'no document': [BY_ACTION, call('HIPMessageServer', { action: 'SynCrisisInfo' }), '400'],
  'two documents': [
    BY_ACTION,
    call('HIPMessageServer', { action: 'SynCrisisInfo', message: CRISIS }).replace(
      '</HIPMessageServer>',
      '<message>x</message></HIPMessageServer>',
    ),
    '400',
  ],
  'a wrapper without the element': [
    { ...FIXED, elements: ['Call'], unwrap: ['xml:Request/Body/Text'] },
    call('Call', { input: wrapped('x') }),
    '400',
  ],
  'a wrapper with two of them': [
    { ...FIXED, elements: ['Call'], unwrap: ['xml:Request/Body'] },
    call('Call', { input: '<Request><Body>1</Body><Body>2</Body></Request>' }),
    '400',
  ],
  'a document that its table does not fit': [
    {
      ...FIXED,
      elements: ['Call'],
      mapping: [
        {
          ...{ document: 'crisis', format: 'xml' },
          rows: [{ field: 'ExamNo', at: 'R/n', required: true }],
        },
      ],
    },
    call('Call', { input: '<R/>' }),
    '422',
  ],
  'what is no base64': [
    { ...FIXED, elements: ['Call'], unwrap: ['base64'] },
    call('Call', { input: `${base64(CRISIS)}!` }),
    '400',
  ],
  'a wrapper with a DOCTYPE': [
    { ...FIXED, elements: ['Call'], unwrap: ['xml:Request/Body/Content'] },
    call('Call', { input: `<!DOCTYPE Request>${wrapped('x')}` }),
    '400',
  ],
}

describe('a service with rules for calls of other shapes', () => {
  const front = new HostedFront()
  const host = (rule: object, options: object = {}) =>
    front.host(undefined, { rules: rulesOf(rule), ...options })
  const post = async (envelope: string) => send(front.port, { body: envelope })
  const valueOf = (text: string): string => {
    const reply = readReply(text)
    assert.equal(reply.kind, 'value', text)
    return (reply as { value: string }).value
  }

  after(() => front.stop())

  it('takes the document out of each, also where the service is strict', async () => {
    for (const [
      name,
      [rule, envelope, document = CRISIS, operation = 'SynCrisisInfo'],
    ] of Object.entries(SHAPES)) {
      const isInline = name === 'an inline wrapper'
      await host(rule, { strict: !isInline })
      const { text } = await post(envelope)
      assert.match(valueOf(text), /<code>0</, `${name}: ${text}`)
      const [taken] = front.calls
      assert.deepEqual([taken?.document, taken?.operation], [document, operation], name)
      // A call of ours is taken as ever.
      assert.match((await post(callOf('SynCrisisInfo', CRISIS))).text, /code/, name)
    }
  })

  it('refuses what no rule describes, and hands nothing over', async () => {
    for (const [name, [rule, envelope, code]] of Object.entries(REFUSED)) {
      await host(rule)
      const { text, status } = await post(envelope)
      assert.equal(status, 200, name)
      assert.match(valueOf(text), new RegExp(`<code>${code}<`), name)
      assert.equal(front.calls.length, 0, name)
      assert.equal(front.troubles.length, 1, name)
    }
  })

  it('answers in the shape that the rule says', async () => {
    const good = call('HIPMessageServer', { action: 'SynCrisisInfo', message: CRISIS })
    const bad = call('HIPMessageServer', { action: '<&"', message: CRISIS })
    const cases: readonly (readonly [object, RegExp, RegExp])[] = [
      [
        { result: '*Result' },
        /HIPMessageServerResponse.*HIPMessageServerResult>.*code&gt;0/,
        /code&gt;405/,
      ],
      [
        {
          response: 'Reply',
          result: 'out',
          resultNamespace: 'none',
          document: 'resultCode',
          success: '1',
          failure: '-1',
        },
        /<m:Reply xmlns:m="http:\/\/platform.example.cn"><out>&lt;Response&gt;&lt;ResultCode&gt;1&lt;/,
        /ResultCode&gt;-1&lt;/,
      ],
      [
        { document: 'json' },
        /\{"code":"0","desc":"成功"\}/,
        /\{"code":"405","desc":"HIPMessageServer /,
      ],
      [
        { document: '{"success":${code}}', success: 'true', failure: 'false' },
        /\{"success":true\}/,
        /\{"success":false\}/,
      ],
      [{ document: 'code' }, />0</, />405</],
      [{ success: '0', failure: '1' }, /code&gt;0&lt;/, /code&gt;1&lt;/],
    ]
    for (const [answer, success, failure] of cases) {
      await host({ ...BY_ACTION, answer })
      assert.match((await post(good)).text, success, JSON.stringify(answer))
      assert.match((await post(bad)).text, failure, JSON.stringify(answer))
      // The last answer is remembered, but not for a call of ours.
      assert.match((await post(callOf('SynCrisisInfo', CRISIS))).text, /<return>.*code&gt;0/)
    }
  })

  it('answers a failure by a Fault where the rule says so', async () => {
    await host({ ...BY_ACTION, answer: { fault: true } })
    const good = await post(call('HIPMessageServer', { action: 'SynCrisisInfo', message: CRISIS }))
    assert.deepEqual([good.status, readReply(good.text).kind], [200, 'value'])
    const bad = await post(call('HIPMessageServer', { action: 'x', message: CRISIS }))
    const reply = readReply(bad.text)
    assert.deepEqual([bad.status, reply.kind], [500, 'fault'])
  })

  it('describes them in its WSDL', async () => {
    await host({ ...BY_ACTION, namespace: PLATFORM })
    const wsdl = (await send(front.port, { method: 'GET', path: '/?wsdl' })).text
    for (const part of [
      /<xs:schema targetNamespace="http:\/\/platform\.example\.cn"/,
      /<xs:element name="action" type="xs:string" minOccurs="0"\/>\s*<xs:element name="message"/,
      /<xs:element name="HIPMessageServerResult"/,
      /xmlns:q="http:\/\/platform\.example\.cn" element="q:HIPMessageServer"/,
      /<xs:element name="SynCrisisInfo">/,
    ]) {
      assert.match(wsdl, part)
    }
  })
})
