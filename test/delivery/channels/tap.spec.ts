import assert from 'node:assert/strict'
import {
  tap,
  tapClass,
  type PageClass,
  type TapOptions,
} from '../../../src/delivery/channels/index.js'
import { tapBlocks, tapChecksum } from '../../../src/delivery/channels/tap-block.js'
import { going, page, shown } from './http-rig.js'
import { LineRig } from './line-rig.js'
import { TapTerminal } from './tap-terminal.js'

const TEXT = 'Critical value #AB12CD (level 1): log in and act within 10 minutes.'

describe('TAP', () => {
  let rig: LineRig
  let terminal: TapTerminal
  beforeEach(async () => {
    rig = new LineRig()
    terminal = new TapTerminal()
    await rig.open(terminal)
  })
  afterEach(() => rig.close())

  const open = (over: Partial<TapOptions> = {}) =>
    tap({ open: rig.line, timing: { t1: 500, t3: 1_000 }, ...over })
  const send = (to = ['123'], over: Partial<TapOptions> = {}, text = TEXT) =>
    open(over).send(page({ to, text }), going())

  /** For terminals that say nothing. */
  const brief = { timing: { t1: 100, t3: 100 } }

  it('writes the block that section 5 has for an example', () => {
    const [block] = tapBlocks('123', 'ABC')
    assert.equal(block?.toString(), '\x02123\rABC\r\x0317;\r')
    assert.equal(tapChecksum(Buffer.from('\x02123\rABC\r\x03')), '17;')
  })

  it('speaks the session that appendix C has for an example', async () => {
    const result = await send(['123'], {}, 'ABC')
    assert.equal(result.class, 'accepted')
    assert.equal(result.request?.toString(), '\r\x1bPG1\r\x02123\rABC\r\x0317;\r\x04\r')
    assert.match(result.answer?.toString() ?? '', /211 Page accepted\r\x06\r115 Thank you/)
    assert.deepEqual(terminal.pages, [{ pager: '123', message: 'ABC' }])
  })

  it('sends all pagers of a page in one session', async () => {
    const result = await send(['123', '999', '456'])
    assert.equal(result.class, 'refused')
    assert.deepEqual(
      result.perAddress?.map((one) => one.code),
      ['ACCEPTED', 'TAP_511', 'ACCEPTED'],
    )
    assert.deepEqual(
      terminal.pages.map(({ pager }) => pager),
      ['123', '456'],
    )
    assert.equal(rig.connections, 1)
  })

  for (const length of [10, 245, 246, 247, 249, 250, 251, 496, 497, 1000]) {
    it(`brings over a text of ${length} characters in blocks of no more than 250`, async () => {
      const text = 'abcdefghij'.repeat(100).slice(0, length)
      const result = await send(['123'], {}, text)
      assert.equal(result.class, 'accepted', result.code)
      assert.deepEqual(terminal.pages, [{ pager: '123', message: text }])
      assert.ok(terminal.blocks.every((bytes) => bytes <= 256))
    })
  }

  it('speaks to a terminal from before response codes', async () => {
    terminal.hasCodes = false
    assert.equal((await send(['123', '456'])).class, 'accepted')
    const result = await send(['999'])
    assert.deepEqual([result.class, result.code], ['refused', 'TAP_RS'])
  })

  it('reads a terminal that sets a parity bit', async () => {
    terminal.hasParity = true
    assert.equal((await send()).class, 'accepted')
  })

  it('repeats CR until it is heard, and gives up after three', async () => {
    terminal.deafTo = 2
    assert.equal((await send(['123'], brief)).class, 'accepted')
    terminal.deafTo = 3
    const result = await send(['123'], brief)
    assert.deepEqual([result.class, result.code], ['retry', 'LINE_TIMEOUT'])
    assert.equal(result.request?.toString(), '\r\r\r')
  })

  it('is not led astray by an ID= that comes late', async () => {
    let logons = 0
    terminal.insteadOfLogon = (count) => {
      logons = count + 1
      return count === 0 ? 'ID=' : undefined
    }
    assert.equal((await send()).class, 'accepted')
    assert.equal(logons, 2)
  })

  const logons: [string, string | null, PageClass, string][] = [
    ['a password that is refused', '509 Invalid password\r\x1b\x04\r', 'refused', 'TAP_509'],
    ['a service that is refused', '508 Not supported\r\x1b\x04\r', 'refused', 'TAP_508'],
    ['a disconnect without a reason', '\r\x1b\x04\r', 'retry', 'TAP_DISCONNECTED'],
    ['a session that is full', '112 Maximum pages\r\x1b\x04\r', 'retry', 'TAP_112'],
    ['NAK each time', '507 Invalid\r\x15\r', 'refused', 'TAP_LOGON'],
    ['no answer', null, 'retry', 'LINE_TIMEOUT'],
    ['RS, which has no place there', '\x1e\r', 'retry', 'LINE_PROTOCOL'],
    [
      'a disconnect in place of go ahead',
      '110 1.8\r\x06\r113 Time\r\x1b\x04\r',
      'retry',
      'TAP_113',
    ],
    ['no go ahead', '110 1.8\r\x06\r', 'retry', 'LINE_TIMEOUT'],
  ]
  for (const [title, answer, expected, code] of logons) {
    it(`sends nothing after ${title} to its logon`, async () => {
      terminal.insteadOfLogon = () => answer
      const over = code === 'LINE_TIMEOUT' ? brief : {}
      const result = await send(['123', '456'], over)
      assert.deepEqual([result.class, result.code], [expected, code])
      assert.ok(!rig.received.includes(0x02))
    })
  }

  it('logs on with a password, which it does not show', async () => {
    terminal.password = 'SECRT6'
    const right = await send(['123'], { password: 'SECRT6' })
    assert.equal(right.class, 'accepted')
    assert.ok(rig.received.includes('SECRT6'))
    terminal.insteadOfLogon = () => '509 SECRT6 is wrong\r\x1b\x04\r'
    const wrong = await send(['123'], { password: 'SECRT6' })
    for (const result of [right, wrong]) assert.ok(!shown(result).includes('SECRT6'))
  })

  const answers: [string, string | null, PageClass, string][] = [
    ['ACK with 211', '211 Page accepted\r\x06\r', 'accepted', 'ACCEPTED'],
    ['ACK with 212', '212 Truncated\r\x06\r', 'accepted', 'ACCEPTED'],
    ['ACK with 213', '213 Deferred\r\x06\r', 'accepted', 'ACCEPTED'],
    ['ACK with 214', '214 80 characters\r\x06\r', 'accepted', 'ACCEPTED'],
    ['ACK alone', '\x06\r', 'accepted', 'ACCEPTED'],
    ['ACK behind line feeds', '\n\r211 OK\r\n\x06\r\n', 'accepted', 'ACCEPTED'],
    ['ACK with XON', '\x11211 OK\r\x06\x11\r', 'accepted', 'ACCEPTED'],
    ['ACK with 511', '511 Invalid Pager ID\r\x06\r', 'unknown', 'ANSWER_CONTRADICTS'],
    ['ACK with 211 and 511', '211 OK\r511 Invalid\r\x06\r', 'unknown', 'ANSWER_CONTRADICTS'],
    ['RS with 211', '211 Page accepted\r\x1e\r', 'unknown', 'ANSWER_CONTRADICTS'],
    ['a disconnect with 211', '211 Page accepted\r\x1b\x04\r', 'unknown', 'ANSWER_CONTRADICTS'],
    ['RS alone', '\x1e\r', 'refused', 'TAP_RS'],
    ['a disconnect alone', '\x1b\x04\r', 'retry', 'TAP_DISCONNECTED'],
    ['NAK each time', '514 Checksum\r\x15\r', 'retry', 'TAP_514'],
    ['NAK alone each time', '\x15\r', 'retry', 'TAP_NAK'],
    ['nothing', null, 'unknown', 'LINE_TIMEOUT'],
    ['a text without a sign', '211 Page accepted\r', 'unknown', 'LINE_TIMEOUT'],
    ['ID=', 'ID=', 'unknown', 'LINE_PROTOCOL'],
  ]
  for (const [title, answer, expected, code] of answers) {
    it(`takes ${title} for ${expected}`, async () => {
      terminal.instead = () => answer
      const result = await send(['123'], code === 'LINE_TIMEOUT' ? brief : {})
      assert.deepEqual([result.class, result.code], [expected, code])
    })
  }

  // Appendix A, with RS
  const codes: Readonly<Record<PageClass, readonly number[]>> = {
    accepted: [],
    retry: [501, 502, 503, 506, 512, 514, 516],
    refused: [504, 505, 507, 508, 509, 510, 511, 513, 515, 517],
    unknown: [],
  }
  for (const [expected, list] of Object.entries(codes)) {
    for (const code of list) {
      it(`takes ${code} for ${expected}`, async () => {
        terminal.instead = () => `${code} words of the terminal\r\x1e\r`
        const result = await send()
        assert.deepEqual([result.class, result.code], [expected, `TAP_${code}`])
        assert.match(result.reason.en, /words of the terminal/)
      })
    }
  }

  it('takes no number but those of appendix A for an answer', () => {
    for (let code = 0; code < 1000; code++) assert.notEqual(tapClass(code), 'accepted')
    for (const code of [110, 115, 211, 300, 499, 600]) assert.equal(tapClass(code), 'unknown')
  })

  it('sends a block again that was damaged on its way', async () => {
    terminal.instead = (_block, count) => (count < 3 ? '514 Checksum error\r\x15\r' : undefined)
    assert.equal((await send()).class, 'accepted')
    assert.equal(terminal.blocks.length, 3)
    assert.equal(terminal.pages.length, 1)
  })

  it('has each pager know when the terminal hangs up in between', async () => {
    terminal.instead = (_block, count) =>
      count === 2 ? '112 Maximum pages\r\x1b\x04\r' : undefined
    const result = await send(['123', '456', '999'])
    assert.deepEqual(
      result.perAddress?.map((one) => [one.class, one.code]),
      [
        ['accepted', 'ACCEPTED'],
        ['retry', 'TAP_112'],
        ['retry', 'TAP_112'],
      ],
    )
  })

  it('takes back what the terminal rejects as it says goodbye', async () => {
    terminal.goodbye = '511 Invalid Pager ID\r\x1e\r\x1b\x04\r'
    const one = await send(['123'])
    assert.deepEqual([one.class, one.code], ['refused', 'TAP_511'])
    const two = await send(['123', '456'])
    assert.deepEqual(
      two.perAddress?.map(({ class: name }) => name),
      ['unknown', 'unknown'],
    )
    terminal.goodbye = '\x1e\r'
    assert.equal((await send(['123'])).class, 'refused')
    terminal.goodbye = '513 Too long\r\x1b\x04\r'
    assert.equal((await send(['123'])).class, 'unknown')
  })

  it('does not need a goodbye', async () => {
    terminal.goodbye = null
    assert.equal((await send(['123'], brief)).class, 'accepted')
  })

  it('does not take the answer to one block for that to another', async () => {
    // An ACK too many after the logon; the terminal itself refuses both.
    terminal.insteadOfLogon = () => '110 1.8\r\x06\r\x1b[p\r\x06\r'
    const early = await send(['998', '999'])
    assert.notEqual(early.class, 'accepted')
    assert.ok(early.perAddress?.every((one) => one.class !== 'accepted'))
  })

  it('doubts all when an answer is left over', async () => {
    terminal.instead = (_block, count) => (count === 1 ? '211 OK\r\x06\r\x15\r' : undefined)
    const result = await send(['123', '456'])
    assert.deepEqual(
      result.perAddress?.map((one) => one.class),
      ['unknown', 'retry'],
    )
  })

  it('does not know of a page whose line broke behind its block', async () => {
    rig.close()
    rig = new LineRig()
    await rig.open({
      connected: () => terminal.connected(),
      data: (bytes, socket) =>
        bytes.includes(0x02) ? socket.destroy() : terminal.data(bytes, socket),
    })
    const result = await send(['123', '456'])
    assert.deepEqual(
      result.perAddress?.map((one) => [one.class, one.code]),
      [
        ['unknown', 'LINE_CLOSED'],
        ['retry', 'LINE_CLOSED'],
      ],
    )
  })

  it('may send again what broke off before its last block', async () => {
    terminal.instead = (_block, count) => (count === 1 ? null : undefined)
    const result = await send(['123'], brief, 'x'.repeat(400))
    assert.deepEqual([result.class, result.code], ['retry', 'LINE_TIMEOUT'])
  })

  it('sends nothing that is not ASCII', async () => {
    const result = await send(['123'], {}, '危急值')
    assert.deepEqual(
      [result.class, result.code, rig.connections],
      ['refused', 'PAGE_CHARACTERS', 0],
    )
    await send(['123'], {}, 'a\x03b\rc\x1bd')
    assert.equal(terminal.pages[0]?.message, 'a b c d')
  })
})
