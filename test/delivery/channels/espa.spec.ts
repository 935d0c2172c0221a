import assert from 'node:assert/strict'
import { Duplex, duplexPair } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import {
  espa,
  espaClass,
  overStream,
  type EspaOptions,
  type PageClass,
} from '../../../src/delivery/channels/index.js'
import { espaBlock } from '../../../src/delivery/channels/espa-block.js'
import { EspaStation } from './espa-station.js'
import { going, page } from './http-rig.js'
import { LineRig } from './line-rig.js'

const TEXT = 'Critical value #AB12CD (level 1)'

describe('ESPA 4.4.4', () => {
  let rig: LineRig
  let station: EspaStation
  beforeEach(async () => {
    rig = new LineRig()
    station = new EspaStation()
    await rig.open(station)
  })
  afterEach(() => rig.close())

  const open = (over: Partial<EspaOptions> = {}) =>
    espa({ open: rig.line, replyMs: 1_000, pollMs: 200, ...over })
  const send = (to = ['4567'], over: Partial<EspaOptions> = {}, text = TEXT) =>
    open(over).send(page({ to, text }), going())

  it('writes the block that a manufacturer shows for an example', () => {
    // wiki.zenitel.com/wiki/ESPA_4.4.4, but for its priority and the space that it prints behind STX
    const block = espaBlock({
      address: '550',
      text: Buffer.from('CALL ME 101'),
      beep: 3,
      transmissions: 3,
      priority: 3,
    })
    const expected =
      '01 31 02 31 1F 35 35 30 1E 32 1F 43 41 4C 4C 20 4D 45 20 31 30 31 ' +
      '1E 33 1F 33 1E 34 1F 33 1E 35 1F 33 1E 36 1F 33 03'
    assert.equal(block.subarray(0, -1).toString('hex'), expected.replaceAll(' ', '').toLowerCase())
    // Longitudinal parity without SOH, counted by hand for a shorter one: 31^02^31^1F^41^03 = 5F.
    let parity = 0
    for (const byte of block.subarray(1)) parity ^= byte
    assert.equal(parity, 0)
  })

  it('takes the line, selects the paging system and calls each pager', async () => {
    const result = await send(['4567', '4568'])
    assert.equal(result.class, 'accepted')
    assert.deepEqual(station.calls[0], {
      header: '1',
      records: { 1: '4567', 2: TEXT, 3: '1', 4: '3', 5: '1', 6: '1' },
    })
    assert.equal(station.calls[1]?.records['1'], '4568')
    const sent = result.request?.toString('latin1') ?? ''
    assert.ok(sent.startsWith('\x041\x052\x05\x011\x021\x1f4567\x1e'))
    assert.ok(sent.endsWith('\x04'))
  })

  it('calls softer when it is not urgent', async () => {
    const channel = open({ beep: { urgent: 5, other: 2 }, transmissions: 3 })
    await channel.send(page({ to: ['1'], text: TEXT, urgent: false }), going())
    await channel.send(page({ to: ['1'], text: TEXT, urgent: true }), going())
    const found = station.calls.map(({ records }) => [records['3'], records['5'], records['6']])
    assert.deepEqual(found, [
      ['2', '3', '2'],
      ['5', '3', '1'],
    ])
  })

  it('waits for its turn where the paging system polls', async () => {
    const [ours, line] = duplexPair()
    line.on('data', (bytes: Buffer) => station.data(bytes, line))
    const channel = espa({ open: overStream(ours), station: 'polled', replyMs: 1_000, pollMs: 500 })
    const sending = channel.send(page({ to: ['4567'], text: TEXT }), going())
    await pause(30)
    line.write(Buffer.from('\x043\x05'))
    await pause(30)
    line.write(Buffer.from('\x041\x05'))
    // The station hears the poll as well.
    station.data(Buffer.from('\x041\x05'), line)
    assert.equal((await sending).class, 'accepted')
    assert.equal(station.calls.length, 1)
    const idle = await channel.send(page({ to: ['4567'], text: TEXT }), going())
    assert.deepEqual([idle.class, idle.code], ['retry', 'LINE_TIMEOUT'])
    assert.equal(idle.request?.toString('latin1'), '\x04')
  })

  const selections: [string, string | null, PageClass, string][] = [
    ['NAK', '\x15', 'retry', 'ESPA_NOT_READY'],
    ['busy', '2\x15', 'retry', 'ESPA_NOT_READY'],
    ['EOT', '\x04', 'retry', 'ESPA_NOT_READY'],
    ['nothing', null, 'retry', 'LINE_TIMEOUT'],
    ['ACK and NAK', '\x06\x15', 'retry', 'ESPA_NOT_READY'],
    ['something and ACK', 'xx\x06', 'retry', 'LINE_PROTOCOL'],
  ]
  for (const [title, answer, expected, code] of selections) {
    it(`sends no block when ${title} answers its selection`, async () => {
      station.insteadOfReady = () => answer
      const result = await send(['4567'], { replyMs: code === 'LINE_TIMEOUT' ? 100 : 1_000 })
      assert.deepEqual([result.class, result.code], [expected, code])
      assert.ok(!rig.received.includes(0x01))
    })
  }

  const answers: [string, string | null, PageClass, string, number][] = [
    ['ACK', '\x06', 'accepted', 'ACCEPTED', 1],
    ['NAK each time', '\x15', 'retry', 'ESPA_NAK', 3],
    ['a transmission error each time', '1\x15', 'retry', 'ESPA_NAK1', 3],
    ['busy', '2\x15', 'retry', 'ESPA_NAK2', 1],
    ['an invalid message', '3\x15', 'refused', 'ESPA_NAK3', 1],
    ['another prefix', '7\x15', 'retry', 'ESPA_NAK7', 1],
    ['EOT', '\x04', 'unknown', 'ESPA_EOT', 1],
    ['nothing', null, 'unknown', 'LINE_TIMEOUT', 1],
    ['noise', 'zz', 'unknown', 'LINE_TIMEOUT', 1],
    ['something and ACK', '?\x06', 'unknown', 'LINE_PROTOCOL', 1],
    ['ACK and NAK', '\x06\x15', 'unknown', 'LINE_PROTOCOL', 1],
    ['NAK and ACK', '\x15\x06', 'unknown', 'LINE_PROTOCOL', 1],
  ]
  for (const [title, answer, expected, code, blocks] of answers) {
    it(`takes ${title} to a block for ${expected}`, async () => {
      station.instead = () => answer
      const result = await send(['4567'], { replyMs: code === 'LINE_TIMEOUT' ? 100 : 1_000 })
      assert.deepEqual([result.class, result.code, station.blocks], [expected, code, blocks])
      assert.ok(result.request?.toString('latin1').endsWith('\x04'), 'the line is given back')
    })
  }

  it('never takes a NAK for a success, whatever its prefix', () => {
    for (let byte = 0x20; byte < 0x7f; byte++) {
      assert.notEqual(espaClass(String.fromCharCode(byte)), 'accepted')
    }
  })

  it('sends a block again that was damaged', async () => {
    station.instead = (count) => (count < 3 ? '1\x15' : undefined)
    assert.equal((await send()).class, 'accepted')
    assert.equal(station.calls.length, 1)
  })

  it('does not take a second answer to the selection for that to the block', async () => {
    station.insteadOfReady = () => '\x06\x06'
    station.instead = () => '3\x15'
    assert.equal((await send()).class, 'refused')
  })

  for (const control of [0x03, 0x04, 0x05, 0x06, 0x15, 0x01]) {
    it(`sends a block whose check character looks like ${control}`, async () => {
      const call = { address: '4567', beep: 1, transmissions: 1, priority: 1 } as const
      const letters = 'abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ-+=0123456789'.split('')
      const text = letters
        .flatMap((one) => letters.map((other) => `text${one}${other}`))
        .find((words) => espaBlock({ ...call, text: Buffer.from(words) }).at(-1) === control)
      assert.ok(text !== undefined)
      assert.equal((await send(['4567'], {}, text.trim())).class, 'accepted')
      assert.equal(station.calls[0]?.records['2'], text.trim())
    })
  }

  it('knows what became of each pager', async () => {
    station.instead = (count) => (count === 2 ? '3\x15' : undefined)
    const result = await send(['1', '2', '3'])
    assert.equal(result.class, 'refused')
    assert.deepEqual(
      result.perAddress?.map((one) => one.class),
      ['accepted', 'refused', 'accepted'],
    )
  })

  it('writes GBK where the paging system takes it, and nothing else', async () => {
    const result = await send(['1'], { charset: 'GBK' }, '危急值 #1')
    assert.equal(result.class, 'accepted')
    assert.equal(
      Buffer.from(station.calls[0]?.records['2'] ?? '', 'latin1').toString('hex'),
      'cea3bcb1d6b5202331',
    )
    for (const charset of ['ASCII', 'Latin-1'] as const) {
      assert.equal((await send(['1'], { charset }, '危急值')).code, 'PAGE_CHARACTERS')
    }
    await send(['1'], {}, 'a\x03\x1e1\x1f9b')
    assert.equal(station.calls.at(-1)?.records['2'], 'a 1 9b')
  })

  it('leaves a serial device open, and listens to it no longer than for a page', async () => {
    const [ours, line] = duplexPair()
    line.on('data', (bytes: Buffer) => station.data(bytes, line))
    const channel = espa({ open: overStream(ours), replyMs: 1_000 })
    const before = ours.listenerCount('data') + ours.listenerCount('error')
    for (let i = 0; i < 15; i++) {
      const result = await channel.send(page({ to: ['1'], text: TEXT }), going())
      assert.equal(result.class, 'accepted')
      // Noise between two pages.
      line.write('\x15\x15')
    }
    assert.equal(ours.listenerCount('data') + ours.listenerCount('error'), before)
    assert.ok(!ours.destroyed)
    ours.destroy(new Error('the cable is out'))
    await pause(5)
    const gone = await channel.send(page({ to: ['1'], text: TEXT }), going())
    assert.deepEqual([gone.class, gone.code], ['retry', 'LINE_CONNECT'])
  }).timeout(10_000)

  it('survives a device that fails in the middle', async () => {
    const failing = new Duplex({
      read: () => {},
      write: (_chunk, _encoding, done) => done(new Error('the cable is out')),
    })
    const channel = espa({ open: overStream(failing), replyMs: 200 })
    const result = await channel.send(page({ to: ['1'], text: TEXT }), going())
    assert.deepEqual([result.class, result.code], ['retry', 'LINE_CLOSED'])
  })
})
