import assert from 'node:assert/strict'
import { createClientAsync } from 'soap'
import { AddressList, Guard } from '../../../src/http/hosting/index.js'
import { OPERATIONS } from '../../../src/soap/index.js'
import { AWKWARD, HostedFront, send } from './front-fixture.js'

describe('the front, asked by GET,', () => {
  const front = new HostedFront()

  afterEach(() => front.stop())

  describe('serves its WSDL', () => {
    const location = async (path: string, headers = {}) => {
      const reply = await send(front.port, { method: 'GET', path, headers })
      assert.equal(reply.status, 200)
      assert.equal(reply.headers['content-type'], 'text/xml; charset=utf-8')
      return /<soap12:address location="([^"]*)"/.exec(reply.text)?.[1]
    }

    it('in any case, at the address that was asked', async () => {
      await front.host()
      for (const query of ['wsdl', 'WSDL', 'singleWsdl', 'x=1&WsDl=1']) {
        assert.equal(await location(`/A/b?${query}`), `http://127.0.0.1:${front.port}/A/b`)
      }
      const head = await send(front.port, { method: 'HEAD', path: '/?wsdl' })
      assert.equal(head.status, 200)
      assert.equal(head.text, '')
      assert.ok(Number(head.headers['content-length']) > 1000)
    })

    it('at the address that was called, whatever anybody says of another', async () => {
      for (const guard of [undefined, new Guard({ proxies: new AddressList('192.0.2.1') })]) {
        await front.host(undefined, guard && { guard })
        const said = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil.example' }
        assert.equal(await location('/a?wsdl', said), `http://127.0.0.1:${front.port}/a`)
      }
    })

    it('at the address a trusted proxy tells, unless it is no host', async () => {
      await front.host(undefined, { guard: new Guard({ proxies: new AddressList('127.0.0.1') }) })
      assert.equal(
        await location('/a?wsdl', {
          'X-Forwarded-Proto': 'https, http',
          'X-Forwarded-Host': 'pacs.example:8443, inner',
        }),
        'https://pacs.example:8443/a',
      )
      const own = `http://127.0.0.1:${front.port}/a`
      for (const bad of ['x"><y', 'a/b', 'user@host', '', 'a:b:c']) {
        assert.equal(await location('/a?wsdl', { 'X-Forwarded-Host': bad }), own, bad)
      }
      assert.equal(await location('/a?wsdl', { 'X-Forwarded-Proto': 'javascript' }), own)
      assert.equal(await location('/a?wsdl', { Host: 'a b' }), own)
      assert.equal(await location('/a"<>&?wsdl'), `${own}&quot;&lt;&gt;&amp;`)
    })

    it('at the configured address', async () => {
      await front.host(undefined, { publicUrl: 'https://pacs.example/crisis' })
      assert.equal(await location('/a?wsdl'), 'https://pacs.example/crisis')
    })

    it('and tells whoever looks at it with a browser what it is', async () => {
      await front.host()
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
        const reply = await send(front.port, { method, path: method === 'GET' ? '/' : '/?wsdl' })
        assert.equal(reply.status, 405)
        assert.equal(reply.headers.allow, 'POST, GET, HEAD')
        assert.match(reply.text, /SOAP 服务地址[^]*SOAP service/)
      }
    })

    for (const forceSoap12Headers of [false, true]) {
      it(`so that node-soap's own client gets through, SOAP 1.2: ${forceSoap12Headers}`, async () => {
        await front.host()
        const url = `http://127.0.0.1:${front.port}/pacs?wsdl`
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
          front.calls.map((call) => [call.operation, call.document, call.version]),
          OPERATIONS.map((operation) => [operation, AWKWARD, forceSoap12Headers ? '1.2' : '1.1']),
        )
      })
    }
  })
})
