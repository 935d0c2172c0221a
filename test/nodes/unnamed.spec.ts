import assert from 'node:assert/strict'
import { readCall } from '../../src/soap/index.js'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith } from '../support/calls.js'
import { Flow, inNode, out, peer, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const FIELDS =
  '<SickNo>s</SickNo><CrisisName>6.9</CrisisName><CrisisSettor code="1">d</CrisisSettor>' +
  '<CrisisSetDate>2026-01-01</CrisisSetDate><CrisisSetTime>10:00:00</CrisisSetTime>'
const crisis = (exam: string, more = ''): string =>
  `<Crisis><ExamNo>${exam}</ExamNo>${FIELDS}${more}</Crisis>`
const wrap = (inside: string): string => `<XmlDocument>${inside}</XmlDocument>`

/** A document, a correction of what it does not name, and how that stands in what is sent on. */
const CORRECTED: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'an element beside Crisis',
    wrap(`<Urgency>1</Urgency>${crisis('A')}`),
    wrap(`<Urgency>2</Urgency>${crisis('A')}`),
    /<XmlDocument><Urgency>2<\/Urgency><Crisis>/,
  ],
  [
    'an element in Crisis',
    wrap(crisis('B').replace('<CrisisName>', '<Side>左</Side><CrisisName>')),
    wrap(crisis('B').replace('<CrisisName>', '<Side>右</Side><CrisisName>')),
    /<\/SickNo><Side>右<\/Side><OrderNo>/,
  ],
  [
    'an attribute of a field',
    wrap(crisis('C').replace('<CrisisName>', '<CrisisName unit="mmol/L">')),
    wrap(crisis('C').replace('<CrisisName>', '<CrisisName unit="mg/dL">')),
    /<CrisisName unit="mg\/dL">6\.9/,
  ],
  [
    'text between fields',
    wrap(crisis('D').replace('<SickNo>', '右肺可见气胸<SickNo>')),
    wrap(crisis('D').replace('<SickNo>', '右肺未见气胸<SickNo>')),
    /<\/ApplyNo>|<\/ExamNo>右肺未见气胸<ApplyNo>/,
  ],
  [
    'a prefixed attribute in an unknown element',
    wrap(crisis('E', '<K xmlns:u="urn:u" u:unit="a">5</K>')),
    wrap(crisis('E', '<K xmlns:u="urn:u" u:unit="b">5</K>')),
    /<K xmlns:u="urn:u" u:unit="b">5<\/K>/,
  ],
]

describe('what a critical value says beside what the document names', () => {
  let flow: Flow
  let remote: TestPeer
  let url: string

  beforeEach(async () => {
    remote = await TestPeer.open()
    remote.answer = succeeding
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  async function load(settings = {}): Promise<void> {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load([
      service({ port: String(port), ...settings }),
      inNode({ wires: [['out', 'one']] }),
      peer({ address: `${remote.origin}/pacs` }),
      out({ wires: [['sent'], []] }),
    ])
    await flow.shows('in', 'listening')
  }
  const send = (document: string): ReturnType<typeof callWith> =>
    callWith(url, 'SynCrisisInfo', document)

  for (const [name, document, corrected, sentOn] of CORRECTED) {
    it(`counts for its identity and is sent on in its place: ${name}`, async () => {
      await load()
      for (const text of [document, document, corrected]) assert.equal((await send(text)).code, '0')
      const [first, revision, ...more] = flow.inbox('one').all.map(({ crisis: ours }) => ours)
      assert.deepEqual(more, [])
      assert.deepEqual([first?.revision, revision?.revision], [1, 2])
      assert.ok(first?.flags?.some((flag) => flag.startsWith('unknown')))
      await flow.inbox('sent').next()
      await flow.inbox('sent').next()
      assert.match(readCall(remote.posts.at(-1)!.body).argument ?? '', sentOn)
    })
  }

  it('counts for nothing where its service says so, and is sent on all the same', async () => {
    await load({ ignoredElements: 'SendTime, #text' })
    const at = (time: string): string =>
      wrap(
        `<SendTime>${time}</SendTime>${crisis('A').replace('<Crisis>', `<Crisis SendTime="${time}">第${time}次`)}`,
      )
    for (const text of [at('1'), at('2')]) assert.equal((await send(text)).code, '0')
    assert.equal(flow.inbox('one').all.length, 1)
    await flow.inbox('sent').next()
    const sent = readCall(remote.posts[0]!.body).argument ?? ''
    assert.match(sent, /<XmlDocument><SendTime>1<\/SendTime><Crisis SendTime="1">第1次<ExamNo>/)
  })

  it('is never a second critical value that is lost: that is refused, and told', async () => {
    await load()
    for (const text of [
      wrap(`${crisis('A')}<More>${crisis('B')}</More>`),
      wrap(crisis('A', crisis('B'))),
    ]) {
      assert.equal((await send(text)).code, '400')
      assert.equal((await flow.caught()).code, 'DOCUMENT_AMBIGUOUS')
    }
    assert.equal(flow.inbox('one').all.length, 0)
  })
})
