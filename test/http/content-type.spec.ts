import assert from 'node:assert/strict'
import {
  isMultipart,
  mediaTypeOf,
  parameterOf,
  soapVersionOf,
} from '../../src/http/content-type.js'

const MTOM =
  'Multipart/Related; type="application/xop+xml"; start="<root@here>"; BOUNDARY=uuid:1; start-info="application/soap+xml"'

describe('a Content-Type header', () => {
  it('has a media type in small letters, without parameters', () => {
    assert.equal(mediaTypeOf(' Text/XML ;charset=gbk'), 'text/xml')
    assert.equal(mediaTypeOf(undefined), '')
  })

  it('tells a multipart and its parameters, quoted or not', () => {
    assert.ok(isMultipart(MTOM))
    assert.ok(!isMultipart('text/xml; note="multipart/related"'))
    assert.equal(parameterOf(MTOM, 'boundary'), 'uuid:1')
    assert.equal(parameterOf(MTOM, 'start'), '<root@here>')
    assert.equal(parameterOf(MTOM, 'charset'), undefined)
  })

  it('tells the SOAP version, be it inside of a multipart', () => {
    assert.equal(soapVersionOf('application/soap+xml; charset=utf-8'), '1.2')
    assert.equal(soapVersionOf(MTOM), '1.2')
    assert.equal(soapVersionOf('text/xml'), '1.1')
    assert.equal(soapVersionOf(undefined), '1.1')
  })
})
