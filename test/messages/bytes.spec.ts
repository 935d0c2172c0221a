import assert from 'node:assert/strict'
import { decodeBytes, readXml, type DecodeOptions } from '../../src/messages/index.js'
import { refused } from './support.js'

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part))),
  )
const utf16le = (text: string) => Buffer.from(text, 'utf16le')
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()

// 胎盘早剥 in GBK; 模 in GBK, which happens to be strict UTF-8 too; 𠮷 in the four bytes of GB18030.
const GBK = [0xcc, 0xa5, 0xc5, 0xcc, 0xd4, 0xe7, 0xb0, 0xfe]
const GBK_OR_UTF8 = [0xc4, 0xa3]
const GB18030 = [0x95, 0x34, 0xb2, 0x35]
const FINDING = '胎盘早剥'

const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>`
const typed = (charset: string): DecodeOptions => ({ contentType: `text/xml; charset=${charset}` })

interface Case {
  readonly about: string
  readonly bytes: Uint8Array
  readonly options?: DecodeOptions
  readonly charset: string
  readonly text?: string
  readonly flags?: readonly string[]
}

const READ: readonly Case[] = [
  { about: 'UTF-8, no label', bytes: bytes(`<a>${FINDING}</a>`), charset: 'utf-8' },
  { about: 'nothing at all', bytes: bytes(), text: '', charset: 'utf-8' },
  {
    about: 'UTF-8 with a BOM',
    bytes: bytes([0xef, 0xbb, 0xbf], `<a>${FINDING}</a>`),
    charset: 'utf-8',
  },
  {
    about: 'UTF-8 with a BOM under GBK labels',
    bytes: bytes([0xef, 0xbb, 0xbf], declared('GBK'), `<a>${FINDING}</a>`),
    options: typed('gb2312'),
    charset: 'utf-8',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'UTF-8 in Content-Type, quoted and in upper case',
    bytes: bytes(`<a>${FINDING}</a>`),
    options: { contentType: 'application/soap+xml; action="x"; Charset="UTF-8"' },
    charset: 'utf-8',
  },
  {
    about: 'GBK in the declaration',
    bytes: bytes(declared('GBK'), '<a>', GBK, '</a>'),
    charset: 'gbk',
  },
  {
    about: 'GB2312 in the declaration',
    bytes: bytes(declared('gb2312'), '<a>', GBK, '</a>'),
    charset: 'gbk',
  },
  {
    about: 'the declaration behind blank lines',
    bytes: bytes('\r\n ', declared('GBK'), '<a>', GBK, '</a>'),
    charset: 'gbk',
  },
  {
    about: 'GBK in Content-Type',
    bytes: bytes('<a>', GBK, '</a>'),
    options: typed('GBK'),
    charset: 'gbk',
  },
  {
    about: 'GBK bytes that are strict UTF-8 by chance, rightly labelled',
    bytes: bytes('<a>', GBK_OR_UTF8, '</a>'),
    options: typed('gbk'),
    charset: 'gbk',
    text: '<a>模</a>',
  },
  {
    about: 'GB18030 with four bytes',
    bytes: bytes(declared('GB18030'), '<a>', GB18030, '</a>'),
    charset: 'gb18030',
    text: `${declared('GB18030')}<a>𠮷</a>`,
  },
  {
    about: 'GB18030 with four bytes under GBK',
    bytes: bytes('<a>', GB18030, '</a>'),
    options: typed('gbk'),
    charset: 'gbk',
    text: '<a>𠮷</a>',
  },
  {
    about: 'the signs that GB18030 gave a place of their own',
    bytes: bytes('<a>', [0xa2, 0xe3, 0xa6, 0xd9], '</a>'),
    options: typed('gbk'),
    charset: 'gbk',
    text: '<a>€︐</a>',
  },
  {
    about: 'GBK in Content-Type, GB18030 in the declaration: no contradiction',
    bytes: bytes(declared('gb18030'), '<a>', GBK, '</a>'),
    options: typed('gbk'),
    charset: 'gbk',
  },
  {
    about: 'UTF-8 under Content-Type GBK but declared UTF-8',
    bytes: bytes(declared('UTF-8'), `<a>${FINDING}</a>`),
    options: typed('gbk'),
    charset: 'utf-8',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'GBK under Content-Type UTF-8 but declared GBK',
    bytes: bytes(declared('GBK'), '<a>', GBK, '</a>'),
    options: typed('utf-8'),
    charset: 'gbk',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'GBK labelled UTF-8 where that is allowed',
    bytes: bytes(declared('UTF-8'), '<a>', GBK, '</a>'),
    options: { allowGbk: true },
    charset: 'gb18030',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'GBK without a label where that is allowed',
    bytes: bytes('<a>', GBK, '</a>'),
    options: { allowGbk: true },
    charset: 'gb18030',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'UTF-8 where GBK is allowed',
    bytes: bytes(`<a>${FINDING}</a>`),
    options: { allowGbk: true },
    charset: 'utf-8',
  },
  {
    about: 'UTF-8 under GBK alone, in Content-Type',
    bytes: bytes(`<a>${FINDING}</a>`),
    options: typed('gbk'),
    charset: 'utf-8',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'UTF-8 under GBK alone, in the declaration',
    bytes: bytes(declared('GB18030'), `<a>${FINDING}</a>`),
    charset: 'utf-8',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'GBK bytes that are strict UTF-8 by chance, with a wrong declaration',
    bytes: bytes(declared('UTF-8'), '<a>', GBK_OR_UTF8, '</a>'),
    options: typed('gbk'),
    charset: 'gbk',
    text: `${declared('UTF-8')}<a>模</a>`,
    flags: ['charsetMislabelled'],
  },
  {
    about: 'UTF-8 under an unknown label',
    bytes: bytes(declared('x-vendor'), `<a>${FINDING}</a>`),
    charset: 'utf-8',
    flags: ['charsetUnknown'],
  },
  {
    about: 'UTF-8 under the default of a Java server',
    bytes: bytes(`<a>${FINDING}</a>`),
    options: typed('ISO-8859-1'),
    charset: 'utf-8',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'GBK under the default of a Java server where that is allowed',
    bytes: bytes('<a>', GBK, '</a>'),
    options: { ...typed('ISO-8859-1'), allowGbk: true },
    charset: 'gb18030',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'ASCII under the default of a Java server',
    bytes: bytes('<a>1</a>'),
    options: typed('ISO-8859-1'),
    text: '<a>1</a>',
    charset: 'windows-1252',
  },
  {
    about: 'UTF-8 that declares utf-16, as .NET strings do',
    bytes: bytes(declared('utf-16'), `<a>${FINDING}</a>`),
    charset: 'utf-8',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'plain numbers that declare utf-16',
    bytes: bytes(declared('utf-16'), '<a>0001</a>'),
    text: `${declared('utf-16')}<a>0001</a>`,
    charset: 'utf-8',
    flags: ['charsetMislabelled'],
  },
  {
    about: 'UTF-16LE with a BOM',
    bytes: bytes([0xff, 0xfe], [...utf16le(`<a>${FINDING}𠮷</a>`)]),
    text: `<a>${FINDING}𠮷</a>`,
    charset: 'utf-16le',
  },
  {
    about: 'UTF-16BE with a BOM, labelled utf-16',
    bytes: bytes([0xfe, 0xff], [...utf16be(`<a>${FINDING}</a>`)]),
    options: typed('utf-16'),
    charset: 'utf-16be',
  },
  { about: 'UTF-16LE without a BOM', bytes: utf16le(`<a>${FINDING}</a>`), charset: 'utf-16le' },
  { about: 'UTF-16BE without a BOM', bytes: utf16be(`<a>${FINDING}</a>`), charset: 'utf-16be' },
  {
    about: 'UTF-16LE with a BOM under UTF-8',
    bytes: bytes([0xff, 0xfe], [...utf16le(`<a>${FINDING}</a>`)]),
    options: typed('utf-8'),
    charset: 'utf-16le',
    flags: ['charsetMislabelled'],
  },
]

const UNREADABLE: readonly (readonly [string, Uint8Array, DecodeOptions?])[] = [
  ['GBK without a label', bytes('<a>', GBK, '</a>')],
  ['GBK labelled UTF-8', bytes(declared('UTF-8'), '<a>', GBK, '</a>'), typed('utf-8')],
  ['GBK under an unknown label', bytes('<a>', GBK, '</a>'), typed('x-vendor')],
  ['GBK under the default of a Java server', bytes('<a>', GBK, '</a>'), typed('iso-8859-1')],
  ['cut in a character', bytes('<a>', [0xe8, 0x83])],
  ['an overlong form', bytes([0xc0, 0xbc])],
  ['a surrogate in UTF-8', bytes([0xed, 0xa1, 0x82])],
  ['above U+10FFFF', bytes([0xf4, 0x90, 0x80, 0x80])],
  ['UTF-8 with a BOM and GBK behind it', bytes([0xef, 0xbb, 0xbf], GBK), { allowGbk: true }],
  ['neither UTF-8 nor GB18030', bytes('<a>', [0xff], '</a>'), { allowGbk: true }],
  ['GBK cut in a character', bytes('<a>', GBK.slice(0, 3)), typed('gbk')],
  ['half a unit of UTF-16', bytes([0xff, 0xfe, 0x3c])],
  ['a lone surrogate in UTF-16', bytes([0xff, 0xfe, 0x42, 0xd8])],
]

describe('bytes to text', () => {
  for (const { about, bytes: input, options, charset, text, flags } of READ) {
    it(`reads ${about}`, () => {
      const decoded = decodeBytes(input, options)
      assert.deepEqual([decoded.charset, decoded.flags], [charset, flags ?? []])
      if (text === undefined) assert.equal(readXml(decoded.text.trim()).text, FINDING)
      else assert.equal(decoded.text, text)
    })
  }

  for (const [about, input, options] of UNREADABLE) {
    it(`refuses ${about}`, () => {
      assert.equal(refused(() => decodeBytes(input, options), 'CHARSET_UNREADABLE').answer, '400')
    })
  }

  it('refuses what the sender has lost already', () => {
    refused(() => decodeBytes(bytes('<a>胎\ufffd</a>')), 'CHARSET_REPLACEMENT')
    refused(() => decodeBytes(utf16le('<a>\ufffd</a>')), 'CHARSET_REPLACEMENT')
  })

  it('reads a part of a larger buffer and nothing around it', () => {
    const whole = bytes(declared('GBK'), '<a>x</a>', declared('UTF-8'), `<a>${FINDING}</a>`)
    const part = whole.subarray(bytes(declared('GBK'), '<a>x</a>').length)
    assert.deepEqual(decodeBytes(part), {
      text: `${declared('UTF-8')}<a>${FINDING}</a>`,
      charset: 'utf-8',
      from: 'declaration',
      flags: [],
    })
  })

  it('reads the next message rightly after one that it refused', () => {
    const good = bytes(`<a>${FINDING}</a>`)
    for (let end = 1; end < good.length; end++) {
      // Cut anywhere, in the middle of a character as well.
      try {
        decodeBytes(good.subarray(0, end))
      } catch {
        // Its own tests say what is refused.
      }
      assert.equal(decodeBytes(good).text, `<a>${FINDING}</a>`)
    }
  })

  it('says what told the encoding', () => {
    const text = `<a>${FINDING}</a>`
    const cases: readonly (readonly [string, Uint8Array, DecodeOptions?])[] = [
      ['mark', bytes([0xef, 0xbb, 0xbf], text), typed('utf-8')],
      ['contentType', bytes(declared('utf-8'), text), typed('utf-8')],
      ['contentType', bytes(declared('utf-8'), '<a>', GBK, '</a>'), typed('gbk')],
      ['declaration', bytes(declared('gbk'), '<a>', GBK, '</a>'), typed('x-vendor')],
      ['declaration', bytes(declared('gbk'), '<a>', GBK, '</a>'), typed('utf-8')],
      ['default', bytes(text), {}],
      ['bytes', utf16le(text), {}],
      ['bytes', bytes(text), typed('gbk')],
      ['bytes', bytes('<a>', GBK, '</a>'), { allowGbk: true }],
    ]
    assert.deepEqual(
      cases.map(([, input, options]) => decodeBytes(input, options).from),
      cases.map(([from]) => from),
    )
  })
})
