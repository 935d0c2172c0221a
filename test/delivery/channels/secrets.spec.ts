import assert from 'node:assert/strict'
import { Secrets, secretsOfAddress } from '../../../src/delivery/channels/secrets.js'

describe('the secrets of a channel', () => {
  const secret = 'S3cret/key+with=all&"signs"'
  const secrets = new Secrets([secret, undefined, '', ' ', 'ab'])
  const forms = [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('/', '\\/'),
  ]

  for (const form of forms.slice(0, 2).concat(forms.slice(3))) {
    it(`are masked where they stand as ${form}`, () => {
      for (const text of [form, `x${form}x`, `?key=${form}&b=1`, `${form}${form}`]) {
        assert.ok(!secrets.text(text).includes(form), text)
        assert.ok(!secrets.bytes(Buffer.from(text)).toString().includes(form), text)
      }
    })
  }

  it('are masked in the bytes of other encodings', () => {
    const bytes = Buffer.from(`key ${secret} end`, 'utf16le')
    assert.ok(!secrets.bytes(bytes).toString('utf16le').includes('S3cret'))
  })

  it('are masked as words of their own when they are short', () => {
    assert.equal(secrets.text('grab ab abc'), 'grab ●●●● abc')
  })

  it('are masked before an answer is cut', () => {
    for (let length = 16_360; length < 16_400; length++) {
      const kept = secrets.bytes(Buffer.from('x'.repeat(length) + secret)).toString()
      assert.ok(kept.length <= 16_384)
      assert.ok(!kept.includes('S3c'), `${length}`)
    }
    assert.ok(!secrets.words(`${'x'.repeat(190)} ${secret}`).includes('S3c'))
  })

  it('leave all else as it is', () => {
    const bytes = Buffer.from([0, 1, 0xff, 0x80, 0x41])
    assert.deepEqual(secrets.bytes(bytes), bytes)
    assert.equal(secrets.text('S3cret'), 'S3cret')
  })

  it('are found in the address of a robot', () => {
    const cases: [string, string[]][] = [
      ['https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k1', ['k1']],
      ['https://oapi.dingtalk.com/robot/send?access_token=t1&x=2', ['t1', '2']],
      ['https://open.feishu.cn/open-apis/bot/v2/hook/0123-4567-89ab', ['0123-4567-89ab']],
      ['https://user:p%40ss@proxy/send?key=k', ['k', 'user', 'p@ss']],
      ['no address', ['no address']],
    ]
    for (const [address, expected] of cases) assert.deepEqual(secretsOfAddress(address), expected)
  })

  it('are quoted on one line, and briefly', () => {
    assert.equal(secrets.words(' two\r\n\u0000lines\u2028of  words '), 'two lines of words')
    assert.equal(Array.from(secrets.words('危'.repeat(500))).length, 200)
  })
})
