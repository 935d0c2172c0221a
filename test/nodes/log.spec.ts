import assert from 'node:assert/strict'
import { escapeText } from '../../src/messages/index.js'
import { body, returning, TestPeer } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, envelopeOf, feedbackXml, post } from '../support/calls.js'
import { Flow, inNode, out, peer, plan, service, watch } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

/** Invented, and of a spelling that stands nowhere else. */
const PATIENT = {
  ExamNo: 'EXAM-7Q7',
  ApplyNo: 'APPLY-7Q7',
  SickNo: 'SICK-7Q7',
  CrisisName: '凭空所见七',
  CrisisMemo: '备注七七',
  CrisisSettor: { code: 'DOC-7Q7', name: '赵七七' },
}
const ANY = /7Q7|凭空所见七|七七/

describe('the log', () => {
  it('has a code at the end of each entry, and not a word of a patient, whatever goes wrong', async () => {
    const remote = await TestPeer.open()
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/crisis`
    const login = `http://someone:Pw-7@${new URL(remote.origin).host}/pacs`
    const flow = await Flow.load([
      peer({ address: login, troubleMinutes: '1' }),
      service({ port: String(port) }),
      out(),
      inNode({ wires: [[]] }),
      inNode({ id: 'in2', type: 'crisis feedback in', wires: [[]] }),
      plan(),
      watch(),
    ])
    try {
      await flow.shows('in', 'listening')
      await flow.shows('in2', 'listening')
      // A peer that quotes the whole document, refuses it, and says nothing that can be understood.
      const quoting = (received: { readonly body: string }, code: string): string =>
        returning(`<return>${escapeText(answerOf(code, escapeText(received.body)))}</return>`)
      for (const [n, code] of ['1', '401', 'x', '0'].entries()) {
        remote.answer = (received, response) =>
          body(n === 2 ? received.body : quoting(received, code))(received, response)
        flow.send('out', { payload: { ...CRISIS, ...PATIENT, ExamNo: `${PATIENT.ExamNo}-${n}` } })
        while (remote.posts.length <= n) await flow.settle()
      }
      const crisis = (changes = {}) =>
        callWith(url, 'SynCrisisInfo', crisisXml({ ...PATIENT, ...changes }))
      assert.equal((await crisis()).code, '0')
      assert.equal((await crisis({ SickNo: 'SICK-7Q7-other' })).code, '0')
      assert.equal((await crisis({ ExamNo: '', ApplyNo: '' })).code, '422')
      const orphan = feedbackXml('', { ExamNo: 'EXAM-7Q7-of-none' })
      assert.equal((await callWith(url, 'SynCrisisResponseInfo', orphan)).code, '404')
      await post(url, envelopeOf('SynCrisisInfo', crisisXml(PATIENT).slice(0, -9)))
      await flow.settle()

      const entries = flow.logEntries()
      const codes = entries.map((entry) =>
        / \[([A-Z][A-Z0-9_]+)\]$/.exec(entry.split('\n')[0] ?? ''),
      )
      assert.deepEqual(
        entries.filter((_entry, n) => codes[n] === null),
        [],
      )
      const found = new Set(codes.map((code) => code?.[1]))
      for (const code of ['LOGIN_IN_ADDRESS', 'WRONG_PATIENT', 'FEEDBACK_ORPHAN', 'KEY_MISSING']) {
        assert.ok(found.has(code), `${code}: ${[...found].join()}`)
      }
      assert.doesNotMatch(entries.join('\n'), ANY)
      assert.doesNotMatch(flow.allStatusTexts().join('\n'), ANY)
    } finally {
      await flow.unload()
      await remote.close()
    }
  })
})

const answerOf = (code: string, desc: string): string =>
  `<response><code>${code}</code><desc>${desc}</desc></response>`
