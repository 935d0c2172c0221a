import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { looksLikeSuccess } from '../../src/messages/index.js'
import {
  catalogueOf,
  htmlOf,
  LANGUAGES,
  loadDefinitions,
  readRoot,
  ROOT,
  scriptsOf,
} from './editor-half.js'

const PEER = {
  version: 1,
  name: '',
  wsdl: '',
  address: '',
  soapVersion: '',
  namespace: '',
  parameter: '',
  soapAction: '',
  connectSeconds: '5',
  totalSeconds: '15',
  maxKilobytes: '4096',
  allowGbk: false,
  jsonSuccess: '',
  application: 'HIS',
  zone: '+08:00',
  tls: '',
}
const SERVICE = {
  version: 1,
  name: '',
  mount: 'node-red',
  host: '',
  port: '8088',
  path: '/pushService/services/pacs',
  publicUrl: '',
  maxKilobytes: '4096',
  bodySeconds: '10',
  answerSeconds: '10',
  allowGbk: false,
  zone: '+08:00',
  licenceCheck: true,
}
const OUT = { version: 1, name: '', peer: '', source: 'payload', fields: [], omitEmpty: false }
const IN = { version: 1, name: '', service: '', answer: 'flow' }
const RESPONSE = {
  version: 1,
  name: '',
  outcome: 'auto',
  code: '500',
  desc: '',
  descType: 'str',
  format: 'auto',
  jsonSuccess: '0',
}
const PARSER = {
  version: 1,
  name: '',
  action: 'auto',
  document: 'auto',
  property: 'payload',
  zone: '+08:00',
  application: 'HIS',
  fhirBase: '',
  hl7Sender: '',
  hl7SenderFacility: '',
  hl7Receiver: '',
  hl7ReceiverFacility: '',
  hl7Assigner: '',
  pagingTo: '',
  channel: 'wecom',
}

/** Type, ports (none = a config node), settings with their defaults, credentials. */
const NODES = {
  'crisis-peer': ['crisis peer', undefined, PEER, ['licence']],
  'crisis-service': ['crisis service', undefined, SERVICE, ['licences']],
  'crisis-out': ['crisis out', [1, 2], OUT, []],
  'crisis-in': ['crisis in', [0, 1], IN, []],
  'crisis-feedback-out': ['crisis feedback out', [1, 2], OUT, []],
  'crisis-feedback-in': ['crisis feedback in', [0, 1], IN, []],
  'generic-response': ['generic response', [1, 1], RESPONSE, []],
  'crisis-parser': ['crisis parser', [1, 1], PARSER, ['licence']],
} as const satisfies Record<
  string,
  readonly [string, readonly [number, number] | undefined, object, readonly string[]]
>

const SETS = Object.keys(NODES) as (keyof typeof NODES)[]
const definitions = loadDefinitions(SETS)

const definitionOf = (set: keyof typeof NODES) => definitions.get(NODES[set][0])!

/** What a validator says of a value, for a node with these settings. */
function verdict(set: keyof typeof NODES, name: string, value: unknown, settings: object = {}) {
  const node = { ...NODES[set][2], ...settings }
  return definitionOf(set).defaults[name]!.validate!.call(node, value, {})
}

