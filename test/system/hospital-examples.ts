import assert from 'node:assert/strict'
import type { FlowMessage } from '../../nodes/face/message.js'
import type { Comms } from '../support/comms.js'
import type { RunningNodeRed } from '../support/node-red.js'
import { Visitor } from '../support/visitor.js'
import { inject } from './cells.js'

/** A Node-RED in which the examples 06 to 11 and 13 are deployed, as they are but for their ports. */
export interface HospitalScene {
  readonly running: RunningNodeRed
  readonly comms: Comms
}

const PATIENT = /C0001|123415|胎盘|加急|管理员|040002/

/** The tests of these examples, to be called in a suite; none of them waits for another. */
export function hospitalExamples(scene: () => HospitalScene): void {
  const press = (id: string): Promise<void> => inject(scene().running, id)
  const debug = (id: string): Promise<FlowMessage> => scene().comms.debug(id)
  const nothingAt = (...ids: readonly string[]): void => {
    for (const id of ids) assert.ok(!scene().comms.hasDebugged(id), id)
  }
  const delivered = async (id: string): Promise<void> =>
    assert.equal((await debug(id)).crisis?.outcome?.class, 'delivered')

  it('06 pages by the roster, step by step, until somebody has replied', async () => {
    const { comms } = scene()
    await comms.shows('c06watch', 'green watching')
    await press('c06send')
    for (const [role, channel] of [
      ['病区护士', '企业微信'],
      ['值班医师', '短信'],
    ] as const) {
      const { crisis } = await debug('c06d4')
      assert.deepEqual([crisis?.step?.role, crisis?.page?.channel], [role, channel])
      const shown = JSON.stringify((await debug('c06seen')).payload)
      assert.match(shown, /尾号0001/)
      assert.doesNotMatch(shown, PATIENT)
      comms.clear()
    }
    await press('c06got')
    await delivered('c06d7')
    assert.equal((await debug('c06d12')).crisis?.stage, 'received')
    const { crisis } = await debug('c06d4')
    assert.deepEqual([crisis?.step?.role, crisis?.step?.until], ['总值班', 'processed'])
    comms.clear()
    await press('c06done')
    await delivered('c06d7')
    assert.equal((await debug('c06d12')).crisis?.stage, 'processed')
    await comms.shows('c06watch', 'green watching')
    nothingAt('c06d2', 'c06d5', 'c06d8', 'c06d9', 'c06d10')
  })

  it('07 acknowledges by the link that DingTalk was sent, once', async () => {
    await press('c07send')
    await debug('c07dpaged')
    const { payload } = await debug('c07seen')
    const { text } = payload as { readonly text: { readonly content: string } }
    const [link = ''] = /http:\S+/.exec(text.content) ?? []
    const visitor = await new Visitor(link).request()
    assert.equal(visitor.status, 200)
    await visitor.submit({ step: 'who', typed: '040007' })
    await visitor.submit({ step: 'act', action: 'received', readBack: 'yes' })
    assert.equal(visitor.status, 200, visitor.html)
    assert.match(visitor.html, /李医生/)
    await delivered('c07d4')
    const { crisis } = await debug('c07d6')
    assert.equal(crisis?.stage, 'received')
    assert.equal((await visitor.request()).status, 410)
    nothingAt('c07d2', 'c07dnot', 'c07dother', 'c07d5', 'c07derr')
  })

  it('08 calls a pager that TCP nodes play', async () => {
    await press('c08send')
    assert.equal((await debug('c08seen')).payload, 'PAGE 5550107')
    assert.equal((await debug('c08dpaged')).crisis?.page?.channel, '寻呼')
    nothingAt('c08d2', 'c08dnot', 'c08derr')
  })

  it('09 answers a platform in its own shape, and hands its critical value on as JSON', async () => {
    await press('c09send')
    assert.match(
      String((await debug('c09d1')).payload),
      /HIPMessageServerResult>.*ResultCode&gt;0&lt;/,
    )
    const { payload } = await debug('c09d2')
    const { CrisisCode, CrisisSetTime } = payload as { CrisisCode: string; CrisisSetTime: string }
    assert.deepEqual([CrisisCode, CrisisSetTime], ['1', '16:33:27'])
    const json = JSON.parse(String((await debug('c09d3')).payload)) as { level: string }
    assert.equal(json.level, 'urgent')
    nothingAt('c09derr')
  })

  it('10 writes a row before it answers, and feeds back each row that was confirmed, once', async () => {
    const { comms } = scene()
    await press('c10send')
    await debug('c10drow')
    await delivered('c10d1')
    await press('c10confirm')
    await debug('c10dhis')
    await press('c10read')
    await delivered('c10d4')
    const { payload } = await debug('c10d6')
    assert.equal((payload as { readonly ProcessResult: string }).ProcessResult, '已处理')
    comms.clear()
    await press('c10read')
    nothingAt('c10d2', 'c10d4', 'c10d5', 'c10dother', 'c10dbusy', 'c10derr')
  })

  it('11 answers once the engine has acknowledged its own ORU', async () => {
    await press('c11send')
    await debug('c11dyes')
    await delivered('c11d1')
    assert.match(String((await debug('c11seen')).payload), /^\vMSH\|.*\|ORU\^R01/)
    nothingAt('c11d2', 'c11dno', 'c11dbusy', 'c11derr')
  })

  it('13 writes a letter with the figures of the month, its register attached', async () => {
    const { running } = scene()
    const response = await fetch(`${running.url}/hospital-flows-crisis/simulate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'c13sim' }),
    })
    assert.equal(response.status, 200)
    await debug('c13d2')
    await press('c13now')
    const mail = await debug('c13mail')
    assert.match(String(mail.payload), /：\d+\.\d%（\d \/ 1）/)
    const [file] = mail['attachments'] as readonly { filename: string; content: string }[]
    assert.match(file?.filename ?? '', /^危急值登记本 .*\.csv$/)
    assert.match(file?.content ?? '', /^\ufeff/)
    nothingAt('c13derr')
  })
}
