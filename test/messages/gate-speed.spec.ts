import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { SaxesParser } from 'saxes'
import { readXml } from '../../src/messages/index.js'

/** Whether V8 keeps an object's properties at fixed places rather than in a table. */
function hasFastProperties(value: object): boolean {
  setFlagsFromString('--allow-natives-syntax')
  try {
    const ask = runInNewContext('(value) => %HasFastProperties(value)') as (v: object) => boolean
    return ask(value)
  } finally {
    setFlagsFromString('--no-allow-natives-syntax')
  }
}

describe('the speed of the strict gate', () => {
  it('does not rest on a parser with more handlers than V8 keeps fast', () => {
    const write = mock.method(SaxesParser.prototype, 'write')
    try {
      readXml('<a b="1">c<![CDATA[d]]></a>')
    } finally {
      write.mock.restore()
    }
    const parser = write.mock.calls[0]?.this
    assert.ok(parser && hasFastProperties(parser))
  })
})
