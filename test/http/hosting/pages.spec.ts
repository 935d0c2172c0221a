import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pages, type PageRequest } from '../../../src/http/hosting/index.js'

describe('the pages of nodes', () => {
  let server: Server
  let url: string
  let pages: Pages
  let ends: (() => void)[]
  const seen: PageRequest[] = []
  const answer = (request: PageRequest) => {
    seen.push(request)
    return Promise.resolve({ status: 200, html: '<p>危</p>', styleHash: 'x' })
  }

  beforeEach(async () => {
    seen.length = 0
    ends = []
    pages = new Pages((run) => {
      ends.push(run)
      return () => void ends.splice(ends.indexOf(run), 1)
    })
    server = createServer((req, res) => {
      if (!pages.handle(req, res)) res.writeHead(404).end('next')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('have one part behind their path, whose case counts, and leave the rest to others', async () => {
    pages.register('/Crisis/link/', answer)
    for (const [path, status] of [
      ['/crisis/link/AbC?lang=en', 200],
      ['/crisis/LINK', 200],
      ['/crisis/link/a/b', 404],
      ['/crisis', 404],
    ] as const) {
      assert.equal((await fetch(url + path)).status, status, path)
    }
    assert.deepEqual(
      seen.map(({ rest, query }) => [rest, query.get('lang')]),
      [
        ['AbC', 'en'],
        ['', null],
      ],
    )
  })

  it('answer HEAD without a body, read the form of a POST, and nothing else', async () => {
    pages.register('/p', answer)
    const head = await fetch(`${url}/p/x`, { method: 'HEAD' })
    assert.deepEqual([await head.text(), head.headers.get('content-length')], ['', '10'])
    const body = new URLSearchParams({ name: '李&' })
    await fetch(`${url}/p/x`, { method: 'POST', body })
    assert.deepEqual(
      seen.map(({ isPost, form }) => [isPost, form.get('name')]),
      [
        [false, null],
        [true, '李&'],
      ],
    )
    assert.equal((await fetch(`${url}/p/x`, { method: 'PUT', body })).status, 405)
    const big = await fetch(`${url}/p/x`, { method: 'POST', body: 'x'.repeat(20_000) })
    assert.equal(big.status, 400)
    assert.equal(seen.length, 2)
  })

  it('take a form that the parsers of the editor have read before, as far as it is not too big', async () => {
    pages.register('/p', answer)
    const [first] = server.listeners('request') as ((...args: unknown[]) => void)[]
    server.removeAllListeners('request')
    server.on('request', (req, res) => {
      const chunks: Buffer[] = []
      req.on('data', (chunk: Buffer) => chunks.push(chunk))
      req.on('end', () => {
        const body = Object.fromEntries(new URLSearchParams(String(Buffer.concat(chunks))))
        first!(Object.assign(req, { _body: true, body: { ...body, several: ['a', 'b'] } }), res)
      })
    })
    const post = (name: string) =>
      fetch(`${url}/p/x`, { method: 'POST', body: new URLSearchParams({ name }) })
    assert.equal((await post('李&')).status, 200)
    assert.deepEqual([...seen[0]!.form], [['name', '李&']])
    assert.equal((await post('x'.repeat(20_000))).status, 400)
    assert.equal(seen.length, 1)
  })

  it('say that something failed, and not what', async () => {
    pages.register('/p', () => Promise.reject(new Error('a secret')))
    const response = await fetch(`${url}/p/x`)
    assert.equal(response.status, 500)
    assert.doesNotMatch(await response.text(), /secret/)
  })

  it('ask for patience while their node is deployed anew, and end with it', async () => {
    const first = pages.register('/p', answer)
    assert.throws(() => pages.register('/p', answer), /already has its page/)
    await first.release(false)
    assert.equal((await fetch(`${url}/p/x`)).status, 503)
    const second = pages.register('/P', answer)
    assert.equal((await fetch(`${url}/p/x`)).status, 200)
    assert.equal(ends.length, 0)
    await second.release(false)
    ends.forEach((end) => end())
    assert.equal((await fetch(`${url}/p/x`)).status, 404)
    await pages.register('/p', answer).release(true)
    assert.equal((await fetch(`${url}/p/x`)).status, 404)
  })
})
