import assert from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import { joinSurrogateReferences, readCrisisDocument } from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { refused } from './support.js'

const document = (name: string): string =>
  `<XmlDocument><Crisis><ExamNo>1</ExamNo><CrisisSettor code="1">${name}</CrisisSettor></Crisis></XmlDocument>`

const settorOf = (xml: string): string | undefined =>
  readCrisisDocument(xml).crises[0]?.crisis.CrisisSettor?.name

describe('a character that Axis 1.4 wrote as two halves', () => {
  it('is put together, in hexadecimal and in decimal, and flagged', () => {
    for (const name of ['&#xD842;&#xDFB7;', '&#xd842;&#xdfb7;', '&#55362;&#57271;']) {
      assert.equal(settorOf(document(`${name}医生`)), '𠮷医生')
      assert.deepEqual(readCrisisDocument(document(name)).crises[0]?.flags.slice(0, 1), [
        'surrogateReferences',
      ])
    }
  })

  it('is left as it is in CDATA, where references are text', () => {
    const xml = '<a><![CDATA[&#xD842;&#xDFB7;]]>&#xD83D;&#xDE00;</a>'
    assert.equal(joinSurrogateReferences(xml).xml, '<a><![CDATA[&#xD842;&#xDFB7;]]>&#128512;</a>')
  })

  it('makes no name of references, which are none', () => {
    const halves = '&#xD842;&#xDFB7;'
    for (const odd of [`<${halves}/>`, `<a ${halves}="1"/>`, `<?${halves} x?>`]) {
      refused(() => readCrisisDocument(document(odd)), 'XML_NOT_WELL_FORMED', odd)
    }
  })

  it('is looked for in one pass, also where no section of CDATA has an end', () => {
    const sections = '<![CDATA['.repeat(200_000)
    const xml = `<a>&#xD83D;&#xDE00;${sections}`
    // Looked for anew in each, it takes half a minute, which only a limit from outside can end.
    const join = (): string => joinSurrogateReferences(xml).xml
    const joined: unknown = runInNewContext('join()', { join }, { timeout: 5_000 })
    assert.ok(joined === `<a>&#128512;${sections}`)
  })

  it('is refused when a half stands alone or in the wrong order', () => {
    for (const name of [
      '&#xD842;',
      '&#xDFB7;&#xD842;',
      '&#xD842;x&#xDFB7;',
      '&#56400;&#56999;',
      '&#xD842;&#xD842;',
    ]) {
      refused(() => readCrisisDocument(document(name)), 'XML_NOT_WELL_FORMED')
    }
  })

  it('is read in a call, beside an inline document at its exact place', () => {
    const call = readCall(
      '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><SynCrisisInfo><!-- &#xD83D;&#xDE00; -->' +
        `<inputString>${document('&#xD842;&#xDFB7;')}</inputString></SynCrisisInfo></e:Body></e:Envelope>`,
    )
    assert.equal(call.argument, document('&#134071;'))
    assert.ok(call.flags.includes('surrogateReferences'))
  })
})
