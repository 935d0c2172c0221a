import assert from 'node:assert/strict'
import { readXml, type XmlElement } from '../../src/messages/index.js'
import type { Received } from '../soap/remote-peer.js'

/*
 * Counterparts of the kinds that the package ships dialects for, written from public material: what each looks for in a
 * request, as strictly as its toolkit does.
 */

export interface Counterpart {
  /** Path and query at which it is called. */
  readonly address: string
  /** The document that it finds, or what it makes of it; whatever is wrong is thrown. */
  readonly find: (received: Received) => string
  /** The string that it returns for what it took, and for what it refused; absent = as the interface document has it. */
  readonly answers?: readonly [string, string]
}

export function elementAt(root: XmlElement, ...path: readonly string[]): XmlElement {
  let element = root
  for (const name of path) {
    const found = element.children.filter((child) => child.name === name)
    assert.equal(found.length, 1, `${name} in ${element.name}`)
    element = found[0]!
  }
  return element
}

const textAt = (root: XmlElement, ...path: readonly string[]): string =>
  elementAt(root, ...path).text

const bodyOf = ({ body }: Received): XmlElement => elementAt(readXml(body), 'Body')

/** Parameters as a toolkit binds them: these, in this order. */
function parametersOf(
  received: Received,
  operation: string,
  ...names: readonly string[]
): string[] {
  const element = elementAt(bodyOf(received), operation)
  assert.deepEqual(
    element.children.map(({ name }) => name),
    names,
  )
  return element.children.map(({ text }) => text)
}

const fieldsOf = (request: string): string => {
  const body = elementAt(readXml(request), 'Body')
  return body.children.map(({ name, text }) => `${name}=${text}`).join('|')
}

export const COUNTERPARTS: Readonly<Record<string, Counterpart>> = {
  'interface-document': {
    address: '/pushService/services/pacs',
    find: (received) => parametersOf(received, 'SynCrisisInfo', 'inputString')[0]!,
  },
  'dhc-msgsend': {
    answers: [
      '<Response><Body><ResultCode>1</ResultCode><ResultContent>12555</ResultContent></Body></Response>',
      '<Response><Body><ResultCode>-1</ResultCode><ResultContent>no such user</ResultContent></Body></Response>',
    ],
    address: '/csp/hsb/DHC.Published.PUB0007.cls',
    find(received) {
      const [code, input] = parametersOf(received, 'Call', 'FuncCode', 'input')
      assert.equal(code, 'MsgSend')
      return fieldsOf(input!)
    },
  },
  'dhc-msgexec': {
    answers: [
      '<Response><Body><ResultCode>1</ResultCode><ResultContent>12555</ResultContent></Body></Response>',
      '<Response><Body><ResultCode>-1</ResultCode><ResultContent>no such user</ResultContent></Body></Response>',
    ],
    address: '/csp/hsb/DHC.Published.PUB0007.cls',
    find(received) {
      const [code, input] = parametersOf(received, 'Call', 'FuncCode', 'input')
      assert.equal(code, 'MsgExec')
      return fieldsOf(input!)
    },
  },
  'esb-header-body': {
    answers: [
      '<ESBEntry><RetInfo><RetCode>1</RetCode><RetCon>成功</RetCon></RetInfo></ESBEntry>',
      '<ESBEntry><RetInfo><RetCode>9</RetCode><RetCon>no such service</RetCon></RetInfo></ESBEntry>',
    ],
    address: '/esb',
    find(received) {
      const entry = readXml(parametersOf(received, 'CallESB', 'xmlMessage')[0]!)
      assert.equal(textAt(entry, 'AccessControl', 'UserName'), 'someone')
      assert.equal(textAt(entry, 'MessageHeader', 'Fid'), 'BS20001')
      assert.match(textAt(entry, 'MessageHeader', 'MsgDate'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
      return textAt(entry, 'MsgInfo', 'Msg')
    },
  },
  'call-interface': {
    address: '/services/interface',
    find(received) {
      const [header, document] = parametersOf(received, 'CallInterface', 'msgHeader', 'msgBody')
      const root = readXml(header!)
      assert.equal(textAt(root, 'serverName'), 'SynCrisisInfo')
      assert.equal(textAt(root, 'certificate'), 'C<&>1')
      return document!
    },
  },
  'platform-hl7v3-ack': {
    answers: [
      '<MCCI_IN000002UV01 xmlns="urn:hl7-org:v3"><acknowledgement typeCode="AA"/></MCCI_IN000002UV01>',
      '<MCCI_IN000002UV01 xmlns="urn:hl7-org:v3"><acknowledgement typeCode="AE"/></MCCI_IN000002UV01>',
    ],
    address: '/csp/hip/HIP.cls',
    find(received) {
      const [action, message] = parametersOf(received, 'HIPMessageServer', 'action', 'message')
      assert.equal(action, 'SynCrisisInfo')
      return message!
    },
  },
  'asmx-credential-header': {
    address: '/Crisis.asmx',
    find(received) {
      const login = elementAt(readXml(received.body), 'Header', 'AuthHeader')
      assert.equal(login.attributes['xmlns'], 'http://tempuri.org/')
      assert.deepEqual(
        [textAt(login, 'UserId'), textAt(login, 'PassWord')],
        ['someone', 'Pw-7#x <&>'],
      )
      return parametersOf(received, 'SynCrisisInfo', 'inputString')[0]!
    },
  },
  'cache-query-login': {
    address: '/imedical/web/DHC.Crisis.cls?CacheNoRedirect=1',
    find(received) {
      const { searchParams } = new URL(received.url, 'http://x')
      assert.equal(searchParams.get('CacheUserName'), 'someone')
      assert.equal(searchParams.get('CachePassword'), 'Pw-7#x')
      assert.equal(searchParams.get('CacheNoRedirect'), '1')
      return parametersOf(received, 'SynCrisisInfo', 'inputString')[0]!
    },
  },
}