for (const set of SETS) {
  const [type, ports, settings, credentials] = NODES[set]
  const html = htmlOf(set)

  describe(`the dialog of ${type}`, () => {
    it('registers its settings with their defaults, in words that a scorecard can read', () => {
      const definition = definitionOf(set)
      const defaults = Object.fromEntries(
        Object.entries(definition.defaults).map(([name, { value }]) => [name, value]),
      )
      // The definition comes out of another realm, whose prototypes strict equality would tell apart.
      assert.deepEqual(structuredClone(defaults), settings)
      assert.deepEqual(Object.keys(definition.credentials ?? {}), credentials)
      assert.equal(definition.category, ports ? 'crisis' : 'config')
      if (ports) assert.deepEqual([definition.inputs, definition.outputs], ports)
      assert.match(html, new RegExp(`RED\\.nodes\\.registerType\\('${type}', \\{`))
      assert.match(html, new RegExp(`data-template-name="${type}"`))
    })

    it('has an input for every setting', () => {
      const prefix = ports ? 'node-input' : 'node-config-input'
      for (const name of [...Object.keys(settings), ...credentials]) {
        // Rows of fields are drawn by the script; the version is nobody's business.
        if (name === 'version' || name === 'fields') continue
        assert.ok(html.includes(`id="${prefix}-${name}"`), name)
      }
    })

    it('finds every text it shows, in both languages', () => {
      const used = [...html.matchAll(/data-i18n="(?:\[\w+\])?([^"]+)"/g)].map((match) => match[1]!)
      const names = SETS.join('|')
      for (const script of scriptsOf(html)) {
        const quoted = script.matchAll(new RegExp(`'((?:${names})\\.[\\w.]+)'`, 'g'))
        used.push(...[...quoted].map((match) => match[1]!))
      }
      assert.ok(used.length > 5)
      for (const key of used) {
        // A computed key ends in a dot: its fields are looked at below.
        if (key.endsWith('.')) continue
        for (const language of LANGUAGES) {
          assert.ok(catalogueOf(key.split('.')[0]!, language).has(key), `${language}: ${key}`)
        }
      }
    })

    it('has the same texts in both languages, none of them blank', () => {
      const [zh, en] = LANGUAGES.map((language) => catalogueOf(set, language))
      assert.deepEqual([...zh!.keys()], [...en!.keys()])
      for (const [key, text] of [...zh!, ...en!]) assert.ok(text.trim() !== '', key)
      assert.equal(zh!.get(`${set}.language`), 'zh-CN')
      assert.equal(en!.get(`${set}.language`), 'en-US')
      assert.match([...zh!.values()].join(''), /[\u4e00-\u9fff]/)
      assert.doesNotMatch([...en!.values()].join(''), /[\u4e00-\u9fff]/)
    })

    it('is explained in both languages', () => {
      for (const language of LANGUAGES) {
        const help = readRoot('nodes', 'locales', language, `${set}.html`)
        // Node-RED takes white space before the tag as part of another node's help.
        assert.ok(help.startsWith(`<script type="text/markdown" data-help-name="${type}">\n`))
        assert.ok(help.endsWith('</script>\n'))
        const headings = [...help.matchAll(/^### (\w+)$/gm)].map((match) => match[1])
        const expected = ['Inputs', 'Outputs', 'Details', 'References'].filter(
          (heading) =>
            (heading !== 'Inputs' || ports?.[0] === 1) && (heading !== 'Outputs' || ports),
        )
        assert.deepEqual(headings, expected, language)
      }
    })

    it('has its own icon and no colours of its own', () => {
      const { icon } = definitionOf(set)
      assert.match(icon, /^hospital-crisis-.+\.svg$/)
      assert.ok(existsSync(join(ROOT, 'icons', icon)))
      assert.match(readRoot('icons', icon), /viewBox="0 0 40 60"/)
      const without = html.replace(/^\s*color: '#[0-9A-F]{6}',$/m, '')
      assert.doesNotMatch(without, /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i)
      const words =
        /(?:color|background|border)[^;:"]*:\s*(?:white|black|red|green|gr[ae]y|blue)\b/i
      assert.doesNotMatch(without, words)
    })

    it('names nothing as Node-RED or a single letter does', () => {
      const reserved = ['id', 'type', 'wires', 'inputs', 'outputs', 'z', 'g', 'd', 'l', 'x', 'y']
      for (const name of Object.keys(settings)) {
        assert.ok(name.length > 1 && !reserved.includes(name), name)
      }
    })
  })
}

describe('the statuses', () => {
  it('are the same short words in every node that shows one', () => {
    const wanted =
      'ready busy delivered rejected ambiguous unreachable unauthorized waiting answered refused error portInUse noService noPeer badSetting noLicence listening late'
        .split(' ')
        .map((word) => `status.${word}`)
    for (const set of SETS.filter((name) => NODES[name][1])) {
      for (const language of LANGUAGES) {
        const texts = catalogueOf(set, language)
        const keys = [...texts.keys()].filter((key) => key.startsWith('status.'))
        assert.deepEqual(keys, wanted, set)
        for (const key of keys) assert.ok(texts.get(key)!.length < 20, key)
      }
    }
  })
})

describe('the validators', () => {
  it('hold numbers to their bounds', () => {
    for (const value of ['1', '15', '3600', ' 2.5 ']) {
      assert.equal(verdict('crisis-peer', 'totalSeconds', value), true, value)
    }
    for (const value of ['', '0', '3601', '-1', 'abc', '1e9']) {
      const key = 'crisis-peer.error.number'
      assert.equal(verdict('crisis-peer', 'totalSeconds', value), key, value)
    }
    assert.equal(verdict('crisis-service', 'maxKilobytes', '65537'), 'crisis-peer.error.number')
  })

  it('ask for a port only where there is one', () => {
    assert.equal(verdict('crisis-service', 'port', 'x', { mount: 'node-red' }), true)
    const port = { mount: 'port' }
    assert.equal(verdict('crisis-service', 'port', '70000', port), 'crisis-peer.error.number')
    assert.equal(verdict('crisis-service', 'port', '8088', port), true)
  })

  it('want a path that begins with a slash', () => {
    assert.equal(verdict('crisis-service', 'path', '/services/pacs'), true)
    for (const path of ['', 'services', '/a b', '/a?wsdl']) {
      assert.equal(verdict('crisis-service', 'path', path), 'crisis-service.error.path', path)
    }
  })

  it('want an address or a WSDL', () => {
    const nowhere = 'crisis-peer.error.nowhere'
    assert.equal(verdict('crisis-peer', 'address', '', { wsdl: '' }), nowhere)
    assert.equal(verdict('crisis-peer', 'address', '', { wsdl: 'http://127.0.0.1/x?wsdl' }), true)
    assert.equal(verdict('crisis-peer', 'address', 'https://127.0.0.1:8443/x'), true)
    for (const address of ['127.0.0.1', 'ftp://127.0.0.1/', 'http://']) {
      assert.equal(verdict('crisis-peer', 'address', address), 'crisis-peer.error.address', address)
    }
  })

  it('know a zone', () => {
    for (const zone of ['+08:00', '-03:30', 'Asia/Shanghai', 'UTC']) {
      assert.equal(verdict('crisis-parser', 'zone', zone), true, zone)
    }
    for (const zone of ['', '8', '+8', '+99:00', 'Asia/Nowhere']) {
      assert.equal(verdict('crisis-parser', 'zone', zone), 'crisis-peer.error.zone', zone)
    }
  })

  it('refuse as a failure whatever could be taken for a success, as the runtime does', () => {
    const failure = { outcome: 'failure' }
    const codes = [
      '0',
      '00',
      '0.0',
      '1',
      '01',
      '200',
      'true',
      'OK',
      '成功',
      '',
      '500',
      '404',
      'E10',
      '-1',
    ]
    for (const code of codes) {
      const expected = looksLikeSuccess(code) ? 'generic-response.error.codeSuccess' : true
      assert.equal(verdict('generic-response', 'code', code, failure), expected, code)
    }
    assert.equal(verdict('generic-response', 'code', '1', { outcome: 'auto' }), true)
    const long = verdict('generic-response', 'code', '5000000', failure)
    assert.equal(long, 'generic-response.error.codeLength')
  })

  it('want a key among the fields, and expressions that can be read', () => {
    const byFields = { source: 'fields' }
    const row = (name: string, value: string) => ({ name, type: 'msg', value })
    const fields = [row('ExamNo', 'payload.ExamNo')]
    assert.equal(verdict('crisis-out', 'fields', [], { source: 'payload' }), true)
    assert.equal(verdict('crisis-out', 'fields', [], byFields), 'crisis-out.error.keyRow')
    assert.equal(verdict('crisis-out', 'fields', fields, byFields), true)
    const broken = [...fields, row('SickNo', 'a[[')]
    assert.equal(verdict('crisis-feedback-out', 'fields', broken, byFields), 'crisis-out.error.row')
  })
})

describe('the fields of the sending nodes', () => {
  for (const set of ['crisis-out', 'crisis-feedback-out'] as const) {
    it(`all have a meaning in both languages: ${set}`, () => {
      const list = /names: \[([^\]]*)\]/.exec(htmlOf(set))![1]!
      const names = [...list.matchAll(/'([\w.]+)'/g)].map((match) => match[1]!)
      assert.ok(names.length >= 10)
      for (const language of LANGUAGES) {
        const keys = [...catalogueOf(set, language).keys()].filter((key) =>
          key.startsWith(`${set}.field.`),
        )
        assert.deepEqual(
          keys,
          names.map((name) => `${set}.field.${name}`),
        )
      }
    })
  }
})
