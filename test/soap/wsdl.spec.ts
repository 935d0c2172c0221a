import assert from 'node:assert/strict'
import { createClientAsync } from 'soap'
import { OPERATIONS, PARAMETER_NAMES, TARGET_NAMESPACE, ourWsdl } from '../../src/soap/index.js'
import { readXml } from '../../src/messages/index.js'

const ADDRESS = 'http://127.0.0.1:1/pushService/services/pacs?a=1&b="2"'

describe('our WSDL', () => {
  it('is well-formed, in one piece, and holds the address', () => {
    const wsdl = ourWsdl({ operations: OPERATIONS, address: ADDRESS })
    const root = readXml(wsdl)
    assert.equal(root.name, 'definitions')
    assert.equal(root.attributes['targetNamespace'], TARGET_NAMESPACE)
    assert.doesNotMatch(wsdl, /import|schemaLocation/)
    const service = root.children.find((child) => child.name === 'service')
    const locations = service?.children.map((port) => port.children[0]?.attributes['location'])
    assert.deepEqual(locations, [ADDRESS, ADDRESS])
  })

  it('names the one string of each operation as the document does, for both SOAP versions', async () => {
    const wsdl = ourWsdl({ operations: OPERATIONS, address: ADDRESS })
    const client = await createClientAsync(wsdl, { disableCache: true })
    const operation = (name: string) => ({
      input: { [name]: 'xs:string' },
      output: { return: 'xs:string' },
    })
    const port = {
      SynCrisisInfo: operation('inputString'),
      SynCrisisResponseInfo: operation('req'),
    }
    assert.deepEqual(JSON.parse(JSON.stringify(client.describe())), {
      CrisisService: { CrisisSoap: port, CrisisSoap12: port },
    })
  })

  it('has the names that callers with a fixed stub expect', () => {
    for (const [resultNamespace, expected] of [
      [undefined, /<xs:element name="SynCrisisInfoResult" type="xs:string" minOccurs="0"\/>/],
      ['', /<xs:element name="SynCrisisInfoResult" type="xs:string" form="unqualified"/],
      ['urn:r', /xmlns:r="urn:r" ref="r:SynCrisisInfoResult"[^]*/],
    ] as const) {
      const namespace = 'http://tempuri.org/'
      const names = { namespace, result: '*Result', resultNamespace }
      const wsdl = ourWsdl({ ...names, operations: OPERATIONS, address: ADDRESS })
      const root = readXml(wsdl)
      assert.equal(root.attributes['targetNamespace'], namespace)
      assert.match(wsdl, expected)
      assert.match(wsdl, /elementFormDefault="qualified"/)
      assert.doesNotMatch(wsdl, /hospital-flows|name="return"/)
    }
  })

  for (const operation of OPERATIONS) {
    it(`is there for ${operation} alone`, async () => {
      const client = await createClientAsync(
        ourWsdl({ operations: [operation], address: ADDRESS }),
        {
          disableCache: true,
        },
      )
      const described = JSON.stringify(client.describe())
      assert.match(
        described,
        new RegExp(`"${operation}":\\{"input":\\{"${PARAMETER_NAMES[operation]}"`),
      )
      for (const other of OPERATIONS) {
        if (other !== operation) assert.doesNotMatch(described, new RegExp(`"${other}"`))
      }
    })
  }
})
