import assert from 'node:assert/strict'
import { layOut } from '../../src/messages/index.js'

describe('a document laid out for a person', () => {
  it('has one line for each element, and every value as it is written', async () => {
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?><Crisis><ExamNo>0012</ExamNo><A b="1 &lt; 2">x &amp; &#32;y</A>' +
      '<P> </P><E></E><C code="040002">管理员</C><T>true</T><N><M>  a\nb </M><!-- 1 --></N></Crisis>'
    assert.equal(
      await layOut(xml),
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Crisis>',
        '  <ExamNo>0012</ExamNo>',
        '  <A b="1 &lt; 2">x &amp; &#32;y</A>',
        '  <P> </P>',
        '  <E></E>',
        '  <C code="040002">管理员</C>',
        '  <T>true</T>',
        '  <N>',
        '    <M>  a\nb </M>',
        '    <!-- 1 -->',
        '  </N>',
        '</Crisis>',
      ].join('\n'),
    )
  })

  it('is only of what the gate lets through', async () => {
    for (const xml of ['<a><b></a>', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', '', 'text']) {
      await assert.rejects(layOut(xml), { name: 'MessageError' }, xml)
    }
  })
})
