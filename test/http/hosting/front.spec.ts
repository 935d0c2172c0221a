import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import type { Handler } from '../../../src/http/hosting/index.js'
import { MessageError, success } from '../../../src/messages/index.js'
import { OPERATIONS, SOAP_CONTENT_TYPES, readReply } from '../../../src/soap/index.js'
import {
  AWKWARD,
  CONTENT_TYPES,
  DOCUMENT,
  HostedFront,
  answerIn,
  callOf,
  envelopeOf,
  send,
} from './front-fixture.js'

describe('the front', () => {
  const front = new HostedFront()

  afterEach(() => front.stop())

  for (const version of ['1.1', '1.2'] as const) {
    for (const operation of OPERATIONS) {
      it(`hands over ${operation} of SOAP ${version} exactly and answers in kind`, async () => {
        await front.host()
        const body = callOf(operation, AWKWARD, version)
        const reply = await send(front.port, {
          headers: { 'Content-Type': CONTENT_TYPES[version], SOAPAction: '"urn:wrong"' },
          body,
        })
        assert.equal(reply.status, 200)
        assert.equal(reply.headers['content-type'], SOAP_CONTENT_TYPES[version])
        assert.equal(reply.headers['content-length'], String(Buffer.byteLength(reply.text)))
        assert.deepEqual(answerIn(reply), { code: '0', desc: '成功' })
        assert.match(reply.text, new RegExp(`<m:${operation}Response xmlns:m="urn:x">`))
        assert.equal(readReply(reply.text).version, version)

        const [call] = front.calls
        assert.ok(call)
        assert.equal(call.operation, operation)
        assert.equal(call.document, AWKWARD)
        assert.equal(call.version, version)
        assert.equal(call.form.wrapping, 'escaped')
        assert.equal(call.remoteAddress, '127.0.0.1')
        assert.equal(call.charset, 'utf-8')
        assert.equal(call.raw.toString(), body)
        assert.ok(Math.abs(call.receivedAt.getTime() - Date.now()) < 60_000)
        assert.deepEqual(front.troubles, [])
      })
    }
  }

  it('takes every compression it names, whatever its case', async () => {
    await front.host()
    const body = callOf('SynCrisisInfo', AWKWARD)
    const sent: readonly (readonly [string, Buffer])[] = [
      ['gzip', gzipSync(body)],
      ['GZIP', gzipSync(body)],
      ['x-gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['Deflate', deflateRawSync(body)],
      ['identity', Buffer.from(body)],
    ]
    for (const [encoding, bytes] of sent) {
      const reply = await send(front.port, {
        headers: { 'Content-Encoding': encoding },
        body: bytes,
      })
      assert.equal(answerIn(reply)?.code, '0', encoding)
    }
    assert.deepEqual(
      front.calls.map((call) => call.document),
      sent.map(() => AWKWARD),
    )
  })

  it('takes a chunked body and one that waits to be asked for', async () => {
    await front.host()
    const body = callOf('SynCrisisInfo', DOCUMENT)
    const chunked = await send(front.port, { headers: { 'Transfer-Encoding': 'chunked' }, body })
    assert.equal(answerIn(chunked)?.code, '0')
    const expecting = await send(front.port, { headers: { Expect: '100-continue' }, body })
    assert.equal(answerIn(expecting)?.code, '0')
  })

  it('reads other encodings by their label, and mislabelled GBK only where it may', async () => {
    // 危急 in GBK.
    const gbk = Buffer.concat([
      Buffer.from(
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><SynCrisisInfo><a>',
      ),
      Buffer.from([0xce, 0xa3, 0xbc, 0xb1]),
      Buffer.from('</a></SynCrisisInfo></s:Body></s:Envelope>'),
    ])
    await front.host()
    const labelled = await send(front.port, {
      headers: { 'Content-Type': 'text/xml; charset=gbk' },
      body: gbk,
    })
    assert.equal(answerIn(labelled)?.code, '0')
    assert.equal(labelled.headers['content-type'], SOAP_CONTENT_TYPES['1.1'])
    assert.equal(front.calls[0]?.document, '危急')
    assert.equal(front.calls[0]?.charset, 'gbk')
    const refused = await send(front.port, { body: gbk })
    assert.equal(refused.status, 500)
    assert.deepEqual(front.troubleCodes, ['CHARSET_UNREADABLE'])

    await front.host(undefined, { allowGbk: true })
    const allowed = await send(front.port, { body: gbk })
    assert.equal(answerIn(allowed)?.code, '0')
    assert.equal(front.calls[0]?.document, '危急')
    assert.deepEqual(front.calls[0]?.flags, ['charsetMislabelled'])
  })

  it('takes what a body parser has read, as bytes or as text', async () => {
    const body = callOf('SynCrisisInfo', AWKWARD).replace('utf-8', 'gbk')
    await front.host(undefined, {}, (listener) => (req, res) => {
      req.resume()
      req.on('end', () => {
        const parsed = req.url === '/text' ? body : Buffer.from(body.replace('gbk', 'utf-8'))
        listener(Object.assign(req, { body: parsed }), res)
      })
    })
    for (const path of ['/text', '/bytes']) {
      const headers = { 'Content-Type': `text/xml; charset=${path === '/text' ? 'gbk' : 'utf-8'}` }
      assert.equal(answerIn(await send(front.port, { path, headers, body: 'x' }))?.code, '0', path)
    }
    assert.deepEqual(
      front.calls.map((call) => call.document),
      [AWKWARD, AWKWARD],
    )
  })

  it('takes the root part of a multipart body', async () => {
    await front.host()
    const part = (id: string, text: string) =>
      `--b-1\r\nContent-ID: <${id}>\r\nContent-Type: application/xop+xml; charset=utf-8\r\n\r\n${text}\r\n`
    const body = `preamble\r\n${part('other', 'binary')}${part('root', callOf('SynCrisisInfo', AWKWARD))}--b-1--\r\n`
    const type = 'multipart/related; type="application/xop+xml"; boundary="b-1"'
    const sendAs = (contentType: string, sent = body) =>
      send(front.port, { headers: { 'Content-Type': contentType }, body: sent })
    assert.equal(answerIn(await sendAs(`${type}; start="<root>"`))?.code, '0')
    assert.equal(front.calls[0]?.document, AWKWARD)
    assert.equal(front.calls[0]?.raw.toString(), callOf('SynCrisisInfo', AWKWARD))

    assert.equal((await sendAs(type)).status, 500)
    assert.equal((await sendAs('multipart/related')).status, 500)
    assert.equal((await sendAs(`${type}; start="<root>"`, body.slice(0, 90))).status, 500)
    assert.equal((await sendAs(type, '--b-1--b-1--b-1')).status, 500)
    assert.deepEqual(front.troubleCodes, [
      'ENVELOPE_UNREADABLE',
      'BODY_UNREADABLE',
      'BODY_UNREADABLE',
      'BODY_UNREADABLE',
    ])
  })

  it('tells a caller whose body was read as a form, instead of waiting for ever', async () => {
    await front.host(undefined, {}, (listener) => (req, res) => {
      req.resume()
      req.on('end', () => listener(Object.assign(req, { body: {}, _body: true }), res))
    })
    const reply = await send(front.port, { body: callOf('SynCrisisInfo', DOCUMENT) })
    assert.equal(reply.status, 415)
    assert.equal(readReply(reply.text).kind, 'fault')
    assert.deepEqual(front.troubleCodes, ['BODY_CONSUMED'])
  })

  describe('answers a readable envelope by HTTP 200 and a failure code', () => {
    const cases: readonly (readonly [string, string, string, string, RegExp])[] = [
      [
        'an answer in place of a call',
        callOf('SynCrisisInfoResponse', DOCUMENT),
        'OPERATION_UNKNOWN',
        '405',
        /收到的是应答而不是调用/,
      ],
      [
        'an unknown operation',
        envelopeOf('Other', '<a/>'),
        'OPERATION_UNKNOWN',
        '405',
        /SynCrisisInfo、SynCrisisResponseInfo/,
      ],
      [
        '__proto__',
        envelopeOf('__proto__', '<a id="__proto__"/>'),
        'OPERATION_UNKNOWN',
        '405',
        /操作/,
      ],
      ['a missing argument', envelopeOf('SynCrisisInfo', ''), 'ARGUMENT_MISSING', '400', /参数/],
      [
        'nil',
        envelopeOf('SynCrisisInfo', '<a xsi:nil="true"/>'),
        'ARGUMENT_MISSING',
        '400',
        /参数/,
      ],
    ]
    for (const [what, body, trouble, code, desc] of cases) {
      it(`for ${what}`, async () => {
        await front.host()
        const reply = await send(front.port, { body })
        assert.equal(reply.status, 200)
        assert.equal(answerIn(reply)?.code, code)
        assert.match(answerIn(reply)?.desc ?? '', desc)
        assert.deepEqual(front.troubleCodes, [trouble])
        assert.equal(front.calls.length, 0)
      })
    }

    const failing: readonly (readonly [string, Handler, string, string])[] = [
      [
        'a handler that rejects with an error of ours',
        () => Promise.reject(new MessageError('KEY_MISSING', { zh: '缺少检查号', en: 'x' }, '422')),
        'KEY_MISSING',
        '422',
      ],
      [
        'a handler that throws at once',
        () => {
          throw new TypeError('secret stack')
        },
        'UNEXPECTED',
        '500',
      ],
      [
        'a handler that rejects with nothing',
        () => Promise.reject(undefined as never),
        'UNEXPECTED',
        '500',
      ],
      [
        'a handler that answers nothing',
        () => Promise.resolve(undefined as never),
        'UNEXPECTED',
        '500',
      ],
      [
        'an answer that could be taken for a success',
        () => Promise.resolve({ code: '1', desc: '失败' }),
        'RESPONSE_CODE',
        '500',
      ],
    ]
    for (const [what, handler, trouble, code] of failing) {
      it(`for ${what}`, async () => {
        await front.host({ SynCrisisInfo: handler })
        const reply = await send(front.port, { body: callOf('SynCrisisInfo', DOCUMENT) })
        assert.equal(reply.status, 200)
        assert.equal(answerIn(reply)?.code, code)
        assert.doesNotMatch(reply.text, /secret|stack/)
        assert.deepEqual(front.troubleCodes, [trouble])
      })
    }

    it('for a node that is being deployed anew', async () => {
      await front.host({ SynCrisisInfo: 'busy' })
      const reply = await send(front.port, { body: callOf('SynCrisisInfo', DOCUMENT) })
      assert.equal(reply.status, 200)
      assert.deepEqual(answerIn(reply), { code: '503', desc: '正在重新部署，请稍后重发' })
      assert.deepEqual(front.troubleCodes, ['OPERATION_BUSY'])
    })

    it('for a handler that is late, whose own answer comes to nothing', async () => {
      const answered = Promise.withResolvers<undefined>()
      await front.host(
        {
          SynCrisisInfo: () => answered.promise.then(() => success()),
          SynCrisisResponseInfo: () =>
            answered.promise.then(() => Promise.reject(new Error('too late'))),
        },
        { answerLimitMs: 20 },
      )
      for (const operation of OPERATIONS) {
        const reply = await send(front.port, { body: callOf(operation, DOCUMENT) })
        assert.equal(reply.status, 200)
        assert.equal(answerIn(reply)?.code, '503')
      }
      answered.resolve(undefined)
      await setImmediate()
      assert.deepEqual(front.troubleCodes, ['ANSWER_LATE', 'ANSWER_LATE'])
    })
  })

  it('answers at once where the handler does, and tells each caller that was too late', async () => {
    await front.host(
      {
        SynCrisisInfo: () => success('已收到'),
        SynCrisisResponseInfo: () => new Promise(() => {}),
      },
      { answerLimitMs: 20 },
    )
    const slow = OPERATIONS.map((operation) =>
      send(front.port, { body: callOf(operation, DOCUMENT) }),
    )
    const [first, second] = await Promise.all(slow)
    assert.deepEqual(first && answerIn(first), { code: '0', desc: '已收到' })
    assert.equal(second && answerIn(second)?.code, '503')
    assert.deepEqual(front.troubleCodes, ['ANSWER_LATE'])
  })

  it('takes each answer for itself although the last one is kept', async () => {
    const answers = [success('一'), success('一'), success('二'), { code: '404', desc: '一' }]
    let next = 0
    await front.host({ SynCrisisInfo: () => answers[next++] ?? success() })
    for (const [index, answer] of answers.entries()) {
      const version = index % 2 === 0 ? '1.1' : '1.2'
      const namespace = `urn:${index >> 1}`
      const body = callOf('SynCrisisInfo', DOCUMENT, version).replaceAll('urn:x', namespace)
      const reply = await send(front.port, {
        headers: { 'Content-Type': CONTENT_TYPES[version] },
        body,
      })
      assert.deepEqual(answerIn(reply), answer)
      assert.equal(readReply(reply.text).version, version)
      assert.ok(reply.text.includes(`xmlns:m="${namespace}"`))
    }
  })

  it('passes on what a handler answers, failure codes too, without calling it trouble', async () => {
    await front.host({
      SynCrisisInfo: () => Promise.resolve({ code: '404', desc: '没有 <该> 危急值' }),
    })
    const reply = await send(front.port, { body: callOf('SynCrisisInfo', DOCUMENT) })
    assert.deepEqual(answerIn(reply), { code: '404', desc: '没有 <该> 危急值' })
    assert.deepEqual(front.troubles, [])
  })
})
