import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { AddressList } from '../../../src/http/hosting/index.js'
import { HttpError } from '../../../src/http/index.js'
import { plainAddress } from '../../../src/http/hosting/address-list.js'
import { callerOf } from '../../../src/http/hosting/caller.js'

describe('a list of addresses', () => {
  it('knows addresses and networks of both versions', () => {
    const list = new AddressList(
      '10.1.2.3, 172.16.0.0/12;192.168.5.77/24\n2001:db8::1 fd00::/8，203.0.113.9、::ffff:198.51.100.0/120',
    )
    assert.equal(list.size, 7)
    for (const address of [
      '10.1.2.3',
      '172.31.255.255',
      // The bits behind the prefix say nothing.
      '192.168.5.1',
      '2001:db8::1',
      '2001:0DB8:0:0:0:0:0:1',
      'fd12:3456::1',
      '203.0.113.9',
      '198.51.100.7',
      // On an IPv6 socket.
      '::ffff:10.1.2.3',
      '::FFFF:0a01:0203',
      '0:0::ffff:10.1.2.3',
      'fd00::1%eth0',
    ]) {
      assert.equal(list.has(plainAddress(address)), true, address)
    }
    for (const address of [
      '10.1.2.4',
      '172.32.0.0',
      '192.168.6.1',
      '2001:db8::2',
      'fe80::1',
      '::ffff:10.1.2.4',
      '::10.1.2.3',
      '10.1.2.3.4',
      '010.1.2.3',
      'localhost',
      '',
    ]) {
      assert.equal(list.has(plainAddress(address)), false, address)
    }
  })

  it('gives the same answer however many ask and however often', () => {
    const list = new AddressList('10.1.0.0/16')
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 2500; n++) {
        assert.equal(list.has(`10.1.${n >> 8}.${n & 255}`), true)
        assert.equal(list.has(`10.2.${n >> 8}.${n & 255}`), false)
      }
      assert.equal(list.has('10.1.x'), false)
    }
  })

  it('takes no network of IPv6 for one that holds IPv4', () => {
    const list = new AddressList('::1/16')
    assert.equal(list.has('::2'), true)
    assert.equal(list.has('10.1.2.3'), false)
    assert.equal(list.has(plainAddress('::ffff:10.1.2.3')), false)
    assert.equal(new AddressList('0::ffff:10.1.2.0/120').has('10.1.2.3'), true)
  })

  it('says which entry it does not understand, and never takes it for everybody', () => {
    for (const entry of [
      '10.1.2',
      '10.1.2.3/33',
      '10.0.0.0/0',
      '::/0',
      '::ffff:0.0.0.0/96',
      '10.0.0.0/-1',
      '10.0.0.0/8.5',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      'fd00::/129',
      '256.1.1.1',
      'pacs.example',
      '*',
    ]) {
      assert.throws(
        () => new AddressList(`127.0.0.1, ${entry}`),
        (thrown: unknown) =>
          thrown instanceof HttpError &&
          thrown.code === 'ADDRESS_LIST' &&
          thrown.reason.zh.includes('第 2 项') &&
          thrown.reason.en.includes('Entry 2'),
        entry,
      )
    }
    assert.throws(() => new AddressList('10.1.1.1 '.repeat(1001)), HttpError)
  })

  it('lets nobody in when it is empty', () => {
    const list = new AddressList(' , ')
    assert.equal(list.size, 0)
    assert.equal(list.has('127.0.0.1'), false)
  })
})

describe('the caller of a request', () => {
  const proxies = new AddressList('10.0.0.0/24')
  const asked = (remoteAddress: string, forwarded?: string | string[]): string =>
    callerOf(
      {
        socket: { remoteAddress },
        headers: { ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) },
      } as unknown as IncomingMessage,
      proxies,
    )

  it('is the other end, whatever it claims, unless that is a trusted proxy', () => {
    assert.equal(asked('192.0.2.1'), '192.0.2.1')
    assert.equal(asked('192.0.2.1', '10.0.0.1, 127.0.0.1'), '192.0.2.1')
    assert.equal(asked('::ffff:192.0.2.1', '127.0.0.1'), '192.0.2.1')
    assert.equal(asked('10.0.0.1'), '10.0.0.1')
  })

  it('is the right-most address that is not a trusted proxy', () => {
    assert.equal(asked('10.0.0.1', '192.0.2.7'), '192.0.2.7')
    assert.equal(asked('::ffff:10.0.0.1', '192.0.2.7'), '192.0.2.7')
    // What the caller wrote itself stands further left.
    assert.equal(asked('10.0.0.1', '127.0.0.1, 192.0.2.7'), '192.0.2.7')
    assert.equal(asked('10.0.0.1', '127.0.0.1, 192.0.2.7, 10.0.0.2'), '192.0.2.7')
    assert.equal(asked('10.0.0.1', ['127.0.0.1', '192.0.2.7']), '192.0.2.7')
    assert.equal(asked('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3')
    assert.equal(asked('10.0.0.1', '192.0.2.7:5678'), '192.0.2.7')
    assert.equal(asked('10.0.0.1', '[2001:db8::1]:5678'), '2001:db8::1')
  })

  it('is unknown where a trusted proxy says something that is no address', () => {
    for (const header of ['unknown', '192.0.2.7, _hidden', '127.0.0.1,', '127.0.0.1 10.0.0.2']) {
      assert.equal(asked('10.0.0.1', header), '', header)
    }
    assert.equal(asked('10.0.0.1', '192.0.2.7,'.repeat(1000)), '')
  })
})
