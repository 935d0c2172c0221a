import assert from 'node:assert/strict'
import {
  checkedResponse,
  classifyReply,
  withControlsShown,
  writeGenericResponse,
} from '../../src/messages/index.js'

describe('control characters of an answer', () => {
  for (const [text, shown] of [
    ['<a>成\u000b功</a>', '<a>成␋功</a>'],
    ['<a>&#xB;&#11;&#x0c;&#0;</a>', '<a>␋␋␌␀</a>'],
    ['<a>&#x1f;&#xFFFE;&#65535;</a>', '<a>␟␦␦</a>'],
    // Where the markup is not escaped, this is the text "&#11;", and no control character.
    ['<a>&amp;#xB;&amp;amp;#31;</a>', '<a>&amp;#xB;&amp;amp;#31;</a>'],
    [' &lt;a>&amp;#xB;&#11;&amp;amp;#31;&lt;/a>', '&lt;a>␋␋&amp;amp;#31;&lt;/a>'],
    [
      '<a>&#x9;&#10;&#xd;&#32;&#x4e2d;&#110;&#x1b0;</a>',
      '<a>&#x9;&#10;&#xd;&#32;&#x4e2d;&#110;&#x1b0;</a>',
    ],
    ['\0\u0001 <a/>\0\0', '<a/>'],
    ['0\0', '0␀'],
  ] as const) {
    it(`are shown: ${JSON.stringify(text)}`, () => assert.equal(withControlsShown(text), shown))
  }

  it('are none where an answer writes a reference as text', () => {
    for (const code of ['&#0;', '&#11;', '&#xB;0']) {
      const written = writeGenericResponse(checkedResponse(code, '无此检查&#0;'))
      assert.deepEqual(
        [classifyReply(written).reply?.code, classifyReply(written).reply?.desc],
        [code, '无此检查&#0;'],
      )
    }
  })

  it('hide no code, and make no success of another code', () => {
    const answer = (code: string, desc: string) =>
      classifyReply(`<response><code>${code}</code><desc>${desc}</desc></response>\0`).class
    assert.equal(answer('0', '成功\u0001&#2;'), 'delivered')
    assert.equal(answer('404', '无此\u0001检查'), 'rejected')
    for (const code of ['0\0', '\u00010', '0&#0;', '&#xB;0']) {
      assert.notEqual(answer(code, '成功'), 'delivered', code)
    }
    assert.equal(classifyReply('0\0', { profile: 'text-0' }).class, 'ambiguous')
  })
})
