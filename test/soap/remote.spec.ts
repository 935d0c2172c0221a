import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import zlib from 'node:zlib'
import { Poster } from '../../src/http/calling/index.js'
import { openRemote, RemoteError, type Remote } from '../../src/soap/index.js'
import { body, envelope, escape, returning, SUCCESS, TestPeer, type Answer } from './remote-peer.js'

const DOCUMENT = '<XmlDocument><Crisis><ExamNo>00000001</ExamNo></Crisis></XmlDocument>'

// 成功 in GBK.
const GBK_SUCCESS = Buffer.from([0xb3, 0xc9, 0xb9, 0xa6])

function inGbk(text: string): Buffer {
  const [before = '', after = ''] = text.split('成功')
  return Buffer.concat([Buffer.from(before), GBK_SUCCESS, Buffer.from(after)])
}

describe('a remote reads replies', () => {
  let peer: TestPeer
  let poster: Poster
  let remote: Remote

  before(async () => {
    peer = await TestPeer.open()
    poster = new Poster({ deadlineMs: 5_000, maxBytes: 1 << 20 })
    remote = await openRemote({
      operation: 'SynCrisisInfo',
      transport: poster,
      address: `${peer.origin}/pacs`,
    })
  })
  after(async () => {
    poster.close()
    await peer.close()
  })

  const escaped = `<return>${escape(SUCCESS)}</return>`
  const accepted: Record<string, Answer> = {
    escaped: body(returning(escaped)),
    'CDATA with a declaration': body(returning(`<return><![CDATA[${SUCCESS}]]></return>`)),
    'another name of the child': body(
      returning(`<SynCrisisInfoResult>${escape(SUCCESS)}</SynCrisisInfoResult>`),
    ),
    'a type on the child': body(
      returning(`<return xsi:type="xsd:string">${escape(SUCCESS)}</return>`),
    ),
    'another wrapper': body(returning(escaped, 'Zzz')),
    'SOAP 1.2': body(envelope(`<m:R xmlns:m="urn:m">${escaped}</m:R>`, '1.2'), {
      'content-type': 'application/soap+xml; charset=utf-8',
    }),
    'a multiRef beside the wrapper': body(
      envelope(
        `<m:R xmlns:m="urn:m"><return href="#a"/></m:R><multiRef id="a" xsi:type="xsd:string">${escape(SUCCESS)}</multiRef>`,
      ),
    ),
    gzip: body(zlib.gzipSync(returning(escaped)), { 'content-encoding': 'gzip' }),
    deflate: body(zlib.deflateSync(returning(escaped)), { 'content-encoding': 'deflate' }),
    'deflate without its frame': body(zlib.deflateRawSync(returning(escaped)), {
      'content-encoding': 'deflate',
    }),
    'GBK that says so': body(inGbk(returning(escaped)), {
      'content-type': 'text/xml; charset=GBK',
    }),
    'a BOM and a blank line in front': body(`\ufeff\n${returning(escaped)}`),
    'an id that names a prototype': body(
      returning(`<return id="__proto__">${escape(SUCCESS)}</return>`),
    ),
    'a wrong Content-Type': body(returning(escaped), { 'content-type': 'text/html' }),
  }
  for (const [name, answer] of Object.entries(accepted)) {
    it(`takes ${name}`, async () => {
      peer.answer = answer
      const { value } = await remote.call(DOCUMENT)
      assert.equal(value, SUCCESS)
    })
  }

  it('takes an inline document and a JSON string as they are', async () => {
    peer.answer = body(returning('<return><response><code>0</code></response></return>'))
    assert.equal((await remote.call(DOCUMENT)).value, '<response><code>0</code></response>')
    peer.answer = body(returning('<return>{"code":"0"}</return>'))
    assert.equal((await remote.call(DOCUMENT)).value, '{"code":"0"}')
  })

  it('keeps the bytes of what is no answer, and shows them to nobody who only prints the error', async () => {
    const page = '<html>患者 secret</html>'
    peer.answer = body(page, { 'content-type': 'text/html' }, 502)
    await assert.rejects(remote.call(DOCUMENT), (error) => {
      assert.ok(error instanceof RemoteError)
      assert.equal(Buffer.from(error.bytes ?? []).toString(), page)
      assert.doesNotMatch(inspect(error), /secret/)
      return true
    })
  })

  it('keeps the bytes as they came', async () => {
    peer.answer = body(returning(escaped))
    const { bytes, charset, flags } = await remote.call(DOCUMENT)
    assert.equal(bytes.toString(), returning(escaped))
    assert.equal(charset, 'utf-8')
    assert.deepEqual(flags, [])
  })

  const fault11 =
    '<s:Fault><faultcode>s:Server</faultcode><faultstring>出错&lt;</faultstring></s:Fault>'
  const fault12 =
    '<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text xml:lang="en">bad</s:Text></s:Reason></s:Fault>'
  const html = `<html><body>${'<p>text</p>'.repeat(60_000)}</body></html>`
  const refused: Record<string, [string, number | undefined, Answer]> = {
    'an empty return': ['REPLY_EMPTY', 200, body(returning('<return/>'))],
    'a nil return': ['REPLY_EMPTY', 200, body(returning('<return xsi:nil="true"/>'))],
    'a blank return': ['REPLY_EMPTY', 200, body(returning('<return> \u3000\n</return>'))],
    'an empty Body': ['REPLY_EMPTY', 200, body(envelope(''))],
    'an empty 200': ['REPLY_EMPTY', 200, body('')],
    'a blank 200': ['REPLY_EMPTY', 200, body(' \n')],
    'an empty 202': ['REPLY_EMPTY', 202, body('', {}, 202)],
    'an empty 500': ['HTTP_STATUS', 500, body('', {}, 500)],
    'a Fault 1.1': ['SOAP_FAULT', 500, body(envelope(fault11), {}, 500)],
    'a Fault 1.2': ['SOAP_FAULT', 500, body(envelope(fault12, '1.2'), {}, 500)],
    'a Fault under 200': ['SOAP_FAULT', 200, body(envelope(fault11))],
    'a Fault behind a good answer': [
      'SOAP_FAULT',
      200,
      body(envelope(`<R>${escaped}</R>${fault11}`)),
    ],
    'HTML of 660 kB under 502': [
      'HTTP_STATUS',
      502,
      body(html, { 'content-type': 'text/html' }, 502),
    ],
    'HTML under 200': ['REPLY_NOT_SOAP', 200, body(html, { 'content-type': 'text/html' })],
    'HTML that is no XML': ['REPLY_NOT_SOAP', 200, body('<html><br><p>登录</html>')],
    'HTML that is nested deeply': [
      'REPLY_NOT_SOAP',
      200,
      body(`<html>${'<div>'.repeat(60)}登录${'</div>'.repeat(60)}</html>`),
    ],
    'plain text': ['REPLY_NOT_SOAP', 200, body('OK')],
    'a bare answer without an envelope': ['REPLY_NOT_SOAP', 200, body(SUCCESS)],
    'JSON without an envelope': ['REPLY_NOT_SOAP', 200, body('{"code":"0"}')],
    'a good answer under 500': ['HTTP_STATUS', 500, body(returning(escaped), {}, 500)],
    'a good answer under 401': ['HTTP_STATUS', 401, body(returning(escaped), {}, 401)],
    'text before the envelope': ['REPLY_UNREADABLE', 200, body(`debug\n${returning(escaped)}`)],
    'text behind the envelope': ['REPLY_UNREADABLE', 200, body(`${returning(escaped)}debug`)],
    'an envelope cut short': ['REPLY_UNREADABLE', 200, body(returning(escaped).slice(0, 330))],
    'GBK that says nothing': ['REPLY_UNREADABLE', 200, body(inGbk(returning(escaped)))],
    'a lost character': ['REPLY_UNREADABLE', 200, body(returning('<return>\ufffd</return>'))],
    'a DOCTYPE': ['REPLY_UNREADABLE', 200, body(`<!DOCTYPE x>${returning(escaped).slice(38)}`)],
  }
  for (const [name, [code, status, answer]] of Object.entries(refused)) {
    it(`refuses ${name} as ${code}`, async () => {
      peer.answer = answer
      await assert.rejects(remote.call(DOCUMENT), (error) => {
        assert.ok(error instanceof RemoteError)
        assert.equal(error.code, code)
        assert.equal(error.status, status)
        return true
      })
    })
  }

  const broken: Record<string, [string, Answer]> = {
    'a redirect': ['PEER_REDIRECT', body('', { location: '/elsewhere' }, 302)],
    'a reply over the limit': ['PEER_TOO_BIG', body('y'.repeat(2 << 20))],
    'a reply that inflates over the limit': [
      'PEER_TOO_BIG',
      body(zlib.gzipSync(' '.repeat(8 << 20)), { 'content-encoding': 'gzip' }),
    ],
    'a connection that breaks in the body': [
      'PEER_CLOSED',
      (_received, response) => {
        response.writeHead(200, { 'content-length': 10_000 })
        response.write(returning(escaped), () => response.destroy())
      },
    ],
  }
  for (const [name, [code, answer]] of Object.entries(broken)) {
    it(`fails on ${name} as ${code}`, async () => {
      peer.answer = answer
      await assert.rejects(remote.call(DOCUMENT), { code })
    })
  }

  it('reads mislabelled GBK only when it is allowed', async () => {
    peer.answer = body(inGbk(returning(escaped)))
    const tolerant = await openRemote({
      operation: 'SynCrisisInfo',
      transport: poster,
      address: `${peer.origin}/pacs`,
      allowGbk: true,
    })
    const { value, flags } = await tolerant.call(DOCUMENT)
    assert.equal(value, SUCCESS)
    assert.deepEqual(flags, ['charsetMislabelled'])
  })

  it('keeps what a Fault said as evidence, cut, and out of the reason', async () => {
    const text = `患者张三 ${'很长'.repeat(500)}`
    peer.answer = body(
      envelope(
        `<s:Fault><faultcode>s:Server</faultcode><faultstring>${text}</faultstring></s:Fault>`,
      ),
      {},
      500,
    )
    await assert.rejects(remote.call(DOCUMENT), (error) => {
      assert.ok(error instanceof RemoteError)
      assert.equal(error.fault?.code, 's:Server')
      assert.equal(error.fault?.text, text.slice(0, 200))
      assert.ok(error.reason.zh.includes('s:Server'))
      assert.ok(!error.reason.zh.includes('张三') && !error.message.includes('张三'))
      return true
    })
  })

  it('names the refusal of access', async () => {
    peer.answer = body('', {}, 403)
    await assert.rejects(remote.call(DOCUMENT), (error) => {
      assert.ok(error instanceof RemoteError)
      assert.match(error.reason.zh, /访问限制/)
      return true
    })
  })

  it('sends nothing that XML cannot carry, and nothing empty', async () => {
    const before = peer.received.length
    await assert.rejects(remote.call('<a>\u0001</a>'), { code: 'VALUE_CHARACTER' })
    await assert.rejects(remote.call('<a>\ud800</a>'), { code: 'VALUE_CHARACTER' })
    await assert.rejects(remote.call(' \n'), { code: 'DOCUMENT_EMPTY' })
    assert.equal(peer.received.length, before)
  })

  it('leaves the prototype of all objects alone', () => {
    assert.equal(({} as { obj?: unknown }).obj, undefined)
    assert.deepEqual(Object.keys(Object.prototype), [])
  })
})
