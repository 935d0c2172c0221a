import assert from 'node:assert/strict'
import {
  SOAP_NAMESPACES,
  SoapError,
  readCall,
  readReply,
  writeFault,
  TARGET_NAMESPACE,
  writeReply,
  type SoapErrorCode,
  type SoapVersion,
} from '../../src/soap/index.js'
import { escapeText, readXml } from '../../src/messages/index.js'

const VERSIONS: readonly SoapVersion[] = ['1.1', '1.2']
const OPERATIONS = ['SynCrisisInfo', 'SynCrisisResponseInfo']
const DOCUMENT =
  '<?xml version="1.0" encoding="UTF-8"?><XmlDocument><Crisis><ExamNo>00000001</ExamNo></Crisis></XmlDocument>'
const INNER = '<XmlDocument><Crisis><ExamNo>00000001</ExamNo></Crisis></XmlDocument>'
// Every character that some layer could spoil, written as XML content.
const AWKWARD = '< & ]]> " \' 汉字 𠮷 😀\ttab\nLF\r\nCRLF\rCR  '

const envelope = (version: SoapVersion, body: string, header = '') =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NAMESPACES[version]}">${header}<s:Body>${body}</s:Body></s:Envelope>`

const isSoapError = (code: SoapErrorCode) => (thrown: unknown) =>
  thrown instanceof SoapError && thrown.code === code

