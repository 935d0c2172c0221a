import assert from 'node:assert/strict'
import { requireTypable, withoutLogin } from '../../nodes/settings/index.js'
import { AddressList } from '../../src/http/hosting/index.js'
import { isZone, looksLikeSuccess } from '../../src/messages/index.js'
import { definitionOf, SETS, verdict } from './dialog-list.js'

describe('the validators', () => {
  it('hold numbers to their bounds', () => {
    for (const value of ['1', '15', '3600', ' 2.5 ']) {
      assert.equal(verdict('crisis-peer', 'totalSeconds', value), true, value)
    }
    for (const value of ['', '0', '3601', '-1', 'abc', '1e9']) {
      const key = 'crisis-store.error.number'
      assert.equal(verdict('crisis-peer', 'totalSeconds', value), key, value)
    }
    assert.equal(verdict('crisis-service', 'maxKilobytes', '65537'), 'crisis-store.error.number')
    for (const [name, most] of [
      ['parallel', '32'],
      ['perMinute', '10000'],
    ] as const) {
      assert.equal(verdict('crisis-peer', name, most), true, name)
      for (const value of ['', '2.5', '-1', '1e1', `${most}0`]) {
        assert.equal(verdict('crisis-peer', name, value), 'crisis-store.error.whole', value)
      }
    }
    assert.equal(verdict('crisis-peer', 'parallel', '0'), 'crisis-store.error.whole')
    assert.equal(verdict('crisis-peer', 'perMinute', '0'), true)
  })

  it('hold shifts and departments to their form', () => {
    for (const value of [
      '',
      '白班 08:00-16:00，夜班16:00-8:00',
      'Day 7:00 - 19:00; Night 19:00-07:00',
    ]) {
      assert.equal(verdict('crisis-store', 'shifts', value), true, value)
    }
    for (const value of [
      '白班',
      '08:00-16:00',
      '白班 25:00-26:00',
      '白班 8:00-16:00, 白班 16:00-8:00',
    ]) {
      assert.equal(verdict('crisis-store', 'shifts', value), 'crisis-store.error.shifts', value)
    }
    assert.equal(verdict('crisis-store', 'departments', 'CT=放射科，US = 超声科'), true)
    for (const value of ['CT', 'CT=', '=放射科', 'CT=放射科=x']) {
      const key = 'crisis-store.error.departments'
      assert.equal(verdict('crisis-store', 'departments', value), key, value)
    }
  })

  it('hold replies to one act each, and the link page to a path that can be typed', () => {
    const set = 'crisis-acknowledge'
    const row = (words: string) => ({ words, action: 'received' })
    assert.equal(verdict(set, 'words', [row('1, 收到'), row('2')]), true)
    assert.equal(
      verdict(set, 'words', [row('1，OK'), row('ｏｋ')]),
      'crisis-acknowledge.error.twice',
    )
    for (const value of ['/crisis/link', '/a-b/']) assert.equal(verdict(set, 'path', value), true)
    for (const value of ['', 'x', '/a b', '/', '/危']) {
      assert.equal(verdict(set, 'path', value), 'crisis-acknowledge.error.path', value)
    }
    assert.equal(verdict(set, 'publicUrl', ''), true)
    assert.equal(verdict(set, 'publicUrl', 'crisis.example'), 'crisis-store.error.address')
  })

  it('part an address from the login in it', () => {
    const none = { user: '', password: '', query: '' }
    const rows = [
      ['http://h/a?wsdl#b', { ...none, address: 'http://h/a?wsdl#b' }],
      [' http://h ', { ...none, address: 'http://h' }],
      ['<definitions user="a:b@c">', { ...none, address: '<definitions user="a:b@c">' }],
      [
        'http://u%40x:p%3A@w@h:1/a',
        { ...none, address: 'http://h:1/a', user: 'u@x', password: 'p:@w' },
      ],
      ['https://u@h/', { ...none, address: 'https://h/', user: 'u' }],
      ['http://h/a@b?c=d@e', { ...none, address: 'http://h/a@b?c=d@e' }],
      [
        'http://h/a.cls?soap_method=X&CacheUserName=a%20b&wsdl=1&CachePassword=c+d#e',
        {
          ...none,
          address: 'http://h/a.cls?soap_method=X&wsdl=1#e',
          query: 'CacheUserName=a%20b&CachePassword=c+d',
        },
      ],
      [
        'http://h/?acc%65ss_tok%65n=1',
        { ...none, address: 'http://h/', query: 'acc%65ss_tok%65n=1' },
      ],
      ['http://h/?pwd=%ZZ', { ...none, address: 'http://h/', query: 'pwd=%ZZ' }],
      ['', { ...none, address: '' }],
    ] as const
    for (const [address, parted] of rows) {
      assert.deepEqual(withoutLogin(address), parted, address)
    }
  })

  it('let times be moved by a day at the most, in whole seconds', () => {
    for (const value of ['0', '-86400', ' 86400 ', '90']) {
      assert.equal(verdict('crisis-peer', 'clockOffset', value), true, value)
    }
    for (const value of ['', '86401', '-86401', '1.5', '+5', 'x']) {
      assert.equal(verdict('crisis-peer', 'clockOffset', value), 'crisis-store.error.whole', value)
    }
  })

  it('let a document wait for ever, or for a number of hours', () => {
    for (const value of ['', ' ', '1', '8760']) {
      assert.equal(verdict('crisis-peer', 'expireHours', value), true, value)
    }
    for (const value of ['0', '8761', 'never']) {
      const key = 'crisis-store.error.number'
      assert.equal(verdict('crisis-peer', 'expireHours', value), key, value)
    }
  })

  it('take what a flow of an earlier version does not have as its default', () => {
    for (const set of SETS) {
      for (const name of Object.keys(definitionOf(set).defaults)) {
        if (definitionOf(set).defaults[name]!.validate === undefined) continue
        // These stood in the first version already.
        if (['zone', 'path', 'fields', 'code', 'jsonSuccess', 'address'].includes(name)) continue
        assert.equal(verdict(set, name, undefined, { engine: 'postgres' }), true, `${set} ${name}`)
      }
    }
  })

  it('want a whole table of replies, in which 0 may stand', () => {
    const table = (...codes: string[]) =>
      verdict(
        'crisis-peer',
        'replyTable',
        codes.map((code) => ({ code, action: 'hold' })),
      )
    assert.equal(table(), true)
    assert.equal(table('1', '00', 'E10'), true)
    assert.equal(table('1', ' '), 'crisis-peer.error.replyBlank')
    assert.equal(table(' 0 '), true, 'with a warning')
    assert.equal(table('1', '2', '1 '), 'crisis-peer.error.replyTwice')
  })

  it('ask for a connection only where there is a database, and for a local disk where there is a file', () => {
    for (const name of ['host', 'database', 'user']) {
      assert.equal(verdict('crisis-store', name, '', { engine: 'file' }), true, name)
      const blank = verdict('crisis-store', name, ' ', { engine: 'postgres' })
      assert.equal(blank, 'crisis-store.error.blank', name)
      assert.equal(verdict('crisis-store', name, 'crisis', { engine: 'postgres' }), true, name)
    }
    assert.equal(verdict('crisis-store', 'port', 'x', { engine: 'file' }), true)
    const port = verdict('crisis-store', 'port', 'x', { engine: 'postgres' })
    assert.equal(port, 'crisis-store.error.whole')
    for (const file of ['', 'ledger.db', '/var/lib/crisis/ledger.db', 'D:\\crisis\\ledger.db']) {
      assert.equal(verdict('crisis-store', 'file', file), true, file)
    }
    for (const file of ['\\\\server\\share\\ledger.db', '//server/share/ledger.db']) {
      assert.equal(verdict('crisis-store', 'file', file), 'crisis-store.error.network', file)
      assert.equal(verdict('crisis-store', 'file', file, { engine: 'postgres' }), true, file)
    }
  })

  it('want a limit only where there is one', () => {
    for (const query of ['open', 'dead']) {
      const limit = verdict('crisis-register', 'limit', '0', { query })
      assert.equal(limit, 'crisis-store.error.whole', query)
      assert.equal(verdict('crisis-register', 'limit', '10000', { query }), true, query)
    }
    assert.equal(verdict('crisis-register', 'limit', '0', { query: 'verify' }), true)
  })

  it('ask for a port only where there is one', () => {
    assert.equal(verdict('crisis-service', 'port', 'x', { mount: 'node-red' }), true)
    const port = { mount: 'port' }
    assert.equal(verdict('crisis-service', 'port', '70000', port), 'crisis-store.error.whole')
    assert.equal(verdict('crisis-service', 'port', '8088', port), true)
  })

  it('want a path that begins with a slash', () => {
    assert.equal(verdict('crisis-service', 'path', '/services/pacs'), true)
    for (const path of ['', 'services', '/a b', '/a?wsdl']) {
      assert.equal(verdict('crisis-service', 'path', path), 'crisis-service.error.path', path)
    }
  })

  it('take the lists of addresses that the runtime takes', () => {
    for (const name of ['allow', 'proxies']) {
      for (const [list, isGood] of [
        ['', true],
        [' ', true],
        ['10.1.2.3', true],
        ['10.1.2.3, 10.1.0.0/16;fd00::/8\n::1', true],
        ['10.1.2.3，10.1.2.4；10.1.2.5、10.1.2.6', true],
        ['255.255.255.255/32', true],
        ['2001:db8::1/128', true],
        ['::ffff:10.1.2.3', true],
        ['::ffff:10.1.0.0/112', true],
        ['FE80::1', true],
        ['pacs', false],
        ['pacs.example', false],
        ['10.1.2', false],
        ['10.1.2.256', false],
        ['10.1.2.3.4', false],
        ['10.1.2.03', false],
        ['10.1.2.3:8080', false],
        ['10.1.2.*', false],
        ['10.1.2.1-10.1.2.9', false],
        ['10.1.0.0/0', false],
        ['0.0.0.0/0', false],
        ['::/0', false],
        ['10.1.0.0/33', false],
        ['10.1.0.0/', false],
        ['10.1.0.0/16/8', false],
        ['10.1.0.0/255.255.0.0', false],
        ['fd00::/129', false],
        ['fd00:::1', false],
        ['[fd00::1]', false],
        ['12345::1', false],
        ['http://10.1.2.3', false],
      ] as const) {
        const said = verdict('crisis-service', name, list)
        assert.equal(said, isGood || 'crisis-service.error.addresses', `${name} ${list}`)
        const read = () => new AddressList(list)
        if (isGood) read()
        else assert.throws(read, { code: 'ADDRESS_LIST' }, list)
      }
    }
  })

  it('want an address or a WSDL', () => {
    const nowhere = 'crisis-peer.error.nowhere'
    assert.equal(verdict('crisis-peer', 'address', '', { wsdl: '' }), nowhere)
    assert.equal(verdict('crisis-peer', 'address', '', { wsdl: 'http://127.0.0.1/x?wsdl' }), true)
    assert.equal(verdict('crisis-peer', 'address', 'https://127.0.0.1:8443/x'), true)
    for (const address of ['127.0.0.1', 'ftp://127.0.0.1/', 'http://']) {
      const key = 'crisis-store.error.address'
      assert.equal(verdict('crisis-peer', 'address', address), key, address)
    }
  })

  it('know a zone', () => {
    for (const zone of ['+08:00', '-03:30', 'Asia/Shanghai', 'UTC']) {
      assert.equal(verdict('crisis-parser', 'zone', zone), true, zone)
    }
    for (const zone of ['', '8', '+8', '+99:00', 'Asia/Nowhere']) {
      assert.equal(verdict('crisis-parser', 'zone', zone), 'crisis-store.error.zone', zone)
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

describe('the validators and the runtime', () => {
  const runs = (make: () => unknown): boolean => {
    try {
      return make() !== false
    } catch {
      return false
    }
  }
  const rules = [
    [
      'crisis-service',
      'zone',
      ['CST', 'EST', 'MST', 'GMT', 'PRC', 'utc', 'UTC', '+14:30', '+0800', 'Asia/Shanghai', 'x'],
      (value: string) => isZone(value),
    ],
    [
      'generic-response',
      'code',
      ['０', '１', '２００', 'ｏｋ', '500', 'ok ', '0x0', '1e0', '-0', 'E1'],
      (value: string) => !looksLikeSuccess(value),
    ],
    [
      'crisis-service',
      'allow',
      [
        '::ffff:10.0.0.1',
        '::ffff:10.0.0.0/24',
        '::ffff:10.0.0.0/120',
        '010.0.0.1',
        'fe80::1%eth0',
        '10.0.0.0/08',
        '[::1]',
        '1.2.3.4/0',
        'fd00::/8',
      ],
      (value: string) => runs(() => new AddressList(value)),
    ],
    [
      'crisis-peer',
      'address',
      ['http://pacs/x', 'http://pacs：80/x', 'http://pacs/x？wsdl', 'http://pacs/x?a＝b'],
      (value: string) => runs(() => requireTypable(value)),
    ],
  ] as const
  for (const [set, setting, values, atRuntime] of rules) {
    it(`have one rule for ${setting} of ${set}`, () => {
      for (const value of values) {
        const inDialog = verdict(set, setting, value, { outcome: 'failure' }) === true
        assert.equal(inDialog, atRuntime(value), value)
      }
    })
  }
})
