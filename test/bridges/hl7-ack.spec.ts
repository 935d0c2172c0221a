import assert from 'node:assert/strict'
import { readAck, type Hl7AckCode } from '../../src/bridges/index.js'

const ID = '4B32EDB1B3BBF26F7E00'
const MSH = 'MSH|^~\\&|HIS|H|CRISIS|RAD|20140616163331+0800||ACK^R01^ACK|77|P|2.5.1'
const ack = (...segments: string[]): string => [MSH, ...segments, ''].join('\r')

const TABLE: readonly (readonly [what: string, text: unknown, code: Hl7AckCode])[] = [
  ['AA with our id', ack(`MSA|AA|${ID}`), 'ACK_ACCEPTED'],
  ['without the last carriage return', ack(`MSA|AA|${ID}`).slice(0, -1), 'ACK_ACCEPTED'],
  ['segments ended with LF', ack(`MSA|AA|${ID}`).replaceAll('\r', '\n'), 'ACK_ACCEPTED'],
  ['segments ended with CRLF', ack(`MSA|AA|${ID}`).replaceAll('\r', '\r\n'), 'ACK_ACCEPTED'],
  ['in its MLLP frame', `\u000b${ack(`MSA|AA|${ID}`)}\u001c\r`, 'ACK_ACCEPTED'],
  ['the frame right behind the id', `\u000b${MSH}\rMSA|AA|${ID}\u001c\r`, 'ACK_ACCEPTED'],
  ['spaces around code and id', ack(`MSA| AA | ${ID} `), 'ACK_ACCEPTED'],
  ['another separator', `MSH#^~\\&#HIS#H#C#R###ACK#1#P#2.3\rMSA#AA#${ID}`, 'ACK_ACCEPTED'],
  ['a warning with AA', ack(`MSA|AA|${ID}`, 'ERR||PID^1^3|101|W'), 'ACK_ACCEPTED'],

  ['CA is a commit only', ack(`MSA|CA|${ID}`), 'ACK_COMMIT_ONLY'],
  ['AE', ack(`MSA|AE|${ID}`), 'ACK_APPLICATION_ERROR'],
  ['AR', ack(`MSA|AR|${ID}`), 'ACK_APPLICATION_REJECT'],
  ['CE', ack(`MSA|CE|${ID}`), 'ACK_COMMIT_ERROR'],
  ['CR', ack(`MSA|CR|${ID}`), 'ACK_COMMIT_REJECT'],
  ['lower case', ack(`MSA|aa|${ID}`), 'ACK_CODE_UNKNOWN'],
  ['a longer code', ack(`MSA|AAA|${ID}`), 'ACK_CODE_UNKNOWN'],
  ['no code', ack(`MSA||${ID}`), 'ACK_CODE_UNKNOWN'],
  ['a word every object knows', ack(`MSA|constructor|${ID}`), 'ACK_CODE_UNKNOWN'],

  ['another id', ack('MSA|AA|OTHER'), 'ACK_OTHER_ID'],
  ['an id cut short', ack(`MSA|AA|${ID.slice(0, -1)}`), 'ACK_OTHER_ID'],
  ['an id in lower case', ack(`MSA|AA|${ID.toLowerCase()}`), 'ACK_OTHER_ID'],
  ['an id with more behind it', ack(`MSA|AA|${ID}^1`), 'ACK_OTHER_ID'],
  ['no id', ack('MSA|AA'), 'ACK_OTHER_ID'],
  ['an error for another id', ack('MSA|AE|OTHER'), 'ACK_OTHER_ID'],

  ['AA with an error', ack(`MSA|AA|${ID}`, 'ERR||PID^1^3|101|E'), 'ACK_AMBIGUOUS'],
  ['AA with a fatal error', ack(`MSA|AA|${ID}`, 'ERR||PID^1^3|101|F'), 'ACK_AMBIGUOUS'],
  ['two MSA', ack(`MSA|AA|${ID}`, `MSA|AE|${ID}`), 'ACK_AMBIGUOUS'],
  ['commit and acceptance at once', ack(`MSA|CA|${ID}`) + ack(`MSA|AA|${ID}`), 'ACK_AMBIGUOUS'],

  ['nothing', '', 'ACK_UNREADABLE'],
  ['white space', ' \r\n\u000b', 'ACK_UNREADABLE'],
  ['undefined', undefined, 'ACK_UNREADABLE'],
  ['bytes', Buffer.from(ack(`MSA|AA|${ID}`)), 'ACK_UNREADABLE'],
  ['a word', 'AA', 'ACK_UNREADABLE'],
  ['a web page', `<html>MSA|AA|${ID}</html>`, 'ACK_UNREADABLE'],
  ['no MSH', `MSA|AA|${ID}\r`, 'ACK_UNREADABLE'],
  ['no MSA', ack(), 'ACK_UNREADABLE'],
  ['MSA before MSH', `MSA|AA|${ID}\r${MSH}\r`, 'ACK_UNREADABLE'],
  ['MSH without a separator', `MSH\rMSA|AA|${ID}`, 'ACK_UNREADABLE'],
  [
    'our own message sent back',
    `${MSH.replace('ACK^R01^ACK', 'ORU^R01')}\rPID|1`,
    'ACK_UNREADABLE',
  ],
]

describe('reading an HL7 acknowledgement', () => {
  for (const [what, text, code] of TABLE) {
    it(`${code}: ${what}`, () => {
      const read = readAck(text, ID)
      assert.equal(read.code, code)
      assert.equal(read.success, code === 'ACK_ACCEPTED')
      assert.ok(read.reason.zh !== '' && read.reason.en !== '')
    })
  }

  it('is no success when we expect no id', () => {
    assert.equal(readAck(ack('MSA|AA|'), '').code, 'ACK_OTHER_ID')
  })

  it('takes no cut answer for a success unless it is whole up to the id', () => {
    const whole = ack(`MSA|AA|${ID}`).trimEnd()
    for (let length = 0; length < whole.length; length++) {
      assert.equal(readAck(whole.slice(0, length), ID).success, false, `after ${length}`)
    }
    assert.equal(readAck(whole, ID).success, true)
  })

  it("gives the peer's words apart from the reason", () => {
    const said = readAck(ack(`MSA|AE|${ID}|no such order\\T\\ward`), ID)
    assert.equal(said.text, 'no such order&ward')
    assert.doesNotMatch(said.reason.en, /order/)
    assert.equal(readAck(ack(`MSA|AR|${ID}`, 'ERR||||E||||查无此人'), ID).text, '查无此人')
    assert.ok(!('text' in readAck(ack(`MSA|AA|${ID}`), ID)))
  })
})
