import assert from 'node:assert/strict'
import { classifyReply } from '../../src/messages/index.js'
import { meaningsOf, ROWS } from '../../src/messages/reply-words.js'

describe('the words of answers', () => {
  for (const [index, { means, pattern, examples }] of ROWS.entries()) {
    it(`row ${index + 1} means ${means}`, () => {
      assert.ok(examples.length > 1)
      for (const example of examples) {
        pattern.lastIndex = 0
        assert.ok(pattern.test(example), example)
        const found = meaningsOf(example)
        if (means !== 'nothing') assert.ok(found.has(means), example)
        else
          for (const other of ['failure', 'refusesUs', 'unchecked'] as const)
            assert.ok(!found.has(other), example)
      }
    })
  }

  it('say nothing where they are not there', () => {
    for (const text of ['', '收到', '00000001', '2026-11-30 09:05:00', '右肺气胸']) {
      assert.deepEqual([...meaningsOf(text)], [], text)
    }
  })

  /** Of a result, a report or a person, and not of us. */
  const REFUSALS: readonly string[] = [
    '检验结果未验证',
    '检验结果未认证',
    '检验结果还没有验证',
    '检验结果暂未验证，请稍后',
    '该标本（20261130001）的检验结果尚未验证',
    '检验结果状态：未验证',
    '检查结果未经医生验证',
    '结果未通过验证',
    '检验结果验证失败',
    '检验结果未授权发布',
    '报告未审核',
    '报告未认证',
    '报告未验证',
    '检查报告尚未审核',
    '检验报告单没有认证',
    '报告未CA认证',
    '报告验证失败',
    '报告认证未通过',
    '报告无法验证',
    '未验证的检验结果，不予接收',
    '不能接收未审核的检查报告',
    '未认证报告',
    '标本未验证',
    '医嘱未审核',
    '处方未授权',
    '药物未授权',
    '手术未授权',
    '医生未授权该手术',
    '患者身份未验证',
    '病人身份信息未认证',
    '患者身份验证失败',
    '患者未实名认证',
    '身份证号未认证',
    '手机号未验证',
    '医保卡未认证',
    '数据未验证',
    '数据未通过验证',
    '报文未校验',
    'laboratory result is not validated',
    'Unauthorised report',
  ]
  /** Of us, whatever else they name. */
  const UNAUTHORIZED: readonly string[] = [
    '身份验证失败',
    '身份未验证',
    '身份未认证',
    '未验证',
    '未认证',
    '未授权',
    '未授权上传检验结果',
    '用户未认证',
    '接口未授权',
    '报告接口未授权',
    '检验结果上传接口未授权',
    '报告系统用户未认证',
    '检查结果查询权限未授权',
    '检验数据调用方未认证',
    '数据未授权',
    '病人信息未提供验证码',
    '报告未提供身份验证码',
    '上传报告前未进行身份认证',
    '未认证的报告用户',
    '检验结果未验证，接口未授权',
    '验证码错误',
    '授权码无效',
    'License未授权，报告未审核',
    'unauthorized',
  ]
  const answer = (code: string, desc: string) =>
    classifyReply(`<response><code>${code}</code><desc>${desc}</desc></response>`).class

  for (const desc of REFUSALS) {
    it(`refuse the document and not us: ${desc}`, () => {
      assert.equal(answer('1', desc), 'rejected')
      assert.equal(answer('0', desc), 'ambiguous')
    })
  }

  for (const desc of UNAUTHORIZED) {
    it(`refuse us: ${desc}`, () => {
      assert.equal(answer('1', desc), 'unauthorized')
      assert.equal(answer('0', desc), 'ambiguous')
    })
  }

  it('leave a success one that says so, although the result or the report is still to be checked', () => {
    for (const desc of ['接收成功，报告未审核', '成功，检验结果未验证', '已接收，结果待审核']) {
      assert.equal(answer('0', desc), 'delivered', desc)
    }
  })
})
