import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { Agent, request as tlsRequest, type RequestOptions } from 'node:https'
import { connect } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { HttpError } from '../../../src/http/index.js'
import {
  OwnPorts,
  Switchboard,
  type AddressOptions,
  type PortTls,
  type Trouble,
} from '../../../src/http/hosting/index.js'
import { success } from '../../../src/messages/index.js'
import { answerIn, callOf, send, type Reply } from './front-fixture.js'
import { selfSigned } from '../self-signed.js'

const HOST = '127.0.0.1'
const BODY = callOf('SynCrisisInfo', '<a/>')

/** A call over TLS, and the certificate that the server showed. */
async function callTls(
  port: number,
  options: RequestOptions,
): Promise<Reply & { readonly shown: string }> {
  const req = tlsRequest({
    host: HOST,
    port,
    path: '/',
    method: 'POST',
    servername: 'localhost',
    headers: { 'Content-Type': 'text/xml' },
    agent: false,
    ...options,
  })
  req.end(BODY)
  const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage]
  const shown = (res.socket as TLSSocket).getPeerCertificate().raw.toString('base64')
  let text = ''
  for await (const chunk of res) text += String(chunk)
  return { status: res.statusCode ?? 0, headers: res.headers, text, shown }
}

const isCertificate = (shown: string, pem: string): boolean =>
  pem.replace(/-----[^-]+-----|\s/g, '') === shown

describe('a port with TLS', () => {
  let ports: OwnPorts
  let open: { release(removed: boolean): Promise<void> }[]

  beforeEach(() => {
    ports = new OwnPorts(new Switchboard({ graceMs: 60_000 }))
    open = []
  })

  afterEach(async () => {
    for (const registration of open) await registration.release(true)
  })

  async function host(tls: PortTls | undefined, port = 0, options: AddressOptions = {}) {
    const registration = await ports.register(
      { host: HOST, port, tls },
      '/',
      'SynCrisisInfo',
      () => Promise.resolve(success()),
      options,
    )
    open.push(registration)
    return registration
  }

  it('lets in only who shows a certificate that it knows, where that is asked for', async () => {
    const tls = selfSigned()
    const [known, unknown] = [selfSigned(), selfSigned()]
    const { port } = await host({
      ...tls,
      ca: known.cert,
      requestCert: true,
      rejectUnauthorized: true,
    })
    const ca = tls.cert
    assert.equal(answerIn(await callTls(port, { ca, ...known }))?.code, '0')
    await assert.rejects(callTls(port, { ca }))
    await assert.rejects(callTls(port, { ca, ...unknown }))
    await assert.rejects(send(port, { body: BODY }))
    assert.equal(answerIn(await callTls(port, { ca, ...known }))?.code, '0')
  })

  it('tells once who comes no further than the handshake, and why', async () => {
    const tls = selfSigned()
    const [known, unknown, expired] = [selfSigned(), selfSigned(), selfSigned('200102000000Z')]
    const told = new EventEmitter<{ trouble: [Trouble] }>()
    const onTrouble = (trouble: Trouble): void => void told.emit('trouble', trouble)
    const mutual = { requestCert: true, rejectUnauthorized: true, ca: [known.cert, expired.cert] }
    const ca = tls.cert
    const old = { ...known, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' }
    const callPlainly = (port: number) => send(port, { body: BODY })
    for (const [call, code, reason] of [
      [{ ca }, 'CLIENT_CERTIFICATE', /没有出示客户端证书.*shows no client certificate/],
      [{ ca, maxVersion: 'TLSv1.2' }, 'CLIENT_CERTIFICATE', /没有出示/],
      [
        { ca, ...unknown },
        'CLIENT_CERTIFICATE',
        /不是由 TLS 配置中的 CA 签发.*not signed by the CA/,
      ],
      [{ ca, ...expired }, 'CLIENT_CERTIFICATE', /已过期或尚未生效.*has expired/],
      [{ ca, ...old }, 'TLS_HANDSHAKE', /过旧.*too old/],
      [callPlainly, 'TLS_HANDSHAKE', /以 http 调用.*speaks http/],
    ] as const) {
      const registration = await host({ ...tls, ...mutual }, 0, { onTrouble })
      const { port } = registration
      const all: Trouble[] = []
      told.on('trouble', (trouble) => all.push(trouble))
      const first = once(told, 'trouble')
      for (let i = 0; i < 5; i++) {
        const called = typeof call === 'function' ? call(port) : callTls(port, call as object)
        await assert.rejects(called)
      }
      await first
      // Who only knocks, as a load balancer does, is nobody's trouble; nor is who may come in.
      const knock = connect(port, HOST)
      await once(knock, 'connect')
      knock.destroy()
      assert.equal(answerIn(await callTls(port, { ca, ...known }))?.code, '0')
      assert.deepEqual(
        all.map((trouble) => [trouble.code, trouble.remoteAddress, trouble.answer]),
        [[code, HOST, '401']],
      )
      assert.match(Object.values(all[0]!.reason).join(' '), reason)
      told.removeAllListeners()
      // The next one is another port, with episodes of its own.
      await registration.release(true)
      ports = new OwnPorts(new Switchboard({ graceMs: 60_000 }))
    }
  })

  it('shows a renewed certificate once deployed, and cuts no connection for it', async () => {
    const [before, after] = [selfSigned(), selfSigned()]
    const first = await host(before)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const kept = { ca: before.cert, agent }
    const { shown } = await callTls(first.port, kept)
    assert.ok(isCertificate(shown, before.cert))
    await first.release(false)
    // A port of 0 would be another one each time: it is known by what was asked for.
    await host(after)
    assert.equal(answerIn(await callTls(first.port, kept))?.code, '0')
    agent.destroy()
    const fresh = await callTls(first.port, { ca: after.cert })
    assert.ok(isCertificate(fresh.shown, after.cert))
    await assert.rejects(callTls(first.port, { ca: before.cert }))
  })

  it('asks for certificates, or no longer, once deployed', async () => {
    const tls = selfSigned()
    const known = selfSigned()
    const mutual = { ...tls, ca: known.cert, requestCert: true, rejectUnauthorized: true }
    const ca = tls.cert
    let current = await host(tls)
    const { port } = current
    for (const [next, isOpen] of [
      [mutual, false],
      [{ ...mutual, ca: [known.cert, selfSigned().cert] }, false],
      [tls, true],
    ] as const) {
      await current.release(false)
      current = await host(next as PortTls, 0)
      const now = current.port
      if (isOpen) assert.equal(answerIn(await callTls(now, { ca }))?.code, '0')
      else await assert.rejects(callTls(now, { ca }))
      assert.equal(answerIn(await callTls(now, { ca, ...known }))?.code, '0')
    }
    assert.ok(port > 0)
  })

  it('is not opened without a certificate, nor with a bad one, and is once that is mended', async () => {
    const isTlsError = (thrown: unknown): boolean =>
      thrown instanceof HttpError && thrown.code === 'PORT_TLS'
    await assert.rejects(host({}), isTlsError)
    await assert.rejects(host({ cert: selfSigned().cert }), isTlsError)
    const tls = selfSigned()
    const first = await host(tls)
    await first.release(false)
    await assert.rejects(host({ ...tls, cert: 'none' }), isTlsError)
    await assert.rejects(host({ ...tls, key: selfSigned().key }), isTlsError)
    const { port } = await host(tls)
    assert.equal(answerIn(await callTls(port, { ca: tls.cert }))?.code, '0')
  })
})