for (const version of VERSIONS) {
  for (const operation of OPERATIONS) {
    describe(`a SOAP ${version} call of ${operation}`, () => {
      const read = (inside: string, attributes = ' xmlns:q="urn:x"') =>
        readCall(envelope(version, `<q:${operation}${attributes}>${inside}</q:${operation}>`))

      it('is read in its right shape', () => {
        assert.deepEqual(read(`<inputString>${escapeText(DOCUMENT)}</inputString>`), {
          version,
          operation,
          namespace: 'urn:x',
          argumentName: 'inputString',
          argumentNamespace: '',
          argument: DOCUMENT,
          form: 'escaped',
          encoded: false,
          ambiguous: false,
          flags: [],
        })
      })

      const escaped = escapeText(DOCUMENT)
      const accepted: readonly (readonly [string, string, string, string])[] = [
        ['a qualified child', `<q:req>${escaped}</q:req>`, DOCUMENT, 'escaped'],
        ['another name', `<arg0>${escaped}</arg0>`, DOCUMENT, 'escaped'],
        ['a name nobody knows', `<等>${escaped}</等>`, DOCUMENT, 'escaped'],
        ['a comment before the argument', `<!-- c --><in0>${escaped}</in0>`, DOCUMENT, 'escaped'],
        ['a comment in the text', `<in0>${escaped}<!-- c --></in0>`, DOCUMENT, 'escaped'],
        ['an attribute', `<in0 xsi:type="xsd:string">${escaped}</in0>`, DOCUMENT, 'escaped'],
        ['exact white space', `<in0> \n${escaped}\t </in0>`, ` \n${DOCUMENT}\t `, 'escaped'],
        ['awkward text', `<in0>${escapeText(AWKWARD)}</in0>`, AWKWARD, 'escaped'],
        ['character references', '<in0>&#20013;&#x6587;</in0>', '中文', 'escaped'],
        ['nothing', '<in0/>', '', 'escaped'],
        ['CDATA', `<in0><![CDATA[${DOCUMENT}]]></in0>`, DOCUMENT, 'cdata'],
        ['CDATA in space', `<in0>\n <![CDATA[${INNER}]]>\n</in0>`, `\n ${INNER}\n`, 'cdata'],
        ['CDATA split at ]]>', '<in0><![CDATA[a]]]]><![CDATA[>b]]></in0>', 'a]]>b', 'cdata'],
        ['text and CDATA', '<in0 x="y">a&amp;<![CDATA[<b>&amp;]]>c</in0>', 'a&<b>&amp;c', 'cdata'],
        [
          'CDATA after a BOM',
          `<in0>\ufeff<![CDATA[${DOCUMENT}]]></in0>`,
          `\ufeff${DOCUMENT}`,
          'cdata',
        ],
        ['inline XML', `<in0>\n${INNER}\n</in0>`, `\n${INNER}\n`, 'inline'],
        [
          'inline attributes',
          '<in0><a b="&lt;"/>&amp;<c/></in0>',
          '<a b="&lt;"/>&amp;<c/>',
          'inline',
        ],
        [
          'inline comments',
          '<in0><a><!-- </in0> --></a></in0>',
          '<a><!-- </in0> --></a>',
          'inline',
        ],
        ['inline XML without a wrapper', INNER, INNER, 'inline'],
        ['a wrapper called response', `<response>${escaped}</response>`, DOCUMENT, 'escaped'],
        ['double escaping', `<in0> ${escapeText(escaped)}</in0>`, ` ${DOCUMENT}`, 'doubleEscaped'],
        ['escaping in CDATA', `<in0><![CDATA[${escaped}]]></in0>`, DOCUMENT, 'doubleEscaped'],
        ['text in the operation', ` ${escaped}`, ` ${DOCUMENT}`, 'operationText'],
        ['CDATA in the operation', `<![CDATA[${DOCUMENT}]]>`, DOCUMENT, 'operationText'],
      ]
      for (const [what, inside, argument, form] of accepted) {
        it(`takes ${what}`, () => {
          const call = read(inside)
          assert.equal(call.argument, argument)
          assert.equal(call.form, form)
        })
      }

      for (const inside of [
        '',
        ' \n ',
        '<!-- -->',
        '<in0 xsi:nil="true"/>',
        '<in0 i:nil=" 1 "/>',
        '<in0 href="#none"/>',
      ]) {
        it(`finds no argument in ${JSON.stringify(inside)}`, () => {
          const call = read(inside)
          assert.equal(call.argument, null)
          assert.equal(call.form, null)
        })
      }

      it('prefers a known name among several, whatever its case', () => {
        const call = read('<a>1</a><INPUTSTRING>2</INPUTSTRING><b>3</b>')
        assert.equal(call.argument, '2')
        assert.deepEqual(call.flags, ['argumentsIgnored'])
      })

      it('takes the first of several unknown ones', () => {
        assert.equal(read('<a>1</a><b>2</b>').argument, '1')
      })

      it('follows a reference to a value beside the operation', () => {
        const call = readCall(
          envelope(
            version,
            `<q:${operation} xmlns:q="urn:x"><in0 href="#id0"/></q:${operation}>` +
              `<multiRef id="id1">wrong</multiRef><multiRef id="id0" xsi:type="xsd:string">${escaped}</multiRef>`,
          ),
        )
        assert.equal(call.argument, DOCUMENT)
        assert.equal(call.argumentName, 'in0')
        const nil = `<${operation}><a href="#n"/></${operation}><multiRef id="n" xsi:nil="true"/>`
        assert.equal(readCall(envelope(version, nil)).argument, null)
      })

      it('resolves the namespace of the operation where it is declared', () => {
        assert.equal(read('<a/>', '').namespace, '')
        assert.equal(
          readCall(envelope(version, `<${operation} xmlns="urn:d"/>`)).namespace,
          'urn:d',
        )
        assert.equal(readCall(envelope(version, `<${operation}/>`)).namespace, '')
        const outer = `<Envelope xmlns="${SOAP_NAMESPACES[version]}" xmlns:t="urn:a"><Body xmlns:t="urn:b"><t:${operation}><a>1</a></t:${operation}></Body></Envelope>`
        assert.deepEqual(readCall(outer), {
          version,
          operation,
          namespace: 'urn:b',
          argumentName: 'a',
          argumentNamespace: SOAP_NAMESPACES[version],
          argument: '1',
          form: 'escaped',
          encoded: false,
          ambiguous: false,
          flags: [],
        })
      })

      it('does not look at headers, and not at elements called Body in them', () => {
        const header =
          '<s:Header><Body><wrong><a>1</a></wrong></Body><w:S xmlns:w="urn:w" s:mustUnderstand="1"/></s:Header>'
        const call = readCall(
          envelope(version, `<!-- c --><${operation}><a>2</a></${operation}>`, header),
        )
        assert.equal(call.operation, operation)
        assert.equal(call.argument, '2')
      })

      it('takes a BOM or a blank line before the declaration', () => {
        for (const before of ['\ufeff', '\r\n', '\ufeff\n ']) {
          assert.equal(readCall(before + envelope(version, `<${operation}/>`)).operation, operation)
        }
      })

      it('is answered in kind, its string exact', () => {
        for (const namespace of ['urn:x&"', '']) {
          const reply = writeReply({ version, operation, namespace }, AWKWARD)
          assert.deepEqual(readReply(reply), {
            kind: 'value',
            version,
            name: 'return',
            value: AWKWARD,
            form: 'escaped',
            body: reply.slice(reply.indexOf('<soap:Body>') + 11, reply.indexOf('</soap:Body>')),
          })
          const wrapper = readCall(reply)
          assert.equal(wrapper.operation, `${operation}Response`)
          assert.equal(wrapper.namespace, namespace)
          assert.doesNotMatch(reply, /\r/)
        }
      })
    })
  }

  describe(`a SOAP ${version} reply`, () => {
    const call = { version, operation: 'Op', namespace: 'urn:a' }
    const inside = (reply: string): string =>
      /<(?:m:)?OpResponse[^]*<\/(?:m:)?OpResponse>/.exec(reply)?.[0] ?? reply

    it('is qualified as its call was', () => {
      const given = { ...call, argumentName: 'in' }
      assert.equal(
        inside(writeReply({ ...given, argumentNamespace: 'urn:a' }, 'x')),
        '<m:OpResponse xmlns:m="urn:a"><m:return>x</m:return></m:OpResponse>',
      )
      assert.equal(
        inside(writeReply({ ...given, argumentNamespace: '' }, 'x')),
        '<m:OpResponse xmlns:m="urn:a"><return>x</return></m:OpResponse>',
      )
      // A toolkit that was made of our WSDL leaves out an empty string.
      const empty = { ...call, namespace: TARGET_NAMESPACE, argumentName: null }
      assert.match(inside(writeReply(empty, 'x')), /<m:return>x<\/m:return>/)
      assert.match(inside(writeReply({ ...call, argumentName: null }, 'x')), /<return>x<\/return>/)
    })

    it('has the names that the service was given', () => {
      const names = { namespace: 'urn:n&', result: '*Result' }
      assert.equal(
        inside(writeReply(call, 'x', { ...names, resultNamespace: 'urn:n&' })),
        '<m:OpResponse xmlns:m="urn:n&amp;"><m:OpResult>x</m:OpResult></m:OpResponse>',
      )
      assert.equal(
        inside(writeReply(call, 'x', { ...names, resultNamespace: 'urn:r' })),
        '<m:OpResponse xmlns:m="urn:n&amp;"><r:OpResult xmlns:r="urn:r">x</r:OpResult></m:OpResponse>',
      )
      assert.equal(
        inside(writeReply(call, 'x', { ...names, resultNamespace: '' })),
        '<m:OpResponse xmlns:m="urn:n&amp;"><OpResult>x</OpResult></m:OpResponse>',
      )
    })

    it('is written without what XML cannot carry', () => {
      const call = { version, operation: 'Op', namespace: '' }
      const reply = readReply(writeReply(call, 'a\u0000\u000b\ud800b'))
      assert.equal(reply.kind === 'value' && reply.value, 'ab')
    })

    it('gives its value under any name', () => {
      const inside = '<OpResult>&lt;response/></OpResult>'.replace('/>', '/&gt;')
      const body = `<m:R xmlns:m="urn:m">${inside}</m:R>`
      assert.deepEqual(readReply(envelope(version, body)), {
        kind: 'value',
        version,
        name: 'OpResult',
        value: '<response/>',
        form: 'escaped',
        body,
      })
    })

    it('takes an inline response with and without a wrapper', () => {
      const document = '<response><code>0</code><desc/></response>'
      for (const inside of [
        document,
        `<return>${document}</return>`,
        `<response>${document}</response>`,
      ]) {
        const reply = readReply(envelope(version, `<R>${inside}</R>`))
        assert.equal(reply.kind === 'value' && reply.value, document)
      }
    })

    it('gives null for an empty Body, an empty wrapper and nil', () => {
      for (const body of ['', '<R/>', '<R><return xsi:nil="true"/></R>']) {
        const reply = readReply(envelope(version, body))
        assert.equal(reply.kind === 'value' && reply.value, null)
      }
    })

    it('is a fault in either shape, wherever it stands', () => {
      const old =
        '<s:Fault><faultcode>s:Server</faultcode><faultstring> no &amp; no </faultstring></s:Fault>'
      const current =
        '<s:Fault><s:Code><s:Value>s:Server</s:Value></s:Code><s:Reason><s:Text xml:lang="en">no &amp; no</s:Text></s:Reason></s:Fault>'
      for (const body of [old, current, `<R><return>0</return></R>${old}`]) {
        assert.deepEqual(readReply(envelope(version, body)), {
          kind: 'fault',
          version,
          faultCode: 's:Server',
          faultString: 'no & no',
        })
      }
      assert.deepEqual(readReply(envelope(version, '<Fault/>')), {
        kind: 'fault',
        version,
        faultCode: '',
        faultString: '',
      })
    })

    it('is written as a fault with reasons in both languages', () => {
      const reason = { zh: '原因 <1>', en: 'reason <1>' }
      const sender = readReply(writeFault(version, 'sender', reason))
      const receiver = readReply(writeFault(version, 'receiver', reason))
      assert.deepEqual(
        [sender, receiver].map((fault) => fault.kind === 'fault' && fault.faultCode),
        version === '1.1' ? ['soap:Client', 'soap:Server'] : ['soap:Sender', 'soap:Receiver'],
      )
      const text = writeFault(version, 'sender', reason)
      assert.match(text, /原因 &lt;1&gt;/)
      assert.match(text, /reason &lt;1&gt;/)
      if (version === '1.2') {
        const fault = readXml(text).children[0]?.children[0]
        // gSOAP reads no Fault that has two.
        assert.equal(fault?.children[1]?.children.length, 1)
      }
    })
  })
}

