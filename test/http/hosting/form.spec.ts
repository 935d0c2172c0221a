import assert from 'node:assert/strict'
import { formOf } from '../../../src/http/hosting/form.js'
import { readCall, SOAP_NAMESPACES } from '../../../src/soap/index.js'

const TEXT = { charset: 'utf-8', from: 'default', flags: [] } as const
const call = readCall(
  `<s:Envelope xmlns:s="${SOAP_NAMESPACES['1.1']}"><s:Body><SynCrisisInfo/></s:Body></s:Envelope>`,
)

describe('the toolkit of a caller', () => {
  it('is told rightly however many there are', () => {
    const toolkitOf = (userAgent: string | undefined): string =>
      formOf(call, TEXT, { contentType: 'text/xml', contentEncoding: undefined, userAgent }).toolkit
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 250; n++) assert.equal(toolkitOf(`Tool/${n}`), `Tool ${n}`)
      assert.equal(toolkitOf('Apache CXF 3.5.0'), 'Apache CXF 3.5.0')
      assert.equal(toolkitOf(undefined), '')
    }
  })
})
