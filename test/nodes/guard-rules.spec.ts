import assert from 'node:assert/strict'
import {
  guardsOf,
  isBasicUser,
  isPathSecret,
  reachOf,
  type GuardFields,
} from '../../nodes/settings/guard-rules.js'

const NONE: GuardFields = {
  allow: '',
  proxies: '',
  auth: '',
  user: '',
  secret: '',
  pathSecret: '',
  clientCert: false,
  tls: undefined,
}

const guards = (fields: Partial<GuardFields>) => {
  const isList = (text: string): boolean => /^[\d./]+$/.test(text)
  const isSet = (text: string): boolean => text.startsWith('${')
  const { whole, broken } = guardsOf({ ...NONE, ...fields }, isList, isSet)
  return { whole: [...whole], broken: [...broken] }
}

describe('the guards of a service', () => {
  it('are none where nothing is set', () => {
    assert.deepEqual(guards({}), { whole: [], broken: [] })
  })

  for (const [name, good, bad] of [
    ['allow', { allow: '10.1.0.0/16' }, { allow: 'pacs' }],
    ['allow', { allow: '${ALLOWED}' }, { allow: '10.1.2.x' }],
    ['auth', { auth: 'basic', user: 'pacs', secret: 'x' }, { auth: 'basic', secret: 'x' }],
    ['auth', { auth: 'bearer', secret: 'x' }, { auth: 'bearer', secret: ' ' }],
    [
      'auth',
      { auth: 'basic', user: '${U}', secret: 'x' },
      { auth: 'basic', user: 'a:b', secret: 'x' },
    ],
    ['pathSecret', { pathSecret: '0123456789abcdef' }, { pathSecret: '0123456789abcde' }],
    ['pathSecret', { pathSecret: '${SECRET}' }, { pathSecret: '0123456789abcdef/' }],
    ['clientCert', { clientCert: true, tls: 'with CA' }, { clientCert: true, tls: 'without CA' }],
    ['clientCert', { clientCert: true, tls: 'with CA' }, { clientCert: true, tls: 'none' }],
  ] as const) {
    it(`count ${name} when it is whole: ${JSON.stringify(bad)}`, () => {
      assert.deepEqual(guards(good), { whole: [name], broken: [] })
      assert.deepEqual(guards(bad), { whole: [], broken: [name] })
    })
  }

  it('do not count certificates on the port of Node-RED, whose TLS is not ours', () => {
    assert.deepEqual(guards({ clientCert: true }), { whole: [], broken: [] })
  })

  it('do not count proxies, which can be wrong all the same', () => {
    assert.deepEqual(guards({ proxies: '10.0.0.1' }), { whole: [], broken: [] })
    assert.deepEqual(guards({ allow: '10.0.0.1', proxies: 'x' }), {
      whole: ['allow'],
      broken: ['proxies'],
    })
  })

  it('know a user and a secret path as the runtime does', () => {
    assert.deepEqual(['pacs', ' ', 'a:b'].map(isBasicUser), [true, false, false])
    const paths = [
      'a'.repeat(16),
      'a'.repeat(128),
      'a'.repeat(15),
      'a'.repeat(129),
      `${'a'.repeat(16)}.`,
    ]
    assert.deepEqual(paths.map(isPathSecret), [true, true, false, false, false])
  })
})

describe('the reach of an own port', () => {
  for (const [reach, hosts] of [
    ['all', ['', ' ', '0.0.0.0', '::', '[::]']],
    ['local', ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost', 'LOCALHOST']],
    ['one', ['10.1.2.3', 'pacs.example', 'fd00::1', '1.127.0.1']],
  ] as const) {
    it(`is ${reach} for ${hosts.map((host) => `"${host}"`).join(', ')}`, () => {
      for (const host of hosts) assert.equal(reachOf(host), reach, host)
    })
  }
})
