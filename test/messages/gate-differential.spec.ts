import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { CrisisError, readXml } from '../../src/messages/index.js'
import { mutate, sample, seeded } from './support.js'

const ROUNDS = 2000
const SEED = 20_140_616

/** A second opinion on what is well-formed: expat, as Python brings it. Reads and answers JSON lists. */
const EXPAT = `
import json, sys
from xml.parsers import expat
def well_formed(text):
    parser = expat.ParserCreate('UTF-8')
    try:
        parser.Parse(text.encode('utf-8'), True)
        return True
    except expat.ExpatError:
        return False
json.dump([well_formed(text) for text in json.load(sys.stdin)], sys.stdout)
`

/** Where the two differ by right: expat reads any version. */
const KNOWN = [/^<\?xml\s+version\s*=\s*(["'])(?!1\.[0-9]+\1)/]

function accepts(xml: string): boolean {
  try {
    readXml(xml)
    return true
  } catch (error) {
    assert.ok(error instanceof CrisisError, String(error))
    return false
  }
}

describe('the gate beside another parser', () => {
  it(`agrees with expat about ${ROUNDS} damaged documents`, function () {
    this.timeout(60_000)
    const random = seeded(SEED)
    // Names may hold U+3002 since the fifth edition of XML 1.0, which expat does not follow.
    const originals = [
      sample('crisis.xml').replaceAll('。', '.'),
      sample('crisis-response.xml'),
      sample('generic-response.xml'),
      '<?xml version="1.0"?><a b="1" c=\'2\'><!-- x --><b><![CDATA[<y>]]></b>&amp;&#65;<?p q?><c/></a>',
    ]
    const mutants = Array.from({ length: ROUNDS }, (_, round) =>
      mutate(originals[round % originals.length] ?? '', random),
    )
    const { status, stdout, error } = spawnSync('python3', ['-c', EXPAT], {
      input: JSON.stringify(mutants),
      encoding: 'utf8',
      maxBuffer: 1 << 24,
    })
    if (error || status !== 0) this.skip()
    const verdicts = JSON.parse(stdout) as boolean[]
    assert.equal(verdicts.length, ROUNDS)
    const disagreements = mutants.filter((xml, index) => accepts(xml) !== verdicts[index])
    assert.deepEqual(
      disagreements.filter((xml) => !KNOWN.some((known) => known.test(xml))),
      [],
    )
    assert.ok(disagreements.length < ROUNDS / 100)
    // Both kinds are there, or the agreement would mean little.
    const good = verdicts.filter(Boolean).length
    assert.ok(good > ROUNDS / 20 && good < ROUNDS * 0.9, `${good} of ${ROUNDS} are well-formed`)
  })
})
