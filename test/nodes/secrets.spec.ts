import assert from 'node:assert/strict'
import { withoutSecrets } from '../../src/messages/masking.js'
import { body, returning, succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, crisisXml, envelopeOf, FEEDBACK, feedbackXml, post } from '../support/calls.js'
import { Flow, inNode, out, parser, peer, response, service, textOf } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const SENT = 'L-aaaa-SENT.1+1'
const ISSUED = 'L-bbbb-ISSUED'
const PARSERS = 'L-cccc-PARSER'
const GUESSED = 'L-dddd-GUESSED'
const ANY = /L-(?:aaaa|bbbb|cccc|dddd)/

describe('a licence', () => {
  it('stands in the document that is sent, and nowhere else, whatever happens', async () => {
    const remote = await TestPeer.open()
    const port = await freePort()
    const flow = await Flow.load(
      [
        peer({
          address: `${remote.origin}/pacs`,
          totalSeconds: '1',
          replyTable: [{ code: '401', action: 'hold' }],
        }),
        service({ port: String(port), licenceCheck: true }),
        out({ type: 'crisis feedback out' }),
        inNode({ type: 'crisis feedback in', wires: [['response', 'received']] }),
        inNode({ id: 'crises', wires: [] }),
        response(),
        parser({ wires: [['parsed']] }),
      ],
      {
        credentials: {
          peer: { licence: SENT },
          service: { licences: JSON.stringify([{ application: 'HIS', licence: ISSUED }]) },
          parser: { licence: PARSERS },
        },
      },
    )
    const replies: string[] = []
    try {
      await flow.shows('in', 'listening')

      remote.answer = succeeding
      flow.send('out', { payload: FEEDBACK })
      await flow.inbox('one').next()
      assert.ok(remote.posts[0]!.body.includes(SENT), 'it is sent')

      // The peer quotes what it refuses.
      const quoting = `&lt;response&gt;&lt;code&gt;401&lt;/code&gt;&lt;desc&gt;License "${SENT}" 无效，x${SENT}&lt;/desc&gt;&lt;/response&gt;`
      remote.answer = body(returning(`<return>${quoting}</return>`))
      flow.send('out', { payload: { ...FEEDBACK, ExamNo: 'quoting' } })
      const { crisis } = await flow.inbox('two').next()
      assert.equal(crisis?.outcome?.reply?.desc, `License "●●●●" 无效，x${SENT}`)
      assert.equal(crisis?.outcome?.class, 'unauthorized')
      flow.inbox('two').clear()
      flow.inbox('caught').clear()

      const fault = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>bad ${SENT}</faultstring></s:Fault></s:Body></s:Envelope>`
      const answers = [
        body(fault, undefined, 500),
        body(`<html>${SENT}</html>`),
        body(SENT, {}, 500),
        body(returning(`<return>${SENT}</return>`)),
        () => {},
      ]
      for (const [index, answer] of answers.entries()) {
        remote.answer = answer
        flow.send('out', { payload: { ...FEEDBACK, ExamNo: `no-${index}` } })
        while (!remote.posts.some((post) => post.body.includes(`no-${index}`))) await flow.settle()
      }

      const url = `http://127.0.0.1:${port}/crisis`
      await flow.shows('crises', 'listening')
      assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml())).code, '0')
      assert.equal((await callWith(url, 'SynCrisisResponseInfo', feedbackXml(ISSUED))).code, '0')
      for (const document of [
        feedbackXml(GUESSED),
        feedbackXml(ISSUED, {}, 'LIS'),
        feedbackXml(ISSUED, { ExamNo: '', ApplyNo: '' }),
        feedbackXml(ISSUED).replace('</License>', `</License><License>${GUESSED}</License>`),
        feedbackXml(ISSUED).slice(0, -5),
        feedbackXml(ISSUED).replace('License>', `${GUESSED}>`),
        crisisXml(),
      ]) {
        const envelope = envelopeOf('SynCrisisResponseInfo', document)
        replies.push((await post(url, envelope)).text, (await post(url, envelope.slice(5))).text)
      }

      // What is written holds it, because that is what it is written for; what is read does not.
      flow.send('parser', { payload: FEEDBACK })
      assert.ok(String((await flow.inbox('parsed').next()).payload).includes(PARSERS))
      flow.inbox('parsed').clear()
      flow.send('parser', { payload: feedbackXml(GUESSED) })
      await flow.inbox('parsed').next()
      await flow.settle()

      const kept = flow.ledgerBytes().toString('latin1')
      assert.ok(kept.includes('no-4') && kept.includes('License'), 'the right files')
      for (const secret of [SENT, ISSUED]) {
        assert.ok(!kept.replaceAll(`x${SENT}`, '').includes(secret), 'in the ledger')
      }

      const boxes = ['one', 'two', 'received', 'answered', 'parsed', 'completed']
      const messages = boxes.flatMap((id) => flow.inbox(id).all)
      const caught = flow.inbox('caught').all.map(({ error }) => error)
      assert.ok(caught.length >= 10)
      for (const shown of [...messages, ...caught, ...replies, flow.everythingShown()]) {
        const text = textOf(shown).replaceAll(`x${SENT}`, '').replaceAll(PARSERS, '')
        assert.doesNotMatch(text, ANY)
      }
    } finally {
      await flow.unload()
      await remote.close()
    }
  })
})

describe('a password that a peer quotes', () => {
  const masked = (text: string, ...secrets: string[]) =>
    withoutSecrets.bytes(Buffer.from(text), secrets).toString()

  it('is masked where WS-Security has it, however short it is', () => {
    for (const [open, close] of [
      ['<wsse:Password>', '</wsse:Password>'],
      ['<Password Type="x#PasswordText">', '</Password>'],
      ['&lt;w:Password&gt;', '&lt;/w:Password&gt;'],
    ] as const) {
      assert.equal(masked(`患者 ${open}a1${close} a1`), `患者 ${open}****${close} a1`)
    }
    assert.equal(masked('<PasswordHint>a1</PasswordHint>'), '<PasswordHint>a1</PasswordHint>')
  })

  it('is masked wherever it stands, as it is or escaped', () => {
    const secret = `P<9>&"'密`
    for (const quoted of [
      secret,
      'P&lt;9&gt;&amp;&quot;&apos;密',
      'P&amp;lt;9>&amp;amp;&#34;&amp;#x27;密',
    ]) {
      assert.equal(masked(`说 "${quoted}"！`, secret), '说 "****"！')
      assert.equal(withoutSecrets.text(`说 "${quoted}"！`, [secret]), '说 "●●●●"！')
    }
    assert.equal(masked('xP1x', 'P1'), 'xP1x', 'part of a word')
  })
})
