import assert from 'node:assert/strict'
import { OUT_DEFAULTS, PEER_DEFAULTS, settingsOf, variableIn } from '../../nodes/settings/index.js'

describe('a variable that is not set', () => {
  const isNamed = (thrown: unknown): boolean => {
    const { code, reason } = thrown as { code: string; reason: { zh: string; en: string } }
    return code === 'SETTING_MISSING' && [reason.zh, reason.en].every((text) => /PACS_X/.test(text))
  }

  it('is named where it stands for a setting, in either way of writing it', () => {
    for (const written of ['${PACS_X}', '$(PACS_X)', ' ${PACS_X} ']) {
      assert.throws(() => settingsOf({ address: written }, PEER_DEFAULTS), isNamed, written)
    }
  })

  it('is named where it stands in a row', () => {
    const replyTable = [{ code: '1', words: '${PACS_X}', action: 'hold' }]
    assert.throws(() => settingsOf({ replyTable }, PEER_DEFAULTS), isNamed)
    const fields = [{ name: 'ExamNo', type: 'str', value: '$(PACS_X)' }]
    assert.throws(() => settingsOf({ fields }, OUT_DEFAULTS), isNamed)
  })

  it('is no part of a longer text, which Node-RED leaves alone as well', () => {
    for (const text of ['http://${PACS_X}/a', '${}', '$()', '${A}${B}', '$sum(x)', 'x']) {
      assert.equal(variableIn(text), undefined, text)
    }
    const address = 'http://${PACS_X}/a'
    assert.equal(settingsOf({ address }, PEER_DEFAULTS).address, address)
  })
})
