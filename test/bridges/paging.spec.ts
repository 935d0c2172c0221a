import assert from 'node:assert/strict'
import {
  pagingBody,
  pagingText,
  type PagingChannel,
  type PagingOptions,
} from '../../src/bridges/index.js'
import { codeIs, sampleCrisis } from './sample.js'

const options = (changed: Partial<PagingOptions> = {}): PagingOptions => ({
  crisis: sampleCrisis(),
  id: '9f8e7d6c5b4a1b2c',
  language: 'zh-CN',
  ...changed,
})

describe('paging text', () => {
  it('says in Chinese which alert, how grave, and what to do', () => {
    assert.deepEqual(pagingText(options({ minutes: 10, hospital: '示例医院' })), {
      payload: '【示例医院】危急值 #4A1B2C（1级），请于10分钟内登录系统处理。',
      topic: '危急值 #4A1B2C',
      title: '危急值 #4A1B2C',
      message: '【示例医院】危急值 #4A1B2C（1级），请于10分钟内登录系统处理。',
      priority: 2,
    })
  })

  it('says it in English', () => {
    assert.deepEqual(
      pagingText(options({ language: 'en-US', minutes: 10, hospital: 'Sample Hospital' })),
      {
        payload:
          '[Sample Hospital] Critical value #4A1B2C (level 1): log in and act within 10 minutes.',
        topic: 'Critical value #4A1B2C',
        title: 'Critical value #4A1B2C',
        message:
          '[Sample Hospital] Critical value #4A1B2C (level 1): log in and act within 10 minutes.',
        priority: 2,
      },
    )
    assert.match(
      pagingText(options({ language: 'en-US', minutes: 1.9 })).message,
      /within 1 minute\.$/,
    )
  })

  it('asks to act at once when no time is left or known', () => {
    for (const minutes of [undefined, 0, -3, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.equal(
        pagingText(options({ minutes })).message,
        '危急值 #4A1B2C（1级），请立即登录系统处理。',
      )
    }
    assert.equal(
      pagingText(options({ language: 'en-US' })).message,
      'Critical value #4A1B2C (level 1): log in and act at once.',
    )
  })

  it('says what it is about, and asks nobody to act on a value that is void', () => {
    for (const [situation, zh, en] of [
      [
        'corrected',
        '危急值更正 #4A1B2C（1级），内容已更正，请立即登录系统按更正后的内容处理。',
        'Critical value corrected #4A1B2C (level 1): its content was corrected; log in and act on it at once.',
      ],
      [
        'wrongPatient',
        '危急值：病人可能有误 #4A1B2C（1级），同一检查的病人号前后不一，请立即登录系统核实病人后再处理。',
        'Critical value, possibly the wrong patient #4A1B2C (level 1): the exam was sent for two patients; log in at once and check which is right before acting.',
      ],
      [
        'cancelled',
        '危急值作废 #4A1B2C（1级），该危急值已作废，请勿据此处理，详情见系统。',
        'Critical value cancelled #4A1B2C (level 1): it is void; do not act on it. Log in for details.',
      ],
    ] as const) {
      assert.equal(pagingText(options({ situation })).message, zh)
      assert.equal(pagingText(options({ situation, language: 'en-US' })).message, en)
      assert.ok(zh.startsWith(pagingText(options({ situation })).title))
    }
    assert.equal(pagingText(options({ repeated: true })).title, '重复通知：危急值 #4A1B2C')
    assert.equal(
      pagingText(options({ repeated: true, language: 'en-US' })).title,
      'Repeated: Critical value #4A1B2C',
    )
  })

  it('takes an unknown level for no lower one and does not page a finding written as a level', () => {
    for (const CrisisCode of [undefined, '', '\u3000', '胎盘早剥', 'IIIIIII', '1\r\n2']) {
      const { CrisisCode: _known, ...rest } = sampleCrisis()
      const crisis = CrisisCode === undefined ? rest : { ...rest, CrisisCode }
      const paged = pagingText(options({ crisis }))
      assert.equal(paged.message, '危急值 #4A1B2C（级别见系统），请立即登录系统处理。')
      assert.equal(paged.priority, 2)
    }
  })

  it('names neither patient nor finding nor doctor nor number, in any language', () => {
    for (const language of ['zh-CN', 'en-US'] as const) {
      const crisis = {
        ExamNo: 'EXAM9',
        ApplyNo: 'APPLY9',
        SickNo: 'SICK9',
        OrderNo: 'ORDER9',
        CrisisType: 'TYPE9',
        CrisisCode: '1',
        CrisisName: 'NAME9',
        CrisisMemo: 'MEMO9',
        CrisisSettor: { code: 'STAFF9', name: 'DOCTOR9' },
        CrisisSetDate: '2014-06-16',
        CrisisSetTime: '16:33:27',
      }
      const written = JSON.stringify(pagingText(options({ crisis, language, minutes: 10 })))
      assert.doesNotMatch(written, /[A-Z]9|2014|16:33/)
    }
  })

  it('does without an id that has no letters or digits', () => {
    assert.equal(pagingText(options({ id: '--' })).title, '危急值')
    assert.equal(pagingText(options({ id: 'a-1' })).title, '危急值 #A1')
  })
})

describe('paging body', () => {
  const text = pagingText(options())
  const { message, title } = text

  it('is what each channel takes', () => {
    const bodies: Readonly<Record<PagingChannel, object>> = {
      wecom: { msgtype: 'text', text: { content: message } },
      dingtalk: { msgtype: 'text', text: { content: message } },
      feishu: { msg_type: 'text', content: { text: message } },
      ntfy: { topic: 'ward-7', title, message, priority: 5 },
      telegram: { chat_id: 'ward-7', text: message },
      sms: { to: 'ward-7', text: message },
    }
    for (const [channel, body] of Object.entries(bodies)) {
      assert.deepEqual(
        pagingBody(channel as PagingChannel, text, { to: ' ward-7 ' }),
        body,
        channel,
      )
    }
  })

  it('mentions people as each channel does, and opens the link of a notice', () => {
    const mention = ['13800000000', 'zhangsan', 'all']
    const link = 'https://board.example/1'
    const bodyOf = (channel: PagingChannel): unknown =>
      pagingBody(channel, text, { to: 'ward-7', mention, link })
    assert.deepEqual(bodyOf('wecom'), {
      msgtype: 'text',
      text: {
        content: message,
        mentioned_list: ['zhangsan', '@all'],
        mentioned_mobile_list: ['13800000000'],
      },
    })
    assert.deepEqual(bodyOf('dingtalk'), {
      msgtype: 'text',
      text: { content: `${message} @13800000000 @zhangsan` },
      at: { atMobiles: ['13800000000'], atUserIds: ['zhangsan'], isAtAll: true },
    })
    assert.match(
      JSON.stringify(pagingBody('feishu', text, { mention: ['ou_1"', '所有人'] })),
      /<at user_id=\\"ou_1\\"><\/at> <at user_id=\\"all\\"><\/at>"/,
    )
    assert.deepEqual(bodyOf('ntfy'), { topic: 'ward-7', title, message, priority: 5, click: link })
    assert.deepEqual(bodyOf('telegram'), { chat_id: 'ward-7', text: `${message} @zhangsan` })
    assert.deepEqual(bodyOf('sms'), { to: 'ward-7', text: message })
  })

  it('pages nobody without an address where one is needed', () => {
    for (const channel of ['ntfy', 'telegram', 'sms'] as const) {
      for (const to of [undefined, '', '\u3000']) {
        assert.throws(() => pagingBody(channel, text, { to }), codeIs('PAGING_ADDRESS_MISSING'))
      }
    }
    for (const channel of ['wecom', 'dingtalk', 'feishu'] as const) {
      assert.ok(pagingBody(channel, text))
    }
  })

  it('refuses a channel it does not know', () => {
    assert.throws(
      () => pagingBody('fax' as PagingChannel, text, { to: '1' }),
      codeIs('PAGING_CHANNEL_UNKNOWN'),
    )
  })
})