describe('what is no SOAP envelope', () => {
  const deep = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels)
  const refused: readonly (readonly [string, string, SoapErrorCode])[] = [
    ['nothing', '', 'ENVELOPE_UNREADABLE'],
    ['text', 'hello', 'ENVELOPE_UNREADABLE'],
    ['an envelope cut short', envelope('1.1', '<a/>').slice(0, -5), 'ENVELOPE_UNREADABLE'],
    ['two roots', envelope('1.1', '<a/>') + '<b/>', 'ENVELOPE_UNREADABLE'],
    ['an undeclared entity', envelope('1.1', '<a>&x;</a>'), 'ENVELOPE_UNREADABLE'],
    ['a control character', envelope('1.1', '<a>&#xb;</a>'), 'ENVELOPE_UNREADABLE'],
    ['a lost character', envelope('1.1', '<a>\ufffd</a>'), 'ENVELOPE_CHARSET'],
    ['a DOCTYPE', `<!DOCTYPE a []>${envelope('1.1', '<a/>').slice(38)}`, 'ENVELOPE_DOCTYPE'],
    ['deep nesting', envelope('1.1', deep(100)), 'ENVELOPE_TOO_DEEP'],
    ['a bare document', DOCUMENT, 'ENVELOPE_VERSION'],
    ['an envelope of no namespace', '<Envelope><Body><a/></Body></Envelope>', 'ENVELOPE_VERSION'],
    ['another version', '<Envelope xmlns="urn:3"><Body><a/></Body></Envelope>', 'ENVELOPE_VERSION'],
    ['an undeclared prefix', '<s:Envelope><s:Body><a/></s:Body></s:Envelope>', 'ENVELOPE_VERSION'],
    ['an empty Body', envelope('1.1', ' '), 'ENVELOPE_NO_OPERATION'],
    ['no Body', `<Envelope xmlns="${SOAP_NAMESPACES['1.2']}"/>`, 'ENVELOPE_NO_OPERATION'],
  ]
  for (const [what, text, code] of refused) {
    it(`refuses ${what} as ${code}`, () => {
      assert.throws(() => readCall(text), isSoapError(code))
    })
  }

  it('refuses an envelope over the limit', () => {
    assert.throws(
      () => readCall(envelope('1.1', '<a/>'), { maxLength: 50 }),
      isSoapError('ENVELOPE_TOO_BIG'),
    )
  })

  it('says why without a word of the message', () => {
    const thrown = catchError(() => readCall(envelope('1.1', '<秘密></b>')))
    assert.ok(thrown instanceof SoapError)
    assert.doesNotMatch(thrown.reason.zh + thrown.reason.en + thrown.message, /秘密/)
    assert.ok(thrown.cause)
  })

  it('lets an inline document be as deep as a document may', () => {
    const call = readCall(envelope('1.1', `<o><in0>${deep(32)}</in0></o>`))
    assert.equal(call.argument, deep(32))
  })
})

describe('names that JavaScript knows', () => {
  it('are names like any other', () => {
    const body =
      '<__proto__ constructor="1"><req id="__proto__" href="#__proto__"/></__proto__><multiRef id="__proto__">x</multiRef>'
    const call = readCall(envelope('1.1', body))
    assert.equal(call.operation, '__proto__')
    assert.equal(call.argument, 'x')
    assert.equal(({} as Record<string, unknown>)['obj'], undefined)
    assert.equal(readCall(envelope('1.1', '<toString:hasOwnProperty/>')).namespace, '')
  })
})

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (thrown) {
    return thrown
  }
  return undefined
}
