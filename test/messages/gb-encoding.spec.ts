import assert from 'node:assert/strict'
import {
  DEFAULT_MAX_STOPS,
  encodeText,
  withReferences,
  type OutCharset,
} from '../../src/messages/index.js'

const hex = (text: string, charset: OutCharset) => encodeText(text, charset).toString('hex')
const isSurrogate = (point: number) => point >= 0xd800 && point <= 0xdfff

describe('text in Chinese charsets', () => {
  // As Python's own codecs have them.
  const known: readonly (readonly [text: string, gbk: string | undefined, gb18030: string])[] = [
    ['危急值', 'cea3bcb1d6b5', 'cea3bcb1d6b5'],
    ['<a>\r\n"~\u007f', '3c613e0d0a227e7f', '3c613e0d0a227e7f'],
    ['〇·', 'a996a1a4', 'a996a1a4'],
    ['﨎', 'fe42', 'fe42'],
    ['㙓', undefined, '8230ab39'],
    ['€', undefined, 'a2e3'],
    ['⊕', undefined, 'a892'],
    ['𠮷', undefined, '9534b235'],
    ['😀', undefined, '9439fc36'],
  ]
  for (const [text, gbk, gb18030] of known) {
    it(`has the bytes of ${JSON.stringify(text)}`, () => {
      assert.equal(hex(text, 'UTF-8'), Buffer.from(text).toString('hex'))
      assert.equal(hex(text, 'GB18030'), gb18030)
      if (gbk !== undefined) assert.equal(hex(text, 'GBK'), gbk)
      else assert.throws(() => encodeText(text, 'GBK'), { code: 'VALUE_CHARACTER' })
    })
  }

  it('reads every character back as it was, and carries what Windows and Java carry', () => {
    const carried = { GBK: 0, GB18030: 0 }
    for (const charset of ['GBK', 'GB18030'] as const) {
      const decoder = new TextDecoder('gb18030', { fatal: true })
      for (let point = 0; point <= 0xffff; point++) {
        if (isSurrogate(point)) continue
        const character = String.fromCharCode(point)
        let bytes: Buffer
        try {
          bytes = encodeText(character, charset)
        } catch {
          continue
        }
        carried[charset]++
        // A decoder takes a byte order mark for one.
        if (point !== 0xfeff) assert.equal(decoder.decode(bytes), character, point.toString(16))
      }
      for (const point of charset === 'GBK' ? [] : [0x10000, 0x20bb7, 0x2ffff, 0x10ffff]) {
        const character = String.fromCodePoint(point)
        assert.equal(decoder.decode(encodeText(character, charset)), character)
      }
    }
    // CP936 has 21 791 two-byte characters, all but one read alike by Java, Python and iconv. Of the basic plane GB 18030 lacks here the 6 400 private ones and
    // 19 whose code changed; U+FFFD is no character that was meant.
    assert.equal(carried.GBK, 0x80 + 21_791 - 1)
    assert.equal(carried.GB18030, 0x10000 - 0x800 - 6_400 - 19 - 1)
  })

  it('writes what a charset cannot carry as references, and nothing else', () => {
    const xml = '<a b="𠮷">€㙓危急值 &amp; 😀</a>'
    assert.equal(withReferences(xml, 'UTF-8'), xml)
    assert.equal(withReferences(xml, 'GB18030'), xml)
    const referenced = '<a b="&#134071;">&#8364;&#13907;危急值 &amp; &#128512;</a>'
    assert.equal(withReferences(xml, 'GBK'), referenced)
    const long = (text: string): string => `<a>${text.repeat(DEFAULT_MAX_STOPS)}</a>`
    assert.equal(withReferences(long('😀'), 'GBK'), long('&#128512;'))
    assert.equal(encodeText(referenced, 'GBK').includes('危急值'), false)
    const disputed = '<a>\ue000\u1e3f\u9fb4\ufe10</a>'
    assert.equal(withReferences(disputed, 'GB18030'), '<a>&#57344;&#7743;&#40884;&#65040;</a>')
    const plain = '<a>危急值<![CDATA[危]]></a>'
    assert.equal(withReferences(plain, 'GBK'), plain)
  })

  it('refuses where a reference would be no such thing', () => {
    for (const xml of ['<a><![CDATA[𠮷]]></a>', '<a><!-- 𠮷 --></a>', '<𠮷/>', 'no 𠮷 document']) {
      assert.throws(() => withReferences(xml, 'GBK'), { code: 'VALUE_CHARACTER' }, xml)
    }
  })
})
