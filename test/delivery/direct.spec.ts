import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { DirectDelivery, type Errand } from '../../src/delivery/index.js'
import { Poster } from '../../src/http/index.js'
import { openRemote, readCall, type RemoteDescription } from '../../src/soap/index.js'
import { body, envelope, serve, succeeding, TestPeer, wsdl } from '../soap/remote-peer.js'

const errand = (id: string, lane = 'peer/1/1'): Errand => ({
  id,
  lane,
  operation: 'SynCrisisInfo',
  document: `<a>${id}</a>`,
})

const DESCRIPTION: RemoteDescription = {
  service: 'S',
  port: 'P',
  operation: 'SynCrisisInfo',
  parameter: 'inputString',
  namespace: 'urn:x',
  soapVersion: '1.1',
  address: 'http://127.0.0.1/',
  source: 'bundled',
}

/** Calls that the peer has received and not answered. */
class Held {
  readonly calls: { readonly document: string; readonly response: ServerResponse }[] = []
  #wake: (() => void) | undefined

  constructor(peer: TestPeer) {
    peer.answer = (received, response) => {
      this.calls.push({ document: readCall(received.body).argument ?? '', response })
      this.#wake?.()
    }
  }

  get documents(): string[] {
    return this.calls.map(({ document }) => document)
  }

