import assert from 'node:assert/strict'
import {
  snpp,
  snppClass,
  type PageClass,
  type SnppOptions,
} from '../../../src/delivery/channels/index.js'
import { going, page, shown } from './http-rig.js'
import { LineRig } from './line-rig.js'
import { SnppGateway } from './snpp-gateway.js'

const TEXT =
  '[Example Hospital] Critical value #AB12CD (level 1): log in and act within 10 minutes.'

describe('SNPP', () => {
  let rig: LineRig
  let gateway: SnppGateway
  beforeEach(async () => {
    rig = new LineRig()
    gateway = new SnppGateway()
    await rig.open(gateway)
  })
  afterEach(() => rig.close())

  const open = (over: Partial<SnppOptions> = {}) =>
    snpp({ open: rig.line, replyMs: 1_000, ...over })
  const send = (to = ['5551'], over: Partial<SnppOptions> = {}, text = TEXT) =>
    open(over).send(page({ to, text }), going())

  it('hands a page to each pager in a transaction of its own', async () => {
    const result = await send(['5551', '5552'])
    assert.equal(result.class, 'accepted')
    assert.deepEqual(gateway.sent, [
      { pagers: ['5551'], message: TEXT, alert: false },
      { pagers: ['5552'], message: TEXT, alert: false },
    ])
    assert.match(result.request?.toString() ?? '', /^PAGE 5551\r\nMESS \[Example.*\r\nSEND\r\n/)
    assert.match(result.answer?.toString() ?? '', /^220 .*221 OK, Goodbye\r\n$/s)
    assert.equal(rig.connections, 1)
  })

  it('tells a pager that does not exist from one that does', async () => {
    const result = await send(['5551', '9999', '5552'])
    assert.deepEqual([result.class, result.code], ['refused', 'PARTLY_ACCEPTED'])
    assert.deepEqual(
      result.perAddress?.map((one) => [one.class, one.code]),
      [
        ['accepted', 'ACCEPTED'],
        ['refused', 'SNPP_550'],
        ['accepted', 'ACCEPTED'],
      ],
    )
    assert.deepEqual(
      gateway.sent.map(({ pagers }) => pagers),
      [['5551'], ['5552']],
    )
  })

  it('logs in where it is asked to, and shows no password', async () => {
    gateway.login = { id: 'ward', password: 'pager-pass' }
    const login = { id: 'ward', password: 'pager-pass' }
    const right = await send(['5551'], { login })
    assert.equal(right.class, 'accepted')
    assert.ok(!shown(right).includes('pager-pass'))
    gateway.instead = (command, argument) => (command === 'LOGI' ? `550 no ${argument}` : undefined)
    const wrong = await send(['5551'], { login })
    assert.deepEqual([wrong.class, wrong.code], ['refused', 'SNPP_550'])
    assert.ok(!shown(wrong).includes('pager-pass'))
  })

  it('asks for an alert, and does without where it is not known', async () => {
    await send(['5551'], { alert: true })
    gateway.level = 1
    const result = await send(['5551'], { alert: true })
    assert.equal(result.class, 'accepted')
    assert.deepEqual(
      gateway.sent.map(({ alert }) => alert),
      [true, false],
    )
  })

  it('greets a gateway that explains itself first', async () => {
    gateway.greeting = '214 Type HELP for more info\r\n250 SNPP APRS Gateway Ready'
    assert.equal((await send()).class, 'accepted')
    gateway.greeting = '220-Welcome\r\n220 Ready'
    assert.equal((await send()).class, 'accepted')
  })

  /** Answers to SEND, by the code classes of RFC 1861 section 5. */
  const codes: [string, PageClass][] = [
    ['250 Message Sent Successfully', 'accepted'],
    ['250', 'accepted'],
    ['214 Help\r\n250 Message Sent', 'accepted'],
    ['200 OK', 'accepted'],
    ['850 Reply received', 'accepted'],
    ['860 Delivered, Awaiting Read Ack', 'accepted'],
    ['880 Message Delivered', 'accepted'],
    ['950 Message queued', 'accepted'],
    ['960 4711 1234 OK, Message QUEUED for Delivery', 'accepted'],
    ['421 Too Many Errors, Goodbye (terminate connection)', 'retry'],
    ['421 Gateway Service Unavailable', 'retry'],
    ['554 Error, failed (technical reason)', 'retry'],
    ['500 Command Not Implemented', 'refused'],
    ['503 Error, Pager ID or Message Incomplete', 'refused'],
    ['550 Error, failed (administrative reason)', 'refused'],
    ['552 Max Recipients Exceeded', 'refused'],
    ['750 Two-way refused', 'refused'],
    ['780 Message Expired Before Delivery', 'refused'],
    ['218 Information', 'unknown'],
    ['220 Ready', 'unknown'],
    ['221 Goodbye', 'unknown'],
    ['354 Begin Input', 'unknown'],
    ['100 What', 'unknown'],
    ['650 What', 'unknown'],
  ]
  for (const [answer, expected] of codes) {
    it(`takes "${answer}" to SEND for ${expected}`, async () => {
      gateway.instead = (command) => (command === 'SEND' ? answer : undefined)
      const result = await send()
      assert.equal(result.class, expected)
    })
  }

  it('has a class for each number', () => {
    for (let code = 0; code < 1000; code++) {
      const isTaken = /^(?:2(?![12])|8|9)\d\d$/.test(`${code}`)
      assert.equal(snppClass(code) === 'accepted', isTaken, `${code}`)
    }
  })

  const nonsense: [string, string][] = [
    ['a line without a code', 'Message Sent Successfully'],
    ['a code that is too short', '25 OK'],
    ['a code that is too long', '2500 OK'],
    ['a code behind a space', ' 250 OK'],
    ['an empty line', ''],
    ['HTML', '<html>250 OK</html>'],
    ['XML of another protocol', 'HTTP/1.1 250 OK'],
  ]
  for (const [title, answer] of nonsense) {
    it(`takes ${title} to SEND for unknown`, async () => {
      gateway.instead = (command) => (command === 'SEND' ? answer : undefined)
      assert.equal((await send()).class, 'unknown')
    })
  }

  for (const command of ['PAGE', 'MESS', 'SEND', 'QUIT', 'greeting']) {
    const expected: PageClass =
      command === 'SEND' ? 'unknown' : command === 'QUIT' ? 'accepted' : 'retry'

    it(`has ${expected} it when ${command} is not answered`, async () => {
      gateway.instead = (given) => (given === command ? null : undefined)
      if (command === 'greeting') gateway.greeting = ''
      const began = performance.now()
      const result = await send(['5551'], { replyMs: 100 })
      assert.equal(result.class, expected, result.code)
      assert.ok(performance.now() - began < 2_500)
    })

    it(`has ${expected} it when the line breaks at ${command}`, async () => {
      rig.close()
      rig = new LineRig()
      await rig.open({
        connected: (socket) =>
          command === 'greeting' ? socket.destroy() : gateway.connected(socket),
        data: (bytes, socket) => {
          if (bytes.toString().startsWith(command)) socket.destroy()
          else gateway.data(bytes, socket)
        },
      })
      assert.equal((await send()).class, expected)
    })
  }

  it('does not take the answer to another command for that to SEND', async () => {
    // The gateway answers one command behind: what it says to SEND is what it thinks of MESS.
    const behind: string[] = []
    gateway.greeting = '220 Ready'
    gateway.instead = (command) => {
      behind.push(command === 'SEND' ? '554 failed' : '250 OK')
      return behind.length === 1 ? '250 OK' : behind.shift()
    }
    const result = await send()
    assert.deepEqual([result.class, result.code], ['unknown', 'SNPP_OUT_OF_STEP'])
  })

  it('does not go on when more comes than was asked for', async () => {
    gateway.instead = (command) => (command === 'PAGE' ? '250 OK\r\n250 OK' : undefined)
    const result = await send()
    assert.deepEqual([result.class, result.code], ['retry', 'LINE_PROTOCOL'])
    assert.equal(gateway.sent.length, 0)
  })

  it('doubts what was accepted when the two are out of step later', async () => {
    gateway.instead = (command) => (command === 'SEND' ? '250 OK\r\n550 no such pager' : undefined)
    const result = await send(['5551', '5552'])
    assert.deepEqual(
      result.perAddress?.map((one) => one.class),
      ['unknown', 'retry'],
    )
  })

  it('reads answers in whatever pieces they come', async () => {
    rig.close()
    rig = new LineRig()
    await rig.open({
      connected: (socket) => gateway.connected(socket),
      data: (bytes, socket) => {
        const slow = { write: (text: string) => void pieces(text), end: () => {} }
        const pieces = async (text: string) => {
          for (const one of text) {
            socket.write(one)
            await new Promise((done) => setTimeout(done, 1))
          }
        }
        gateway.data(bytes, slow as never)
      },
    })
    assert.equal((await send()).class, 'accepted')
  })

  it('stops reading what has no end', async () => {
    rig.close()
    rig = new LineRig()
    await rig.open({ connected: (socket) => socket.write('2'.repeat(100_000)), data: () => {} })
    const result = await send()
    assert.deepEqual([result.class, result.code], ['retry', 'LINE_FLOOD'])
  })

  it('ends within its limit, however slowly it is answered', async () => {
    gateway.instead = (command) => (command === 'MESS' ? null : undefined)
    const result = await open({ replyMs: 60_000, limitMs: 150 }).send(
      page({ to: ['5551'], text: TEXT }),
      going(),
    )
    assert.deepEqual([result.class, result.code], ['retry', 'LINE_TIMEOUT'])
  })

  it('sends nothing that would be another command or cannot be written', async () => {
    const cases: [string[], string][] = [
      [['5551\r\nPAGE 5552'], TEXT],
      [['55 51'], TEXT],
      [['号码'], TEXT],
      [['5551'], '危急值 #1'],
    ]
    for (const [to, text] of cases) {
      const result = await send(to, {}, text)
      assert.equal(result.class, 'refused', to[0])
    }
    assert.equal(rig.connections, 0)
    const mixed = await send(['5551', 'x\ny'])
    assert.deepEqual(
      mixed.perAddress?.map((one) => one.class),
      ['accepted', 'refused'],
    )
    const result = await send(['5551'], {}, 'two\r\nPAGE 5552\r\nlines')
    assert.equal(result.class, 'accepted')
    assert.deepEqual(gateway.sent.at(-1), {
      pagers: ['5551'],
      message: 'two PAGE 5552 lines',
      alert: false,
    })
  })

  it('sends Chinese where the gateway takes UTF-8', async () => {
    const result = await send(['5551'], { charset: 'UTF-8' }, '危急值 #1')
    assert.equal(result.class, 'accepted')
    assert.equal(gateway.sent[0]?.message, '危急值 #1')
  })

  it('tries later when nobody is there', async () => {
    rig.close()
    const result = await send()
    assert.deepEqual([result.class, result.code], ['retry', 'LINE_CONNECT'])
  })

  it('has one page in flight, the others in their order', async () => {
    const channel = open()
    const texts = ['first', 'second', 'third']
    const pages = texts.map((text) => channel.send(page({ to: ['5551'], text }), going()))
    const results = await Promise.all(pages)
    assert.ok(results.every((result) => result.class === 'accepted'))
    assert.deepEqual(
      gateway.sent.map(({ message }) => message),
      texts,
    )
  })

  it('leaves a page that is cancelled while it waits, and breaks off one that is under way', async () => {
    gateway.instead = (command) => (command === 'SEND' ? null : undefined)
    const channel = open({ replyMs: 5_000 })
    const [one, two] = [new AbortController(), new AbortController()]
    const first = channel.send(page({ to: ['5551'], text: TEXT }), one.signal)
    const second = channel.send(page({ to: ['5551'], text: TEXT }), two.signal)
    two.abort()
    assert.deepEqual([(await second).class, (await second).code], ['retry', 'ABORTED'])
    while (!rig.received.includes('SEND')) await new Promise((done) => setTimeout(done, 5))
    one.abort()
    assert.deepEqual([(await first).class, (await first).code], ['unknown', 'ABORTED'])
    gateway.instead = () => undefined
    const third = await channel.send(page({ to: ['5551'], text: TEXT }), going())
    assert.equal(third.class, 'accepted')
  })

  it('does not wait for a line that never opens', async () => {
    const channel = snpp({ open: () => new Promise(() => {}), limitMs: 50 })
    const result = await channel.send(page({ to: ['5551'], text: TEXT }), going())
    assert.deepEqual([result.class, result.code], ['retry', 'LINE_CONNECT'])
  })
})
