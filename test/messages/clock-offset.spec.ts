import assert from 'node:assert/strict'
import { withClockOffset, type CrisisFeedback } from '../../src/messages/index.js'

const BOTH: CrisisFeedback = {
  ExamNo: '00000001',
  ApplyNo: '00000001',
  CrisisReceiver: { code: '040002', name: '管理员' },
  CrisisReceiveDate: '2014-06-16',
  CrisisReceiveTime: '16:43:27',
  ProcessStaff: { code: '040002', name: '管理员' },
  ProcessDate: '2014-06-16',
  ProcessTime: '23:59:30',
  ProcessResult: '已处理',
}

describe('the clock offset of a peer', () => {
  it('moves both times and nothing else, over midnight as well', () => {
    assert.deepEqual(withClockOffset(BOTH, { seconds: 90, zone: '+08:00' }), {
      ...BOTH,
      CrisisReceiveTime: '16:44:57',
      ProcessDate: '2014-06-17',
      ProcessTime: '00:01:00',
    })
  })

  it('moves them back', () => {
    const { CrisisReceiveDate, CrisisReceiveTime } = withClockOffset(BOTH, {
      seconds: -86_400,
      zone: 'Asia/Shanghai',
    })
    assert.deepEqual([CrisisReceiveDate, CrisisReceiveTime], ['2014-06-15', '16:43:27'])
  })

  it('leaves what is absent absent, and what is no time as it is', () => {
    const { ProcessDate: _date, ProcessTime: _time, ...rest } = BOTH
    const odd = { ...rest, CrisisReceiveTime: '下午' }
    assert.deepEqual(withClockOffset(odd, { seconds: 60, zone: '+08:00' }), odd)
  })
})
