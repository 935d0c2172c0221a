import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type RequestListener, type Server } from 'node:http'
import { connect } from 'node:net'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { createClientAsync } from 'soap'
import {
  createFront,
  type Address,
  type Handler,
  type HostedCall,
  type Trouble,
} from '../../src/http/index.js'
import { MessageError, success } from '../../src/messages/index.js'
import {
  OPERATIONS,
  SOAP_CONTENT_TYPES,
  readReply,
  type SoapVersion,
} from '../../src/soap/index.js'
import { addressWith, answerIn, callOf, envelopeOf, listen, send, stop } from './front-fixture.js'

const DOCUMENT = '<XmlDocument><Crisis><ExamNo>00000001</ExamNo></Crisis></XmlDocument>'
const AWKWARD = '< & ]]> " \' 汉字 𠮷 😀\ttab\nLF\r\nCRLF\rCR  '
const CONTENT_TYPES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8; action="urn:wrong"',
}

describe('the front', () => {
  let server: Server
  let port: number
  let calls: HostedCall[]
  let troubles: Trouble[]

  afterEach(async () => {
    await stop(server)
    assert.equal(({} as Record<string, unknown>)['obj'], undefined)
  })

  const record: Handler = (call) => {
    calls.push(call)
    return Promise.resolve(success())
  }

  async function host(
    handlers: Parameters<typeof addressWith>[0] = {
      SynCrisisInfo: record,
      SynCrisisResponseInfo: record,
    },
    options: Address['options'] = {},
    wrap: (front: RequestListener) => RequestListener = (front) => front,
  ): Promise<void> {
    calls = []
    troubles = []
    const onTrouble = (trouble: Trouble) => void troubles.push(trouble)
    const front = createFront(addressWith(handlers, { onTrouble, ...options }))
    ;({ server, port } = await listen(wrap(front)))
  }

  const troubleCodes = () => troubles.map((trouble) => trouble.code)

  /** The process and the address must be as good as before. */
  async function assertStillServing(): Promise<void> {
    const reply = await send(port, { body: callOf('SynCrisisInfo', DOCUMENT) })
    assert.equal(answerIn(reply)?.code, '0')
  }

  for (const version of ['1.1', '1.2'] as const) {
    for (const operation of OPERATIONS) {
      it(`hands over ${operation} of SOAP ${version} exactly and answers in kind`, async () => {
        await host()
        const body = callOf(operation, AWKWARD, version)
        const reply = await send(port, {
          headers: { 'Content-Type': CONTENT_TYPES[version], SOAPAction: '"urn:wrong"' },
          body,
        })
        assert.equal(reply.status, 200)
        assert.equal(reply.headers['content-type'], SOAP_CONTENT_TYPES[version])
        assert.equal(reply.headers['content-length'], String(Buffer.byteLength(reply.text)))
        assert.deepEqual(answerIn(reply), { code: '0', desc: '成功' })
        assert.match(reply.text, new RegExp(`<m:${operation}Response xmlns:m="urn:x">`))
        assert.equal(readReply(reply.text).version, version)

        const [call] = calls
        assert.ok(call)
        assert.equal(call.operation, operation)
        assert.equal(call.document, AWKWARD)
        assert.equal(call.version, version)
        assert.equal(call.form, 'escaped')
        assert.equal(call.remoteAddress, '127.0.0.1')
        assert.equal(call.charset, 'utf-8')
        assert.equal(call.raw.toString(), body)
        assert.ok(Math.abs(call.receivedAt.getTime() - Date.now()) < 60_000)
        assert.deepEqual(troubles, [])
      })
    }
  }

  it('takes every compression it names, whatever its case', async () => {
    await host()
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
      const reply = await send(port, { headers: { 'Content-Encoding': encoding }, body: bytes })
      assert.equal(answerIn(reply)?.code, '0', encoding)
    }
    assert.deepEqual(
      calls.map((call) => call.document),
      sent.map(() => AWKWARD),
    )
  })

  it('takes a chunked body and one that waits to be asked for', async () => {
    await host()
    const body = callOf('SynCrisisInfo', DOCUMENT)
    const chunked = await send(port, { headers: { 'Transfer-Encoding': 'chunked' }, body })
    assert.equal(answerIn(chunked)?.code, '0')
    const expecting = await send(port, { headers: { Expect: '100-continue' }, body })
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
    await host()
    const labelled = await send(port, {
      headers: { 'Content-Type': 'text/xml; charset=gbk' },
      body: gbk,
    })
    assert.equal(answerIn(labelled)?.code, '0')
    assert.equal(labelled.headers['content-type'], SOAP_CONTENT_TYPES['1.1'])
    assert.equal(calls[0]?.document, '危急')
    assert.equal(calls[0]?.charset, 'gbk')
    const refused = await send(port, { body: gbk })
    assert.equal(refused.status, 500)
    assert.deepEqual(troubleCodes(), ['CHARSET_UNREADABLE'])
    await stop(server)

    await host(undefined, { allowGbk: true })
    const allowed = await send(port, { body: gbk })
    assert.equal(answerIn(allowed)?.code, '0')
    assert.equal(calls[0]?.document, '危急')
    assert.deepEqual(calls[0]?.flags, ['charsetMislabelled'])
  })

  it('takes what a body parser has read, as bytes or as text', async () => {
    const body = callOf('SynCrisisInfo', AWKWARD).replace('utf-8', 'gbk')
    await host(undefined, {}, (front) => (req, res) => {
      req.resume()
      req.on('end', () => {
        const parsed = req.url === '/text' ? body : Buffer.from(body.replace('gbk', 'utf-8'))
        front(Object.assign(req, { body: parsed }), res)
      })
    })
    for (const path of ['/text', '/bytes']) {
      const headers = { 'Content-Type': `text/xml; charset=${path === '/text' ? 'gbk' : 'utf-8'}` }
      assert.equal(answerIn(await send(port, { path, headers, body: 'x' }))?.code, '0', path)
    }
    assert.deepEqual(
      calls.map((call) => call.document),
      [AWKWARD, AWKWARD],
    )
  })

  it('takes the root part of a multipart body', async () => {
    await host()
    const part = (id: string, text: string) =>
      `--b-1\r\nContent-ID: <${id}>\r\nContent-Type: application/xop+xml; charset=utf-8\r\n\r\n${text}\r\n`
    const body = `preamble\r\n${part('other', 'binary')}${part('root', callOf('SynCrisisInfo', AWKWARD))}--b-1--\r\n`
    const type = 'multipart/related; type="application/xop+xml"; boundary="b-1"'
    const sendAs = (contentType: string, sent = body) =>
      send(port, { headers: { 'Content-Type': contentType }, body: sent })
    assert.equal(answerIn(await sendAs(`${type}; start="<root>"`))?.code, '0')
    assert.equal(calls[0]?.document, AWKWARD)
    assert.equal(calls[0]?.raw.toString(), callOf('SynCrisisInfo', AWKWARD))

    assert.equal((await sendAs(type)).status, 500)
    assert.equal((await sendAs('multipart/related')).status, 500)
    assert.equal((await sendAs(`${type}; start="<root>"`, body.slice(0, 90))).status, 500)
    assert.equal((await sendAs(type, '--b-1--b-1--b-1')).status, 500)
    assert.deepEqual(troubleCodes(), [
      'ENVELOPE_UNREADABLE',
      'BODY_UNREADABLE',
      'BODY_UNREADABLE',
      'BODY_UNREADABLE',
    ])
  })

  it('tells a caller whose body was read as a form, instead of waiting for ever', async () => {
    await host(undefined, {}, (front) => (req, res) => {
      req.resume()
      req.on('end', () => front(Object.assign(req, { body: {}, _body: true }), res))
    })
    const reply = await send(port, { body: callOf('SynCrisisInfo', DOCUMENT) })
    assert.equal(reply.status, 415)
    assert.equal(readReply(reply.text).kind, 'fault')
    assert.deepEqual(troubleCodes(), ['BODY_CONSUMED'])
  })

  describe('answers a readable envelope by HTTP 200 and a failure code', () => {
    const cases: readonly (readonly [string, string, string, string, RegExp])[] = [
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
        await host()
        const reply = await send(port, { body })
        assert.equal(reply.status, 200)
        assert.equal(answerIn(reply)?.code, code)
        assert.match(answerIn(reply)?.desc ?? '', desc)
        assert.deepEqual(troubleCodes(), [trouble])
        assert.equal(calls.length, 0)
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
        await host({ SynCrisisInfo: handler })
        const reply = await send(port, { body: callOf('SynCrisisInfo', DOCUMENT) })
        assert.equal(reply.status, 200)
        assert.equal(answerIn(reply)?.code, code)
        assert.doesNotMatch(reply.text, /secret|stack/)
        assert.deepEqual(troubleCodes(), [trouble])
      })
    }

    it('for a node that is being deployed anew', async () => {
      await host({ SynCrisisInfo: 'busy' })
      const reply = await send(port, { body: callOf('SynCrisisInfo', DOCUMENT) })
      assert.equal(reply.status, 200)
      assert.deepEqual(answerIn(reply), { code: '503', desc: '正在重新部署，请稍后重发' })
      assert.deepEqual(troubleCodes(), ['OPERATION_BUSY'])
    })

    it('for a handler that is late, whose own answer comes to nothing', async () => {
      let late: Promise<unknown> | undefined
      await host(
        {
          SynCrisisInfo: (_call, signal) => {
            late = once(signal, 'abort')
            return late.then(() => success())
          },
          SynCrisisResponseInfo: (_call, signal) =>
            once(signal, 'abort').then(() => Promise.reject(new Error('too late'))),
        },
        { answerLimitMs: 20 },
      )
      for (const operation of OPERATIONS) {
        const reply = await send(port, { body: callOf(operation, DOCUMENT) })
        assert.equal(reply.status, 200)
        assert.equal(answerIn(reply)?.code, '503')
      }
      await late
      assert.deepEqual(troubleCodes(), ['ANSWER_LATE', 'ANSWER_LATE'])
    })
  })

  it('does not abort a handler that was in time', async () => {
    let signalInTime: AbortSignal | undefined
    await host(
      {
        SynCrisisInfo: (_call, signal) => {
          signalInTime = signal
          return Promise.resolve(success())
        },
        SynCrisisResponseInfo: () => new Promise(() => {}),
      },
      { answerLimitMs: 20 },
    )
    await assertStillServing()
    // When the second limit is over, the first one would be too.
    const reply = await send(port, { body: callOf('SynCrisisResponseInfo', DOCUMENT) })
    assert.equal(answerIn(reply)?.code, '503')
    assert.equal(signalInTime?.aborted, false)
  })

  it('passes on what a handler answers, failure codes too, without calling it trouble', async () => {
    await host({ SynCrisisInfo: () => Promise.resolve({ code: '404', desc: '没有 <该> 危急值' }) })
    const reply = await send(port, { body: callOf('SynCrisisInfo', DOCUMENT) })
    assert.deepEqual(answerIn(reply), { code: '404', desc: '没有 <该> 危急值' })
    assert.deepEqual(troubles, [])
  })

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
        envelopeOf('SynCrisisInfo', '<a>'.repeat(200_000)),
        undefined,
        500,
        'ENVELOPE_TOO_DEEP',
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
        await host(undefined, { body: { maxBytes: 1 << 20 } })
        for (const version of ['1.1', '1.2'] as const) {
          const reply = await send(port, {
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
        assert.deepEqual(troubleCodes(), [trouble, trouble])
        assert.equal(troubles[0]?.remoteAddress, '127.0.0.1')
        await assertStillServing()
      })
    }

    it('for a chunked body over the limit, and hangs up', async () => {
      await host(undefined, { body: { maxBytes: 1000 } })
      const reply = await send(port, {
        headers: { 'Transfer-Encoding': 'chunked' },
        body: Buffer.alloc(2_000_000, 'x'),
      })
      assert.equal(reply.status, 413)
      assert.equal(reply.headers.connection, 'close')
      assert.deepEqual(troubleCodes(), ['BODY_TOO_BIG'])
    })

    it('for a body that does not arrive in time', async () => {
      await host(undefined, { body: { timeMs: 20 } })
      const req = request({
        host: '127.0.0.1',
        port,
        method: 'POST',
        headers: { 'Content-Length': 10 },
      })
      req.on('error', () => {})
      req.write('<')
      const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage]
      assert.equal(res.statusCode, 408)
      assert.equal(res.headers.connection, 'close')
      req.destroy()
      assert.deepEqual(troubleCodes(), ['BODY_SLOW'])
      await assertStillServing()
    })
  })

  it('survives a caller that hangs up in the middle, and is told of it once', async () => {
    let told: (() => void) | undefined
    const trouble = new Promise<void>((resolve) => (told = resolve))
    const codes: string[] = []
    await host(undefined, {
      onTrouble: ({ code }) => {
        codes.push(code)
        told?.()
      },
    })
    const socket = connect(port, '127.0.0.1')
    socket.end('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<a>')
    socket.resume()
    await trouble
    assert.deepEqual(codes, ['BODY_CUT'])
    await assertStillServing()
  })

  it('survives a caller that does not wait for its answer', async () => {
    let answer: (() => void) | undefined
    let asked: (() => void) | undefined
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    await host({
      SynCrisisInfo: (call) => {
        if (call.document !== 'gone') return record(call, AbortSignal.abort())
        asked?.()
        return new Promise((resolve) => (answer = () => resolve(success())))
      },
    })
    const req = request({ host: '127.0.0.1', port, method: 'POST' })
    req.on('error', () => {})
    req.end(callOf('SynCrisisInfo', 'gone'))
    await isAsked
    const closed = new Promise((resolve) => req.once('close', resolve))
    req.destroy()
    await closed
    answer?.()
    await assertStillServing()
  })

  it('is not disturbed by a listener that fails', async () => {
    await host(undefined, {
      onTrouble: () => {
        throw new Error('listener')
      },
    })
    assert.equal((await send(port, { body: '<' })).status, 500)
    await assertStillServing()
  })

  describe('serves its WSDL', () => {
    const location = async (path: string, headers = {}) => {
      const reply = await send(port, { method: 'GET', path, headers })
      assert.equal(reply.status, 200)
      assert.equal(reply.headers['content-type'], 'text/xml; charset=utf-8')
      return /<soap12:address location="([^"]*)"/.exec(reply.text)?.[1]
    }

    it('in any case, at the address that was asked', async () => {
      await host()
      for (const query of ['wsdl', 'WSDL', 'singleWsdl', 'x=1&WsDl=1']) {
        assert.equal(await location(`/A/b?${query}`), `http://127.0.0.1:${port}/A/b`)
      }
      const head = await send(port, { method: 'HEAD', path: '/?wsdl' })
      assert.equal(head.status, 200)
      assert.equal(head.text, '')
      assert.ok(Number(head.headers['content-length']) > 1000)
    })

    it('at the address a proxy tells, unless it is no host', async () => {
      await host()
      assert.equal(
        await location('/a?wsdl', {
          'X-Forwarded-Proto': 'https, http',
          'X-Forwarded-Host': 'pacs.example:8443, inner',
        }),
        'https://pacs.example:8443/a',
      )
      const own = `http://127.0.0.1:${port}/a`
      for (const bad of ['x"><y', 'a/b', 'user@host', '', 'a:b:c']) {
        assert.equal(await location('/a?wsdl', { 'X-Forwarded-Host': bad }), own, bad)
      }
      assert.equal(await location('/a?wsdl', { 'X-Forwarded-Proto': 'javascript' }), own)
      assert.equal(await location('/a?wsdl', { Host: 'a b' }), own)
      assert.equal(await location('/a"<>&?wsdl'), `${own}&quot;&lt;&gt;&amp;`)
    })

    it('at the configured address', async () => {
      await host(undefined, { publicUrl: 'https://pacs.example/crisis' })
      assert.equal(await location('/a?wsdl'), 'https://pacs.example/crisis')
    })

    it('and tells whoever looks at it with a browser what it is', async () => {
      await host()
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
        const reply = await send(port, { method, path: method === 'GET' ? '/' : '/?wsdl' })
        assert.equal(reply.status, 405)
        assert.equal(reply.headers.allow, 'POST, GET, HEAD')
        assert.match(reply.text, /SOAP 服务地址[^]*SOAP service/)
      }
    })

    for (const forceSoap12Headers of [false, true]) {
      it(`so that node-soap's own client gets through, SOAP 1.2: ${forceSoap12Headers}`, async () => {
        await host()
        const url = `http://127.0.0.1:${port}/pacs?wsdl`
        const client = await createClientAsync(url, { disableCache: true, forceSoap12Headers })
        for (const [operation, parameter] of [
          ['SynCrisisInfo', 'inputString'],
          ['SynCrisisResponseInfo', 'req'],
        ] as const) {
          const method = (
            client as unknown as Record<string, (args: object) => Promise<unknown[]>>
          )[`${operation}Async`]
          const [result] = (await method?.call(client, { [parameter]: AWKWARD })) ?? []
          assert.match((result as { return: string }).return, /<code>0<\/code>/)
        }
        assert.deepEqual(
          calls.map((call) => [call.operation, call.document, call.version]),
          OPERATIONS.map((operation) => [operation, AWKWARD, forceSoap12Headers ? '1.2' : '1.1']),
        )
      })
    }
  })
})
