import assert from 'node:assert/strict'
import { outcomeOfError, outcomeOfReply, type OutcomeClass } from '../../src/delivery/index.js'
import { HttpError, type HttpErrorCode } from '../../src/http/index.js'
import { MessageError } from '../../src/messages/index.js'
import { RemoteError, SoapError, type RemoteErrorCode } from '../../src/soap/index.js'

const reason = { zh: '原因', en: 'reason' }

describe('the outcome of an error', () => {
  const transport: [HttpErrorCode, OutcomeClass][] = [
    ['PEER_UNREACHABLE', 'unreachable'],
    ['PEER_CONNECT_TIMEOUT', 'unreachable'],
    ['PEER_DEADLINE', 'unreachable'],
    ['PEER_BUSY', 'unreachable'],
    ['PEER_CLOSED', 'unreachable'],
    ['PEER_STALE', 'unreachable'],
    ['PEER_NOT_HTTP', 'unreachable'],
    ['PEER_ENCODING', 'unreachable'],
    ['PEER_TOO_BIG', 'unreachable'],
    ['PEER_REDIRECT', 'unreachable'],
    ['ABORTED', 'unreachable'],
    ['POSTER_CLOSED', 'unreachable'],
    ['PEER_TLS', 'unauthorized'],
    ['PEER_ADDRESS', 'ambiguous'],
  ]
  for (const [code, expected] of transport) {
    it(`${code} is ${expected}`, () => {
      assert.deepEqual(outcomeOfError(new HttpError(code, reason)), {
        class: expected,
        code,
        reason,
      })
    })
  }

  const wrapping: [RemoteErrorCode, number | undefined, OutcomeClass][] = [
    ['SOAP_FAULT', 500, 'unreachable'],
    ['REPLY_EMPTY', 200, 'unreachable'],
    ['REPLY_NOT_SOAP', 200, 'unreachable'],
    ['REPLY_UNREADABLE', 200, 'unreachable'],
    ['HTTP_STATUS', 404, 'unreachable'],
    ['HTTP_STATUS', 500, 'unreachable'],
    ['HTTP_STATUS', 401, 'unauthorized'],
    ['HTTP_STATUS', 403, 'unauthorized'],
    ['WSDL_UNREADABLE', undefined, 'unreachable'],
    ['WSDL_NO_OPERATION', undefined, 'ambiguous'],
    ['REQUEST_EMPTY', undefined, 'ambiguous'],
  ]
  for (const [code, status, expected] of wrapping) {
    it(`${code} ${status ?? ''} is ${expected}`, () => {
      const error = new RemoteError(code, reason, status === undefined ? {} : { status })
      assert.deepEqual(outcomeOfError(error), { class: expected, code, reason })
    })
  }

  it('hands on what a Fault said', () => {
    const fault = { code: 's:Server', text: '出错' }
    const outcome = outcomeOfError(new RemoteError('SOAP_FAULT', reason, { fault }))
    assert.deepEqual(outcome.reply, { code: 's:Server', desc: '出错' })
  })

  it('a document that cannot be sent needs a person', () => {
    for (const code of ['DOCUMENT_EMPTY', 'VALUE_CHARACTER'] as const) {
      assert.equal(outcomeOfError(new MessageError(code, reason)).class, 'ambiguous')
    }
  })

  it('anything else leaves it unknown, and is never a success', () => {
    assert.equal(outcomeOfError(new SoapError('ENVELOPE_VERSION', reason)).class, 'unreachable')
    for (const thrown of [new TypeError('secret'), 'text', undefined, null, {}]) {
      const outcome = outcomeOfError(thrown)
      assert.equal(outcome.class, 'unreachable')
      assert.equal(outcome.code, 'UNEXPECTED')
      assert.doesNotMatch(JSON.stringify(outcome), /secret/)
    }
  })
})

describe('the outcome of a reply', () => {
  const xml = (code: string, desc: string) =>
    `<response><code>${code}</code><desc>${desc}</desc></response>`
  const replies: [string, OutcomeClass, string][] = [
    [xml('0', '成功'), 'delivered', 'DELIVERED'],
    [xml('0', '失败'), 'ambiguous', 'REPLY_CONTRADICTION'],
    [xml('1', '成功'), 'ambiguous', 'REPLY_CONTRADICTION'],
    [xml('00', '成功'), 'ambiguous', 'REPLY_CODE'],
    [xml('99', '没有此检查'), 'rejected', 'REPLY_REJECTED'],
    [xml('401', '身份验证码错误'), 'unauthorized', 'REPLY_UNAUTHORIZED'],
    ['{"code":"0","desc":"成功"}', 'ambiguous', 'REPLY_JSON'],
    ['true', 'ambiguous', 'REPLY_UNREADABLE'],
    ['<html/>', 'ambiguous', 'REPLY_UNREADABLE'],
    ['', 'unreachable', 'REPLY_EMPTY'],
  ]
  for (const [text, expected, code] of replies) {
    it(`${text || 'nothing'} is ${expected}`, () => {
      const outcome = outcomeOfReply(text)
      assert.equal(outcome.class, expected)
      assert.equal(outcome.code, code)
    })
  }

  it('keeps the words of an answer that is not understood, cut', () => {
    assert.deepEqual(outcomeOfReply(' <Result>1</Result>').reply, {
      code: '',
      desc: '<Result>1</Result>',
    })
    assert.equal(outcomeOfReply('字'.repeat(5000)).reply?.desc.length, 1000)
  })

  it("keeps the peer's own answer, and follows its rules for JSON", () => {
    assert.deepEqual(outcomeOfReply(xml('99', '没有')).reply, { code: '99', desc: '没有' })
    const rules = { jsonSuccessCodes: ['1'] }
    assert.equal(outcomeOfReply('{"code":"1","desc":"成功"}', rules).class, 'delivered')
  })
})
