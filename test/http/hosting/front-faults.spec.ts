import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { success } from '../../../src/messages/index.js'
import { SOAP_CONTENT_TYPES, readReply } from '../../../src/soap/index.js'
import { CONTENT_TYPES, DOCUMENT, HostedFront, callOf, envelopeOf, send } from './front-fixture.js'

describe('the front, when it gets what it cannot take,', () => {
  const front = new HostedFront()

  afterEach(() => front.stop())

  describe('answers what it cannot read by one Fault', () => {
    const envelope = callOf('SynCrisisInfo', DOCUMENT)
    const bomb = gzipSync(Buffer.alloc(3 << 20, ' '))
    const cases: readonly (readonly [
      string,
      string | Buffer,
      string | undefined,
      number,
      string,
    ])[] = [
      ['nothing', '', undefined, 500, 'ENVELOPE_UNREADABLE'],
      [
        'unreadable XML',
        envelope.replace('</in0>', '</in1>'),
        undefined,
        500,
        'ENVELOPE_UNREADABLE',
      ],
      ['an envelope cut short', envelope.slice(0, -3), undefined, 500, 'ENVELOPE_UNREADABLE'],
      ['a bare document', DOCUMENT, undefined, 500, 'ENVELOPE_VERSION'],
      ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', undefined, 500, 'ENVELOPE_DOCTYPE'],
      [
        'deep nesting',
        envelopeOf('SynCrisisInfo', '<a>'.repeat(10_000)),
        undefined,
        500,
        'ENVELOPE_TOO_DEEP',
      ],
      [
        'more markup than any document has',
        envelopeOf('SynCrisisInfo', '<a/>'.repeat(20_001)),
        undefined,
        413,
        'ENVELOPE_TOO_BIG',
      ],
      ['gzip garbage', 'no gzip at all', 'gzip', 500, 'BODY_UNREADABLE'],
      ['gzip cut short', gzipSync(envelope).subarray(0, -9), 'gzip', 500, 'BODY_UNREADABLE'],
      ['deflate garbage', 'no deflate', 'deflate', 500, 'BODY_UNREADABLE'],
      ['a gzip bomb', bomb, 'gzip', 413, 'BODY_TOO_BIG'],
      ['a body over the limit', Buffer.alloc(3 << 20, ' '), undefined, 413, 'BODY_TOO_BIG'],
      ['an unknown encoding', envelope, 'br', 415, 'BODY_ENCODING'],
      ['two encodings', envelope, 'gzip, gzip', 415, 'BODY_ENCODING'],
    ]
    for (const [what, body, encoding, status, trouble] of cases) {
      it(`for ${what}`, async () => {
        await front.host(undefined, { body: { maxBytes: 1 << 20 } })
        for (const version of ['1.1', '1.2'] as const) {
          const reply = await send(front.port, {
            headers: {
              'Content-Type': CONTENT_TYPES[version],
              ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
            },
            body,
          })
          assert.equal(reply.status, status)
          assert.equal(reply.headers['content-type'], SOAP_CONTENT_TYPES[version])
          const fault = readReply(reply.text)
          assert.equal(fault.version, version)
          assert.equal(
            fault.kind === 'fault' && fault.faultCode,
            version === '1.1' ? 'soap:Client' : 'soap:Sender',
          )
          assert.doesNotMatch(reply.text, /\bat .*\.js|node:/)
        }
        assert.deepEqual(front.troubleCodes, [trouble, trouble])
        assert.equal(front.troubles[0]?.remoteAddress, '127.0.0.1')
        await front.assertStillServing()
      })
    }

    it('for a chunked body over the limit, and hangs up', async () => {
      await front.host(undefined, { body: { maxBytes: 1000 } })
      const reply = await send(front.port, {
        headers: { 'Transfer-Encoding': 'chunked' },
        body: Buffer.alloc(2_000_000, 'x'),
      })
      assert.equal(reply.status, 413)
      assert.equal(reply.headers.connection, 'close')
      assert.deepEqual(front.troubleCodes, ['BODY_TOO_BIG'])
    })

    it('for a body that does not arrive in time', async () => {
      await front.host(undefined, { body: { timeMs: 20 } })
      const req = request({
        host: '127.0.0.1',
        port: front.port,
        method: 'POST',
        headers: { 'Content-Length': 10 },
      })
      req.on('error', () => {})
      req.write('<')
      const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage]
      assert.equal(res.statusCode, 408)
      assert.equal(res.headers.connection, 'close')
      req.destroy()
      assert.deepEqual(front.troubleCodes, ['BODY_SLOW'])
      await front.assertStillServing()
    })
  })

  it('survives a caller that hangs up in the middle, and is told of it once', async () => {
    let told: (() => void) | undefined
    const trouble = new Promise<void>((resolve) => (told = resolve))
    const codes: string[] = []
    await front.host(undefined, {
      onTrouble: ({ code }) => {
        codes.push(code)
        told?.()
      },
    })
    const socket = connect(front.port, '127.0.0.1')
    socket.end('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<a>')
    socket.resume()
    await trouble
    assert.deepEqual(codes, ['BODY_CUT'])
    await front.assertStillServing()
  })

  it('survives a caller that does not wait for its answer', async () => {
    let answer: (() => void) | undefined
    let asked: (() => void) | undefined
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    await front.host({
      SynCrisisInfo: (call) => {
        if (call.document !== 'gone') return front.record(call)
        asked?.()
        return new Promise((resolve) => (answer = () => resolve(success())))
      },
    })
    const req = request({ host: '127.0.0.1', port: front.port, method: 'POST' })
    req.on('error', () => {})
    req.end(callOf('SynCrisisInfo', 'gone'))
    await isAsked
    const closed = new Promise((resolve) => req.once('close', resolve))
    req.destroy()
    await closed
    answer?.()
    await front.assertStillServing()
  })

  it('is not disturbed by a listener that fails', async () => {
    await front.host(undefined, {
      onTrouble: () => {
        throw new Error('listener')
      },
    })
    assert.equal((await send(front.port, { body: '<' })).status, 500)
    await front.assertStillServing()
  })
})
