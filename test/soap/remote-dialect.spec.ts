import assert from 'node:assert/strict'
import { Poster } from '../../src/http/calling/index.js'
import { decodeBytes } from '../../src/messages/index.js'
import {
  BODY_STYLES,
  openRemote,
  readCall,
  type BodyStyle,
  type RemoteOptions,
} from '../../src/soap/index.js'
import { succeeding, TestPeer, wsdl } from './remote-peer.js'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
const DOCUMENT = `${DECLARATION}<XmlDocument><Crisis><CrisisName>胎盘早剥 ]]&gt; 𠮷</CrisisName></Crisis></XmlDocument>`

describe('a remote is called in the dialect of its settings', () => {
  let peer: TestPeer
  let poster: Poster

  before(async () => {
    peer = await TestPeer.open()
    peer.answer = succeeding
    poster = new Poster({ deadlineMs: 5_000 })
  })
  after(async () => {
    poster.close()
    await peer.close()
  })

  /** What the server got: text, headers, and the call as our own strict reader understands it. */
  async function sent(options: Partial<RemoteOptions> = {}, document = DOCUMENT) {
    const remote = await openRemote({
      operation: 'SynCrisisInfo',
      transport: poster,
      address: `${peer.origin}/pacs`,
      ...options,
    })
    await remote.call(document)
    const post = peer.posts.at(-1)
    assert.ok(post)
    const { headers, bytes } = post
    const decoded = decodeBytes(bytes, { contentType: headers['content-type'] })
    assert.deepEqual(decoded.flags, [])
    return { remote, headers, bytes, ...decoded, call: readCall(decoded.text) }
  }

  const NAMESPACE = 'http://his.example/'
  const bodies: Readonly<Record<BodyStyle, string>> = {
    wrapped: '<m:SynCrisisInfo xmlns:m="http://his.example/"><msg>…</msg></m:SynCrisisInfo>',
    qualified: '<SynCrisisInfo xmlns="http://his.example/"><msg>…</msg></SynCrisisInfo>',
    bare: '<SynCrisisInfo xmlns="http://his.example/">…</SynCrisisInfo>',
    rpc: '<m:SynCrisisInfo xmlns:m="http://his.example/"><msg>…</msg></m:SynCrisisInfo>',
    encoded:
      '<m:SynCrisisInfo xmlns:m="http://his.example/" soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><msg xsi:type="xsd:string">…</msg></m:SynCrisisInfo>',
  }
  for (const style of BODY_STYLES) {
    const settings = { style, namespace: NAMESPACE, parameter: 'msg' }
    it(`without a WSDL: ${style}`, async () => {
      const { text, call, remote } = await sent(settings)
      const body = /<soap:Body>(.*)<\/soap:Body>/s.exec(text)?.[1] ?? ''
      assert.equal(body.replace(/&lt;.*&gt;/s, '…'), bodies[style])
      assert.equal(call.argument, DOCUMENT)
      assert.equal(remote.description.style, style)
      assert.equal(remote.description.parameter, style === 'bare' ? null : 'msg')
    })

    it(`against the WSDL, whatever that says: ${style}`, async () => {
      for (const said of ['wrapped', 'bare', 'rpc'] as const) {
        const { call, text } = await sent({ ...settings, wsdl: wsdl({ style: said }) })
        const body = /<soap:Body>(.*)<\/soap:Body>/s.exec(text)?.[1] ?? ''
        assert.equal(body.replace(/&lt;.*&gt;/s, '…'), bodies[style], said)
        assert.equal(call.argument, DOCUMENT)
      }
    })
  }

  it('by style and names when the WSDL has an operation that takes nothing', async () => {
    const nothing = wsdl().replace(/<xs:element minOccurs[^>]*>/, '')
    const settings = { style: 'qualified', namespace: NAMESPACE, parameter: 'msg' } as const
    assert.equal((await sent({ ...settings, wsdl: nothing })).call.argumentName, 'msg')
    const { style: _style, ...names } = settings
    await assert.rejects(sent({ ...names, wsdl: wsdl({ operation: 'Other' }) }), {
      code: 'WSDL_NO_OPERATION',
    })
  })

  it('with a qualified parameter that moves with its operation', async () => {
    const { text } = await sent({ wsdl: wsdl({ form: 'qualified' }), namespace: 'urn:new' })
    assert.match(text, /<SynCrisisInfo xmlns="urn:new"><arg0>/)
  })

  for (const [soapAction, header, type] of [
    ['""', '""', ''],
    ['"urn:a"', '"urn:a"', '; action="urn:a"'],
    ['urn:a', '"urn:a"', '; action="urn:a"'],
    ['http://tempuri.org/危急', '"http://tempuri.org/危急"', '; action="http://tempuri.org/危急"'],
    ['a"b\r\nX: y', '"abX: y"', '; action="abX: y"'],
  ] as const) {
    it(`with the SOAPAction ${JSON.stringify(soapAction)} instead of that of the WSDL`, async () => {
      const settings = {
        wsdl: wsdl({ soapAction: 'urn:said', versions: ['1.1', '1.2'] }),
        soapAction,
      }
      const utf8 = (value: string | undefined) => Buffer.from(value ?? '', 'latin1').toString()
      const first = await sent({ ...settings, soapVersion: '1.1' })
      assert.equal(utf8(first.headers['soapaction']?.toString()), header)
      const second = await sent({ ...settings, soapVersion: '1.2' })
      assert.equal(
        utf8(second.headers['content-type']),
        `application/soap+xml; charset=utf-8${type}`,
      )
      assert.equal(second.headers['soapaction'], undefined)
    })
  }

  for (const [charset, cannot] of [
    ['GBK', '&#134071;'],
    ['GB18030', '𠮷'],
  ] as const) {
    it(`in ${charset}, all of whose labels agree`, async () => {
      for (const cdata of [false, true]) {
        const settings = { namespace: 'http://医院/', packing: { cdata }, charset } as const
        const { call, headers, bytes, charset: read } = await sent(settings)
        assert.equal(read, charset.toLowerCase())
        assert.equal(headers['content-type'], `text/xml; charset=${charset.toLowerCase()}`)
        assert.equal(Number(headers['content-length']), bytes.length)
        const head = bytes.toString('latin1')
        assert.ok(head.startsWith(`<?xml version="1.0" encoding="${charset}"?>`))
        assert.equal(call.namespace, 'http://医院/')
        const document = DOCUMENT.replace('UTF-8', charset).replace('𠮷', cannot)
        assert.equal(call.argument, document)
        // 胎盘早剥
        assert.ok(bytes.includes(Buffer.from('cca5c5ccd4e7b0fe', 'hex')))
      }
    })
  }

  it('not at all where GBK cannot carry a character and no reference may stand', async () => {
    const before = peer.received.length
    await assert.rejects(sent({ charset: 'GBK' }, '<a><![CDATA[𠮷]]></a>'), {
      code: 'VALUE_CHARACTER',
    })
    assert.equal(peer.received.length, before)
  })

  it('in CDATA, divided where it would end', async () => {
    for (const document of [
      DOCUMENT,
      '<a><![CDATA[<b/>]]></a>',
      ']]>',
      '<a>]]]]>>]]></a>',
      '<a>& < &lt;</a>',
    ]) {
      const { text, call } = await sent({ packing: { cdata: true } }, document)
      assert.equal(call.argument, document)
      assert.match(text, /<inputString><!\[CDATA\[/)
    }
  })

  for (const [declaration, expected] of [
    ['none', ''],
    ['GBK', '<?xml version="1.0" encoding="GBK"?>'],
    ['UTF-16', '<?xml version="1.0" encoding="UTF-16"?>'],
  ] as const) {
    it(`with a declaration in the string: ${declaration}`, async () => {
      const bare = '<a>危急值</a>'
      for (const document of [bare, DECLARATION + bare, `<?xml version='1.0'?>${bare}`]) {
        const { call } = await sent({ packing: { declaration } }, document)
        assert.equal(call.argument, expected + bare)
      }
      const { call } = await sent({ charset: 'GBK', packing: { declaration } }, DECLARATION + bare)
      assert.equal(call.argument, expected + bare)
    })
  }

  it('with the document as it is where nothing is set', async () => {
    for (const document of ['<a/>', `${DECLARATION}\n<a/>\n`, "<?xml version='1.0'?><a/>"]) {
      assert.equal((await sent({}, document)).call.argument, document)
    }
    assert.equal((await sent({ charset: 'GBK' }, '<a/>')).call.argument, '<a/>')
  })
})
