import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Poster } from '../../src/http/calling/index.js'
import {
  describeWsdl,
  openRemote,
  ourWsdl,
  readCall,
  type BodyStyle,
  type RemoteOptions,
} from '../../src/soap/index.js'
import { serve, succeeding, TestPeer, wsdl, wsdlParts, type WsdlShape } from './remote-peer.js'

const EXACT =
  '<?xml version="1.0" encoding="UTF-8"?>\n<a b="1">&lt; &amp; ]]&gt; " \' 汉字 𠮷 😀\ttab\rCR\r\nCRLF\n&#13;</a>\n'

describe('a remote follows its WSDL', () => {
  let peer: TestPeer
  let poster: Poster

  before(async () => {
    peer = await TestPeer.open()
    poster = new Poster({ deadlineMs: 5_000 })
  })
  after(async () => {
    poster.close()
    await peer.close()
  })

  const here = (shape: WsdlShape = {}) => wsdl({ address: `${peer.origin}/svc`, ...shape })

  async function open(
    files: Record<string, string | Buffer>,
    options: Partial<RemoteOptions> = {},
  ) {
    peer.received.length = 0
    peer.answer = serve(files, succeeding)
    return openRemote({
      operation: 'SynCrisisInfo',
      transport: poster,
      wsdl: `${peer.origin}/svc?wsdl`,
      ...options,
    })
  }

  /** What the server got, read by our own strict reader. */
  async function sent(remote: Awaited<ReturnType<typeof open>>, document = EXACT) {
    await remote.call(document)
    const post = peer.posts.at(-1)
    assert.ok(post)
    return { post, call: readCall(post.body) }
  }

  const styles: [
    string,
    WsdlShape,
    { namespace?: string; parameter: string | null; version?: string; style?: BodyStyle },
  ][] = [
    ['wrapped, unqualified', {}, { parameter: 'arg0' }],
    [
      'wrapped, qualified',
      { form: 'qualified', parameter: 'in0' },
      { parameter: 'in0', style: 'qualified' },
    ],
    ['bare', { style: 'bare' }, { parameter: null, style: 'bare' }],
    ['rpc/literal', { style: 'rpc', parameter: 'req' }, { parameter: 'req', style: 'rpc' }],
    [
      'rpc/literal with the namespace in soap:body',
      { style: 'rpc', bodyNamespace: 'urn:of:the:body' },
      { parameter: 'arg0', namespace: 'urn:of:the:body', style: 'rpc' },
    ],
    [
      'wrapped, with a namespace in soap:body that does not count',
      { bodyNamespace: 'urn:of:the:body' },
      { parameter: 'arg0' },
    ],
    ['rpc/encoded', { style: 'rpc', use: 'encoded' }, { parameter: 'arg0', style: 'encoded' }],
    [
      'rpc/encoded in SOAP 1.2',
      { style: 'rpc', use: 'encoded', versions: ['1.2'] },
      { parameter: 'arg0', style: 'encoded', version: '1.2' },
    ],
    ['SOAP 1.2 only', { versions: ['1.2'] }, { parameter: 'arg0', version: '1.2' }],
    ['both versions', { versions: ['1.2', '1.1'] }, { parameter: 'arg0' }],
    [
      'a namespace of non-ASCII',
      { namespace: 'http://医院/危急值/' },
      { parameter: 'arg0', namespace: 'http://医院/危急值/' },
    ],
    ['an operation in another case', { operation: 'synCrisisInfo' }, { parameter: 'arg0' }],
  ]
  for (const [name, shape, expected] of styles) {
    it(`in style: ${name}`, async () => {
      const remote = await open({ '/svc?wsdl': here(shape) })
      const { post, call } = await sent(remote)
      const version = expected.version ?? '1.1'
      const namespace = expected.namespace ?? 'http://pacs.example/'
      assert.equal(call.argument, EXACT)
      assert.equal(call.argumentName, expected.parameter)
      assert.equal(call.namespace, namespace)
      assert.equal(call.version, version)
      assert.equal(call.operation, shape.operation ?? 'SynCrisisInfo')
      assert.equal(post.url, '/svc')
      assert.match(
        post.headers['content-type'] ?? '',
        version === '1.2'
          ? /^application\/soap\+xml; charset=utf-8$/
          : /^text\/xml; charset=utf-8$/,
      )
      assert.equal(post.headers['soapaction'], version === '1.2' ? undefined : '""')
      assert.deepEqual(remote.description, {
        service: 'Pacs',
        port: `P${version}`,
        operation: call.operation,
        parameter: expected.parameter,
        namespace,
        soapVersion: version,
        style: expected.style ?? 'wrapped',
        address: `${peer.origin}/svc`,
        source: 'wsdl',
      })
    })
  }

  it('types the argument in rpc/encoded and nowhere else', async () => {
    const { post } = await sent(await open({ '/svc?wsdl': here({ style: 'rpc', use: 'encoded' }) }))
    assert.match(post.body, / xsi:type="xsd:string"/)
    const encoding = 'http://schemas.xmlsoap.org/soap/encoding/'
    assert.ok(post.body.includes(` soap:encodingStyle="${encoding}"`))
    const { post: literal } = await sent(await open({ '/svc?wsdl': here({ style: 'rpc' }) }))
    assert.doesNotMatch(literal.body, /xsi:type|encodingStyle/)
  })

  it('sends the SOAPAction of the WSDL in both versions, and the one that is set instead', async () => {
    const soapAction = 'urn:act'
    const first = await sent(await open({ '/svc?wsdl': here({ soapAction }) }))
    assert.equal(first.post.headers['soapaction'], '"urn:act"')
    const second = await sent(await open({ '/svc?wsdl': here({ soapAction, versions: ['1.2'] }) }))
    assert.match(second.post.headers['content-type'] ?? '', /; action="urn:act"$/)
    const third = await sent(
      await open({ '/svc?wsdl': here({ soapAction }) }, { soapAction: 'urn:b' }),
    )
    assert.equal(third.post.headers['soapaction'], '"urn:b"')
  })

  it('obeys the settings before the WSDL', async () => {
    const remote = await open(
      { '/svc?wsdl': here({ versions: ['1.1', '1.2'], address: 'http://127.0.0.1:9/wrong' }) },
      {
        address: `${peer.origin}/right`,
        namespace: 'urn:a&b',
        parameter: 'other',
        soapVersion: '1.2',
      },
    )
    const { post, call } = await sent(remote)
    assert.equal(post.url, '/right')
    assert.equal(call.namespace, 'urn:a&b')
    assert.equal(call.argumentName, 'other')
    assert.equal(call.version, '1.2')
    assert.equal(remote.description.port, 'P1.2')
  })

  it('takes empty settings for none', async () => {
    const none = { address: ' ', namespace: '', parameter: '', soapAction: ' ' }
    const remote = await open({ '/svc?wsdl': here({ soapAction: 'urn:a' }) }, none)
    const { post, call } = await sent(remote)
    assert.equal(post.url, '/svc')
    assert.equal(post.headers['soapaction'], '"urn:a"')
    assert.equal(call.namespace, 'http://pacs.example/')
    assert.equal(call.argumentName, 'arg0')
  })

  it('takes a text with a BOM, with a line in front, or without a declaration', async () => {
    const text = here()
    for (const given of [`\ufeff${text}`, `\n  ${text}`, text.replace(/^<\?xml.*?\?>\s*/, '')]) {
      const remote = await open({}, { wsdl: given })
      assert.equal((await sent(remote)).call.argument, EXACT)
      const served = await open({ '/svc?wsdl': given })
      assert.equal((await sent(served)).call.argument, EXACT)
    }
  })

  it('follows imports that are relative to the WSDL', async () => {
    const parts = wsdlParts({ address: `${peer.origin}/svc` })
    const { definitions } = parts
    const remote = await open({
      '/svc?wsdl': definitions(
        `<wsdl:import location="${peer.origin}/svc?wsdl=PT.wsdl" namespace="http://pacs.example/"/>${parts.bindings}${parts.service}`,
      ),
      '/svc?wsdl=PT.wsdl': definitions(
        `<wsdl:types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import namespace="http://pacs.example/" schemaLocation="?xsd=1"/></xs:schema></wsdl:types>${parts.abstract}`,
      ),
      '/svc?xsd=1': parts.schema,
    })
    const { call } = await sent(remote)
    assert.equal(call.argument, EXACT)
    assert.equal(call.argumentName, 'arg0')
    assert.equal(remote.description.soapVersion, '1.1')
  })

  it('finds the imports of a WSDL that names its host as it is called behind NAT', async () => {
    const other = await TestPeer.open()
    try {
      for (const inside of ['http://127.0.0.1:9', other.origin]) {
        const parts = wsdlParts({ address: `${inside}/svc`, form: 'qualified' })
        const { definitions } = parts
        const remote = await open(
          {
            '/svc?wsdl': definitions(
              `<wsdl:import location="${inside}/svc?wsdl=PT.wsdl" namespace="http://pacs.example/"/>${parts.bindings}${parts.service}`,
            ),
            '/svc?wsdl=PT.wsdl': definitions(
              `<wsdl:types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import namespace="http://pacs.example/" schemaLocation="${inside}/svc?xsd=1"/></xs:schema></wsdl:types>${parts.abstract}`,
            ),
            '/svc?xsd=1': parts.schema,
          },
          { address: `${peer.origin}/svc` },
        )
        const { call } = await sent(remote)
        assert.equal(call.argument, EXACT)
        assert.equal(remote.description.style, 'qualified')
      }
      assert.equal(other.received.length, 1, 'a host that has no such file is asked once')
    } finally {
      await other.close()
    }
  })

  it('reads the SOAP version from an imported binding', async () => {
    const parts = wsdlParts({ address: `${peer.origin}/svc`, versions: ['1.2'] })
    const { definitions } = parts
    const remote = await open({
      '/svc?wsdl': definitions(
        `<wsdl:import location="?wsdl=B.wsdl" namespace="http://pacs.example/"/>${parts.service}`,
      ),
      '/svc?wsdl=B.wsdl': definitions(parts.types + parts.abstract + parts.bindings),
    })
    const { call } = await sent(remote)
    assert.equal(call.version, '1.2')
    assert.equal(call.argument, EXACT)
  })

  it('sends a qualified parameter whose schema is imported', async () => {
    const parts = wsdlParts({ address: `${peer.origin}/svc`, form: 'qualified' })
    const { definitions } = parts
    const remote = await open({
      '/svc?wsdl': definitions(
        `<wsdl:import location="?wsdl=PT.wsdl" namespace="http://pacs.example/"/>${parts.bindings}${parts.service}`,
      ).replace(/ targetNamespace="[^"]*"/, ' targetNamespace="http://impl.example/"'),
      '/svc?wsdl=PT.wsdl': definitions(parts.types + parts.abstract),
    })
    assert.equal((await sent(remote)).call.argument, EXACT)
    assert.equal(remote.description.style, 'qualified')
  })

  it('obeys the form that a parameter has of its own', async () => {
    for (const [form, own, style] of [
      ['unqualified', 'qualified', 'qualified'],
      ['qualified', 'unqualified', 'wrapped'],
    ] as const) {
      const text = here({ form }).replaceAll('minOccurs="0"', `minOccurs="0" form="${own}"`)
      const remote = await open({ '/svc?wsdl': text })
      assert.equal((await sent(remote)).call.argument, EXACT)
      assert.equal(remote.description.style, style)
    }
  })

  it('sends nothing when the request would not hold the document', async () => {
    const empty = here().replace(
      /(<xs:element name="SynCrisisInfo">.*?<xs:sequence>)<xs:element [^>]*>/,
      '$1',
    )
    assert.notEqual(empty, here())
    await assert.rejects(open({ '/svc?wsdl': empty }), { code: 'REQUEST_EMPTY' })
    assert.equal(peer.posts.length, 0)
    for (const parameter of ['$value', '$xml']) {
      await assert.rejects(open({ '/svc?wsdl': here() }, { parameter }), { code: 'REQUEST_EMPTY' })
    }
    for (const parameter of ['/', 'a b', 'a><b', 'p:a', '1', '<!-- -->', '"', '__proto__ x=""']) {
      const options = { wsdl: undefined, address: `${peer.origin}/direct`, parameter }
      await assert.rejects(open({}, options), { code: 'REQUEST_EMPTY' }, parameter)
    }
    assert.equal(peer.posts.length, 0)
    const forced = await open({ '/svc?wsdl': empty }, { parameter: 'arg0' })
    assert.equal((await sent(forced)).call.argument, EXACT)
  })

  describe('or the bundled one', () => {
    it('when none is set', async () => {
      for (const operation of ['SynCrisisInfo', 'SynCrisisResponseInfo'] as const) {
        const remote = await open(
          {},
          { operation, wsdl: undefined, address: `${peer.origin}/direct` },
        )
        const { post, call } = await sent(remote)
        assert.equal(peer.received.length, 1)
        assert.equal(post.url, '/direct')
        assert.equal(call.operation, operation)
        assert.equal(call.argumentName, operation === 'SynCrisisInfo' ? 'inputString' : 'req')
        assert.equal(call.argument, EXACT)
        assert.equal(remote.description.source, 'bundled')
        assert.equal(remote.description.soapVersion, '1.1')
      }
    })

    it('in SOAP 1.2, another namespace and another parameter', async () => {
      const remote = await open(
        {},
        {
          wsdl: '',
          address: `${peer.origin}/direct`,
          soapVersion: '1.2',
          namespace: 'http://his.example/',
          parameter: 'arg0',
        },
      )
      const { call } = await sent(remote)
      assert.equal(call.version, '1.2')
      assert.equal(call.namespace, 'http://his.example/')
      assert.equal(call.argumentName, 'arg0')
    })

    const none: Record<string, (peer: TestPeer) => void> = {
      'a 404': (p) => (p.answer = serve({}, succeeding)),
      'a page instead': (p) =>
        (p.answer = serve({ '/svc?wsdl': '<html><body>hi<br></html>' }, succeeding)),
      'an empty 200': (p) => (p.answer = serve({ '/svc?wsdl': '' }, succeeding)),
    }
    for (const [name, arrange] of Object.entries(none)) {
      it(`but not when the remote serves ${name}, whatever address is known`, async () => {
        arrange(peer)
        const options = {
          operation: 'SynCrisisInfo',
          transport: poster,
          wsdl: `${peer.origin}/svc?wsdl`,
        } as const
        const address = `${peer.origin}/direct`
        await assert.rejects(openRemote({ ...options, address }), { code: 'WSDL_UNREADABLE' })
        await assert.rejects(openRemote(options), { code: 'WSDL_UNREADABLE' })
      })
    }

    for (const status of [401, 403, 429, 503]) {
      it(`but not when the remote answers ${status}`, async () => {
        peer.answer = (_received, response) => response.writeHead(status).end()
        await assert.rejects(
          openRemote({
            operation: 'SynCrisisInfo',
            transport: poster,
            wsdl: `${peer.origin}/svc?wsdl`,
            address: `${peer.origin}/direct`,
          }),
          { code: status < 404 ? 'HTTP_STATUS' : 'WSDL_UNREADABLE', status },
        )
      })
    }

    it('but not when the WSDL is out of reach or cut short', async () => {
      const closed = await TestPeer.open()
      const { origin } = closed
      await closed.close()
      const options = { wsdl: `${origin}/?wsdl`, address: `${peer.origin}/direct` }
      await assert.rejects(open({}, options), { code: 'PEER_UNREACHABLE' })
      await assert.rejects(
        open({ '/svc?wsdl': here().slice(0, 900) }, { address: `${peer.origin}/direct` }),
        { code: 'WSDL_UNREADABLE' },
      )
    })
  })

  const unusable: Record<string, [string, (base: string) => string]> = {
    'has no such operation': [
      'WSDL_NO_OPERATION',
      (base) => base.replaceAll('SynCrisisInfo', 'Else'),
    ],
    'has no address': ['WSDL_UNREADABLE', (base) => base.replace(/ location="[^"]*"/, '')],
    'has no service': ['WSDL_NO_OPERATION', (base) => base.replace(/<wsdl:service.*service>/, '')],
    'has no binding': [
      'WSDL_NO_OPERATION',
      (base) => base.replace(/<wsdl:binding.*wsdl:binding>/, ''),
    ],
    'has no port type': [
      'WSDL_NO_OPERATION',
      (base) => base.replace(/<wsdl:portType.*portType>/, ''),
    ],
    'has no messages': ['REQUEST_EMPTY', (base) => base.replace(/<wsdl:message.*message>/, '')],
    'imports what is not there': [
      'WSDL_UNREADABLE',
      (base) =>
        base.replace(
          '<wsdl:types>',
          '<wsdl:import namespace="urn:x" location="?wsdl=gone"/><wsdl:types>',
        ),
    ],
    'imports a file of the machine': [
      'WSDL_UNREADABLE',
      (base) =>
        base.replace(
          '<wsdl:types>',
          '<wsdl:import namespace="urn:x" location="file:///etc/hosts"/><wsdl:types>',
        ),
    ],
    'has a DOCTYPE': [
      'WSDL_UNREADABLE',
      (base) => base.replace('<wsdl:definitions', '<!DOCTYPE x><wsdl:definitions'),
    ],
    'is WSDL 2.0': [
      'WSDL_UNREADABLE',
      () => '<?xml version="1.0"?><description xmlns="http://www.w3.org/ns/wsdl"/>',
    ],
  }
  for (const [name, [code, change]] of Object.entries(unusable)) {
    it(`refuses a WSDL that ${name}`, async () => {
      await assert.rejects(open({ '/svc?wsdl': change(here()) }), { code })
      assert.equal(peer.posts.length, 0)
    })
  }

  it('reads no file by the import of a text, not even one that would do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'remote-'))
    try {
      const parts = wsdlParts({ address: `${peer.origin}/svc` })
      await writeFile(join(folder, 'a.xsd'), parts.schema)
      const text = parts.definitions(
        `<wsdl:types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import namespace="http://pacs.example/" schemaLocation="${join(folder, 'a.xsd')}"/></xs:schema></wsdl:types>${parts.abstract}${parts.bindings}${parts.service}`,
      )
      await assert.rejects(open({}, { wsdl: text }), { code: 'WSDL_UNREADABLE' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('survives imports that are nothing, a page, a picture or themselves', async () => {
    const text = here().replace(
      '<wsdl:types>',
      '<wsdl:import namespace="urn:x" location="?wsdl=2"/><wsdl:types>',
    )
    for (const file of ['', '<html/>', '<?xml version="1.0"?>', Buffer.from([0x89, 0x50, 0xff])]) {
      await assert.rejects(open({ '/svc?wsdl': text, '/svc?wsdl=2': file }), {
        code: 'WSDL_UNREADABLE',
      })
    }
    const circular = text.replaceAll('?wsdl=2', '?wsdl')
    assert.equal((await sent(await open({ '/svc?wsdl': circular }))).call.argument, EXACT)
  })

  it('refuses a WSDL that imports without end', async () => {
    const parts = wsdlParts({ address: `${peer.origin}/svc` })
    peer.received.length = 0
    peer.answer = ({ url }, response) => {
      const next = Number(/n=(\d+)/.exec(url)?.[1] ?? 0) + 1
      response.end(parts.definitions(`<wsdl:import namespace="urn:x" location="?n=${next}"/>`))
    }
    const opening = openRemote({
      operation: 'SynCrisisInfo',
      transport: poster,
      wsdl: `${peer.origin}/svc?n=0`,
    })
    await assert.rejects(opening, { code: 'WSDL_UNREADABLE' })
    assert.ok(peer.received.length < 100)
  })

  it('survives a WSDL whose names are those of prototypes', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const text = here({ parameter: name })
        .replaceAll('"PT"', `"${name}"`)
        .replaceAll('tns:PT', `tns:${name}`)
        .replaceAll('"In"', `"${name}"`)
        .replaceAll('tns:In', `tns:${name}`)
      try {
        await sent(await open({ '/svc?wsdl': text }))
      } catch (error) {
        assert.match((error as { code?: string }).code ?? '', /^(?:WSDL_|REQUEST_)/)
      }
    }
    assert.deepEqual(Object.keys(Object.prototype), [])
    assert.equal(({} as { obj?: unknown }).obj, undefined)
  })

  it('keeps two remotes of one WSDL apart', async () => {
    const text = here({ versions: ['1.1', '1.2'] })
    const files = { '/svc?wsdl': text }
    const first = await open(files, { soapVersion: '1.1', address: `${peer.origin}/first` })
    const second = await open(files, {
      soapVersion: '1.2',
      address: `${peer.origin}/second`,
      soapAction: 'urn:second',
    })
    for (const [remote, version, url] of [
      [first, '1.1', '/first'],
      [second, '1.2', '/second'],
      [first, '1.1', '/first'],
    ] as const) {
      const { post, call } = await sent(remote)
      assert.equal(call.version, version)
      assert.equal(post.url, url)
    }
    assert.equal(peer.posts.at(-1)?.headers['soapaction'], '""')
  })

  it('lists what a description offers', async () => {
    peer.answer = serve(
      { '/svc?wsdl': here({ versions: ['1.1', '1.2'], form: 'qualified' }) },
      succeeding,
    )
    const listing = await describeWsdl(`${peer.origin}/svc?wsdl`, poster)
    const inBoth = (soapVersion: '1.1' | '1.2') => ({
      service: 'Pacs',
      port: `P${soapVersion}`,
      soapVersion,
      address: `${peer.origin}/svc`,
      operation: 'SynCrisisInfo',
      parameters: [{ name: 'arg0', type: 'xs:string' }],
      dialect: {
        soapVersion,
        style: 'qualified',
        operation: 'SynCrisisInfo',
        namespace: 'http://pacs.example/',
        parameter: 'arg0',
        parameterNamespace: 'http://pacs.example/',
        soapAction: '',
      },
    })
    assert.deepEqual(listing, [inBoth('1.1'), inBoth('1.2')])
    const own = ourWsdl({ operations: ['SynCrisisResponseInfo'], address: `${peer.origin}/svc` })
    const ours = await describeWsdl(own, poster)
    assert.deepEqual(
      ours.map(({ operation, soapVersion, parameters }) => [
        operation,
        soapVersion,
        parameters[0]?.name,
      ]),
      [
        ['SynCrisisResponseInfo', '1.1', 'req'],
        ['SynCrisisResponseInfo', '1.2', 'req'],
      ],
    )
    await assert.rejects(describeWsdl(`${peer.origin}/nothing?wsdl`, poster), {
      code: 'WSDL_UNREADABLE',
    })
  })
})
