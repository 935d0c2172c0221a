import assert from 'node:assert/strict'
import {
  healthOf,
  judge,
  outcomeOfError,
  outcomeOfReply,
  PolicyError,
  replyTable,
  retryDelayMs,
  type Judgement,
  type Outcome,
} from '../../src/delivery/index.js'
import { HttpError } from '../../src/http/index.js'
import { MessageError } from '../../src/messages/index.js'
import { RemoteError } from '../../src/soap/index.js'

const reason = { zh: '原因', en: 'reason' }
const reply = (code: string, desc: string) =>
  outcomeOfReply(`<response><code>${code}</code><desc>${desc}</desc></response>`)
const transport = (code: ConstructorParameters<typeof HttpError>[0]) =>
  outcomeOfError(new HttpError(code, reason))
const remote = (code: ConstructorParameters<typeof RemoteError>[0], status?: number) =>
  outcomeOfError(new RemoteError(code, reason, status === undefined ? {} : { status }))

describe('the policy', () => {
  const defaults: [string, Outcome, Judgement['action'], ReturnType<typeof healthOf>][] = [
    ['0 is done', reply('0', '成功'), 'done', 'good'],
    ['a refusal is dead', reply('99', '没有此检查'), 'dead', 'good'],
    ['503 of our own package is sent again', reply('503', '尚未就绪'), 'retry', 'bad'],
    ['500 of our own package is sent again', reply('500', '未能保存'), 'retry', 'bad'],
    ['0500 is another code', reply('0500', '未能保存'), 'dead', 'good'],
    ['a contradiction is sent again', reply('0', '失败'), 'retry', 'good'],
    ['a refused licence is sent again', reply('401', '身份验证码错误'), 'retry', 'bad'],
    ['a late peer gets the same again', transport('PEER_DEADLINE'), 'retry', 'bad'],
    ['a dead peer too', transport('PEER_UNREACHABLE'), 'retry', 'bad'],
    ['a broken connection too', transport('PEER_CLOSED'), 'retry', 'bad'],
    ['a connection that had gone stale says nothing', transport('PEER_STALE'), 'retry', undefined],
    ['nor does one that did not become free', transport('PEER_BUSY'), 'retry', undefined],
    ['a Fault too', remote('SOAP_FAULT', 500), 'retry', 'bad'],
    ['a damaged answer too', remote('REPLY_UNREADABLE', 200), 'retry', 'bad'],
    ['an unexpected error too', outcomeOfError(new TypeError('x')), 'retry', 'bad'],
    ['401 is sent again', remote('HTTP_STATUS', 401), 'retry', 'bad'],
    ['a certificate is sent again', transport('PEER_TLS'), 'retry', 'bad'],
    ['an empty request is held', remote('REQUEST_EMPTY'), 'held', undefined],
    ['a missing operation is held', remote('WSDL_NO_OPERATION'), 'held', undefined],
    ['a wrong address is held', transport('PEER_ADDRESS'), 'held', undefined],
  ]
  for (const [title, outcome, action, health] of defaults) {
    it(title, () => {
      const judgement = judge(outcome, 0)
      assert.deepEqual(judgement, { outcome, action })
      assert.equal(healthOf(judgement), health)
    })
  }

  it('sends again soon when a connection failed, but ever less so', () => {
    const after = (code: 'PEER_STALE' | 'PEER_BUSY' | 'PEER_CLOSED', attempts: number) =>
      retryDelayMs(transport(code), attempts, () => 0)
    assert.deepEqual(
      [1, 2, 5].map((attempts) => after('PEER_STALE', attempts)),
      [50, 100, 800],
    )
    assert.equal(after('PEER_BUSY', 1), 50)
    assert.equal(after('PEER_STALE', 1_000), 150_000)
    assert.equal(after('PEER_CLOSED', 1), 2_000)
  })

  it('holds a document that cannot be sent, at once', () => {
    for (const code of ['DOCUMENT_EMPTY', 'VALUE_CHARACTER', 'XML_NOT_WELL_FORMED'] as const) {
      assert.equal(judge(outcomeOfError(new MessageError(code, reason)), 0).action, 'held')
    }
  })

  it('sends again a few times after answers that cannot be classed', () => {
    const contradiction = reply('0', '失败')
    const actions = [0, 1, 2, 3, 4].map((before) => judge(contradiction, before).action)
    assert.deepEqual(actions, ['retry', 'retry', 'retry', 'held', 'held'])
    assert.equal(judge(contradiction, 0, { ambiguousRetries: 0 }).action, 'held')
  })

  describe('by the table of reply codes', () => {
    const replies = replyTable([
      { code: '99', action: 'retry' },
      { code: '409', action: 'deliver' },
      { code: '1', action: 'deliver' },
      { code: '503', action: 'hold' },
      { code: '401', action: 'retry' },
      { code: 's:Server', action: 'deliver' },
    ])
    const by = (outcome: Outcome) => judge(outcome, 0, { replies })

    it('does what the site set', () => {
      assert.equal(by(reply('99', '没有此检查')).action, 'retry')
      assert.equal(by(reply('503', '尚未就绪')).action, 'held')
      assert.equal(by(reply('401', '身份验证码错误')).action, 'retry')
    })

    it('takes a code for delivered, and says by what', () => {
      const { outcome, action } = by(reply('409', '重复'))
      assert.equal(action, 'done')
      assert.deepEqual([outcome.class, outcome.code], ['delivered', 'DELIVERED_BY_TABLE'])
      assert.deepEqual(outcome.reply, { code: '409', desc: '重复' })
      assert.equal(by(reply('1', '成功')).action, 'done')
      assert.equal(by(outcomeOfReply('{"code":"1","desc":"成功"}')).action, 'done')
    })

    it('takes codes exactly as they are', () => {
      for (const code of ['0409', '409.0', '99 9', '+99', '４０９']) {
        assert.equal(by(reply(code, '没有')).action, 'dead', code)
      }
    })

    it('is for replies of the peer, not for Faults', () => {
      const fault = { code: 's:Server', text: 'x' }
      const outcome = outcomeOfError(new RemoteError('SOAP_FAULT', reason, { fault }))
      assert.equal(by(outcome).action, 'retry')
    })

    it('overrules 0 as well, whose success is then none', () => {
      const held = judge(reply('0', '成功'), 0, {
        replies: replyTable([{ code: ' 0 ', action: 'hold' }]),
      })
      assert.deepEqual([held.action, held.outcome.class], ['held', 'ambiguous'])
      assert.equal(held.outcome.code, 'REPLY_BY_TABLE')
      const again = judge(reply('0', '成功'), 0, {
        replies: replyTable([{ code: '0', action: 'retry' }]),
      })
      assert.deepEqual([again.action, healthOf(again)], ['retry', 'good'])
      const delivered = judge(reply('0', '失败条数见附件'), 0, {
        replies: replyTable([{ code: '0', action: 'deliver' }]),
      })
      assert.deepEqual([delivered.action, delivered.outcome.code], ['done', 'DELIVERED_BY_TABLE'])
    })

    it('may be for answers that say something only, which goes before all of the code', () => {
      const table = replyTable([
        { code: '0', action: 'hold' },
        { code: '0', words: '错误记录见附件', action: 'deliver' },
      ])
      const actionOf = (outcome: Outcome) => judge(outcome, 0, { replies: table }).action
      assert.equal(actionOf(reply('0', '错误记录见附件')), 'done')
      assert.equal(actionOf(reply('0', '成功')), 'held')
      const inMessage = '<response><code>0</code><msg>错误记录见附件</msg></response>'
      assert.equal(actionOf(outcomeOfReply(inMessage)), 'done')
      assert.equal(outcomeOfReply(inMessage).reply?.desc, '错误记录见附件')
    })

    it('has no blank code', () => {
      for (const code of ['', '　']) {
        for (const action of ['deliver', 'retry', 'hold'] as const) {
          assert.throws(() => replyTable([{ code, action }]), PolicyError, JSON.stringify(code))
        }
      }
    })

    it('has each code once', () => {
      const rows = [
        { code: '5', action: 'retry' },
        { code: ' 5', action: 'deliver' },
      ] as const
      assert.throws(() => replyTable(rows), { code: 'POLICY_CODE' })
    })
  })
})
