import assert from 'node:assert/strict'
import type { Face, FlowMessage } from '../../nodes/face/index.js'
import { FlowChannel, isAnswer } from '../../nodes/page/flow-channel.js'
import { going, page } from '../delivery/channels/http-rig.js'

describe('the channel that is this flow', () => {
  const sent: FlowMessage[] = []
  const face = {
    id: 'page',
    send: ([, , msg]: readonly FlowMessage[]) => sent.push(msg!),
  } as unknown as Face
  const make = (answerMs = 5_000) => {
    sent.length = 0
    return new FlowChannel(face, 'own', answerMs)
  }
  /** The verdict on a page about which the flow says so. */
  const said = async (more: FlowMessage, failed?: boolean | string) => {
    const channel = make()
    const result = channel.send(page(), going())
    const { crisis, ...msg } = sent[0]!
    const paged = { ...crisis!.paged!, ...(failed !== undefined && { failed }) }
    assert.equal(channel.take({ ...msg, ...more, crisis: { paged } }), true)
    const { class: kind, reason } = await result
    return `${kind}: ${reason.en}`
  }

  for (const [what, more, failed, right] of [
    ['is back', {}, undefined, 'accepted: The flow has sent it'],
    ['is back whatever it holds', { payload: 0 }, false, 'accepted: The flow has sent it'],
    [
      'comes from a Catch node',
      { error: new Error('no credit') },
      undefined,
      'refused: The flow has not sent it: no credit',
    ],
    ['says that it failed', {}, true, 'refused: The flow has not sent it'],
    ['says why it failed', {}, 'no signal', 'refused: The flow has not sent it: no signal'],
  ] as const) {
    it(`believes a message that ${what}`, async () => assert.equal(await said(more, failed), right))
  }

  it('knows not what became of a page that the flow says nothing of, and hears nothing late', async () => {
    const channel = make(10)
    const result = await channel.send(page(), going())
    assert.deepEqual([result.class, result.code], ['unknown', 'PAGE_FLOW_SILENT'])
    assert.equal(channel.take(sent[0]!), false)
    assert.equal(isAnswer(face, sent[0]!), true)
  })

  it('takes no answer to a page of another node', () => {
    const paged = { token: 'other/1', channel: 'own' }
    assert.equal(isAnswer(face, { crisis: { paged } }), false)
    assert.equal(isAnswer(face, { crisis: { paged: 'page/1' } as never }), false)
    assert.equal(make().take({ crisis: { paged } }), false)
  })

  it('ends when it is broken off', async () => {
    const abort = new AbortController()
    const result = make().send(page(), abort.signal)
    abort.abort()
    assert.equal((await result).class, 'unknown')
  })
})
