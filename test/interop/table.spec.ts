import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from '../support/node-red.js'
import { tableOf } from './support/proofs.js'

const FILE = path.join(ROOT, 'docs/interop.md')
let failed = false

// Of all files, since it stands in no suite.
afterEach(function () {
  failed ||= this.currentTest?.state === 'failed'
})

// Mocha runs files in the order of their names, so that all that proves has run before.
describe('docs/interop.md', () => {
  it('is what the toolkits proved', function () {
    const update = process.env['UPDATE_DOCS'] === '1'
    // A toolkit that is not installed, or a part of the tests, proves but a part.
    if (!update && process.env['CRISIS_CI'] !== '1') this.skip()
    assert.equal(failed, false, 'what failed before proves nothing')
    if (update) writeFileSync(FILE, page())
    assert.equal(readFileSync(FILE, 'utf8'), page())
  })
})

const page = (): string => `# Interoperation with real SOAP toolkits

Written by the tests that prove it (\`test/interop\`): \`UPDATE_DOCS=1 npm test -- interop\` writes this page, and CI fails
when it differs from what was proved. The toolkits are those of Debian 12.

## They call us

Each reads our WSDL, or is compiled from it, and calls both operations with the samples of the interface document, with
CRLF, an empty and a long text, and the hard text: \`< & ]]> " '\`, 汉字 𠮷 😀, tab, LF, CRLF, CR, references, CDATA and
comment marks. It must hand over every text exactly (remarks name the exceptions), read the generic response exactly,
and take neither a Fault nor a failure code nor a refused size for success. *Alone* is our own port without Node-RED;
4.1 and 5 are the released nodes in that Node-RED, at a port of their own and at Node-RED's port, where the flow must
have each document exactly and a wrong licence, a damaged or an empty document gets its code.

${tableOf('in', ['Toolkit', 'SOAP'], ['Charset', 'Own port', "Node-RED's port", 'Remarks'])}
## We call them

Each hosts both operations in its own style and is called by the WSDL it publishes, then by its address and settings
alone. It must read every text exactly, we must read every reply, a Fault, an empty reply and a refusal for what they
are, and only \`0\` counts as delivered. The charsets are those in which it read the sample, escaped and in CDATA.
4.1 and 5 are \`crisis out\` and \`crisis feedback out\` in that Node-RED.

${tableOf('out', ['Toolkit', 'Service', 'SOAP'], ['Style', 'Called by', 'Charset', 'CDATA', 'From Node-RED', 'Remarks'])}`
