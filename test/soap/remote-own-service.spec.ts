import assert from 'node:assert/strict'
import { createFront, type Address, type HostedCall } from '../../src/http/hosting/index.js'
import { Poster } from '../../src/http/calling/index.js'
import { OPERATIONS, openRemote, SOAP_NAMESPACES, type SoapVersion } from '../../src/soap/index.js'
import { classifyReply } from '../../src/messages/index.js'
import { listen, stop } from '../http/hosting/front-fixture.js'

describe('a remote that is a service of ours', () => {
  const versions = Object.keys(SOAP_NAMESPACES) as SoapVersion[]
  for (const operation of OPERATIONS) {
    for (const soapVersion of versions) {
      it(`takes ${operation} in SOAP ${soapVersion} by its own WSDL, exactly`, async () => {
        const document = '<a>&lt; &amp; ]]&gt; " \' 汉字 𠮷 😀\t\r\n\r&#13;</a>\n'
        const calls: HostedCall[] = []
        const address: Address = {
          handler: () => (call) => {
            calls.push(call)
            return Promise.resolve({ code: '0', desc: '成功' })
          },
          operations: () => OPERATIONS,
          options: {},
          troubleListener: () => undefined,
        }
        const { server, port } = await listen(createFront(address))
        const poster = new Poster()
        try {
          const wsdl = `http://127.0.0.1:${port}/pacs?wsdl`
          const remote = await openRemote({ operation, soapVersion, wsdl, transport: poster })
          assert.equal(remote.description.source, 'wsdl')
          assert.equal(remote.description.address, `http://127.0.0.1:${port}/pacs`)
          const { value } = await remote.call(document)
          assert.equal(classifyReply(value).class, 'delivered')
          assert.equal(calls.length, 1)
          assert.equal(calls[0]?.document, document)
          assert.equal(calls[0]?.operation, operation)
          assert.equal(calls[0]?.version, soapVersion)
        } finally {
          poster.close()
          await stop(server)
        }
      })
    }
  }
})