  async reach(count: number): Promise<void> {
    while (this.calls.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  answer(index: number): void {
    const call = this.calls[index]
    assert.ok(call)
    succeeding({ method: 'POST', url: '', headers: {}, body: '' }, call.response)
  }
}

describe('DirectDelivery', () => {
  let peer: TestPeer
  let poster: Poster
  let deliveries: DirectDelivery[]

  beforeEach(async () => {
    peer = await TestPeer.open()
    poster = new Poster({ deadlineMs: 5_000 })
    deliveries = []
  })
  afterEach(async () => {
    await Promise.all(deliveries.map((one) => one.close()))
    poster.close()
    await peer.close()
  })

  function delivery(
    options: Partial<ConstructorParameters<typeof DirectDelivery>[0]> = {},
    remote: { wsdl?: string } = {},
  ): DirectDelivery {
    const made = new DirectDelivery({
      closeGraceMs: 0,
      open: (operation, signal) =>
        openRemote({
          operation,
          signal,
          transport: poster,
          ...(remote.wsdl === undefined ? { address: peer.origin } : { wsdl: remote.wsdl }),
        }),
      ...options,
    })
    deliveries.push(made)
    return made
  }

  it('delivers, and says what became of it', async () => {
    peer.answer = succeeding
    const outcome = await delivery().submit(errand('a'))
    assert.equal(outcome.class, 'delivered')
    assert.equal(outcome.code, 'DELIVERED')
    assert.deepEqual(outcome.reply, { code: '0', desc: '成功' })
  })

  it('keeps the order of a lane, one in flight', async () => {
    const held = new Held(peer)
    const one = delivery()
    const ended: string[] = []
    const all = ['a', 'b', 'c'].map((id) => one.submit(errand(id)).then(() => ended.push(id)))
    for (let n = 1; n <= 3; n++) {
      await held.reach(n)
      assert.equal(held.calls.length, n)
      assert.equal(one.waiting, 4 - n)
      held.answer(n - 1)
    }
    await Promise.all(all)
    assert.deepEqual(held.documents, ['<a>a</a>', '<a>b</a>', '<a>c</a>'])
    assert.deepEqual(ended, ['a', 'b', 'c'])
    assert.equal(one.waiting, 0)
  })

  it('serves lanes in parallel up to the limit, and none for ever first', async () => {
    const started: string[] = []
    const finish = new Map<string, () => void>()
    const one = delivery({
      parallel: 2,
      open: () =>
        Promise.resolve({
          description: DESCRIPTION,
          call: (document: string) => {
            started.push(document)
            return new Promise((_resolve, reject) => {
              finish.set(document, () => reject(new Error(document)))
            })
          },
        }),
    })
    const all = [
      one.submit(errand('a1', 'A')),
      one.submit(errand('a2', 'A')),
      one.submit(errand('b1', 'B')),
      one.submit(errand('c1', 'C')),
    ]
    // Whatever may start has started when the microtasks have run.
    await setImmediate()
    assert.deepEqual(started, ['<a>a1</a>', '<a>b1</a>'])
    finish.get('<a>a1</a>')?.()
    await setImmediate()
    // C has waited longer than the second of A.
    assert.deepEqual(started.slice(2), ['<a>c1</a>'])
    finish.get('<a>c1</a>')?.()
    await setImmediate()
    assert.deepEqual(started.slice(3), ['<a>a2</a>'])
    finish.get('<a>b1</a>')?.()
    finish.get('<a>a2</a>')?.()
    await Promise.all(all)
    assert.equal(one.waiting, 0)
  })

  it('goes on behind a failure', async () => {
    let calls = 0
    peer.answer = (received, response) =>
      (++calls === 1 ? body('<html>', {}, 502) : succeeding)(received, response)
    const one = delivery()
    const [first, second] = await Promise.all([one.submit(errand('a')), one.submit(errand('b'))])
    assert.equal(first?.class, 'unreachable')
    assert.equal(first?.code, 'HTTP_STATUS')
    assert.equal(second?.class, 'delivered')
    assert.equal(calls, 2)
  })

  it('opens the remote when first needed, and keeps it while it works', async () => {
    peer.answer = serve({ '/?wsdl': wsdl({ address: peer.origin }) }, succeeding)
    const one = delivery({}, { wsdl: `${peer.origin}/?wsdl` })
    assert.equal(peer.received.length, 0)
    await Promise.all([one.submit(errand('a', 'A')), one.submit(errand('b', 'B'))])
    await one.submit(errand('c'))
    assert.equal(peer.received.filter(({ method }) => method === 'GET').length, 1)
    assert.equal(peer.posts.length, 3)
  })

  it('opens it again after the WSDL could not be had', async () => {
    peer.answer = body('', {}, 503)
    const one = delivery({}, { wsdl: `${peer.origin}/?wsdl` })
    const first = await one.submit(errand('a'))
    assert.deepEqual([first.class, first.code], ['unreachable', 'WSDL_UNREADABLE'])
    peer.answer = serve({ '/?wsdl': wsdl({ address: peer.origin }) }, succeeding)
    assert.equal((await one.submit(errand('b'))).class, 'delivered')
  })

  it('reads the WSDL again after a Fault, which may mean that it has changed', async () => {
    const fault = body(envelope('<s:Fault><faultcode>s:Client</faultcode></s:Fault>'), {}, 500)
    peer.answer = serve({ '/?wsdl': wsdl({ address: peer.origin, namespace: 'urn:old' }) }, fault)
    const one = delivery({}, { wsdl: `${peer.origin}/?wsdl` })
    assert.equal((await one.submit(errand('a'))).code, 'SOAP_FAULT')
    peer.answer = serve(
      { '/?wsdl': wsdl({ address: peer.origin, namespace: 'urn:new' }) },
      succeeding,
    )
    assert.equal((await one.submit(errand('b'))).class, 'delivered')
    assert.equal(readCall(peer.posts.at(-1)?.body ?? '').namespace, 'urn:new')
  })

  it('never rejects, whatever opening does', async () => {
    const thrower = delivery({
      open: () => {
        throw new Error('at once')
      },
    })
    assert.equal((await thrower.submit(errand('a'))).code, 'UNEXPECTED')
    const rejecter = delivery({ open: () => Promise.reject(new Error('later')) })
    assert.equal((await rejecter.submit(errand('a'))).code, 'UNEXPECTED')
  })

  it('ends everything as unknown or unsent when it is closed', async () => {
    const held = new Held(peer)
    const one = delivery()
    const inFlight = one.submit(errand('a'))
    const queued = one.submit(errand('b'))
    await held.reach(1)
    const closing = [one.close(), one.close()]
    const outcomes = await Promise.all([inFlight, queued, one.submit(errand('c'))])
    await Promise.all(closing)
    for (const outcome of outcomes) {
      assert.equal(outcome.class, 'unreachable')
      assert.equal(outcome.code, 'DELIVERY_CLOSED')
    }
    assert.match(outcomes[0].reason.en, /unknown/)
    assert.match(outcomes[1].reason.en, /not sent/)
    assert.equal(one.waiting, 0)
    assert.equal(held.calls.length, 1)
  })

  it('lets what is in flight end by itself within the grace', async () => {
    const held = new Held(peer)
    const one = delivery({ closeGraceMs: 2_000 })
    const inFlight = one.submit(errand('a'))
    await held.reach(1)
    const closing = one.close()
    held.answer(0)
    assert.equal((await inFlight).class, 'delivered')
    await closing
  })

  it('is closed even when a remote ignores being cancelled', async () => {
    const one = delivery({ open: () => new Promise(() => {}) })
    const stuck = one.submit(errand('a'))
    await one.close()
    assert.equal((await stuck).code, 'DELIVERY_CLOSED')
  })
})
