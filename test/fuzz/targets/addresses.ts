import assert from 'node:assert/strict'
import { isIP, isIPv4 } from 'node:net'
import { AddressList, plainAddress } from '../../../src/http/hosting/address-list.js'
import { callerOf } from '../../../src/http/hosting/caller.js'
import { attempt } from '../checks.js'
import type { Choices } from '../choices.js'
import { requestOf } from '../received.js'
import type { Target } from './target.js'

/** Three lines: a list of addresses, the other end of the connection, what `X-Forwarded-For` says. */
export const addresses: Target = {
  name: 'addresses',
  fresh(choices) {
    const list = choices.list(
      4,
      () => address(choices) + choices.pick(['', '/8', '/16', '/32', '/64', '/127', '/0', '/112']),
    )
    const hops = choices.list(
      4,
      () => choices.pick(['', ' ']) + address(choices) + choices.pick(['', ':80']),
    )
    return Buffer.from(
      `${list.join(choices.pick([',', ' ', ';', '，']))}\n${address(choices)}\n${hops.join()}`,
    )
  },
  run(bytes) {
    const said = bytes.toString('latin1')
    const [list = '', remote = '', forwarded = ''] = said.split('\n')
    const { value: proxies } = attempt(said, () => new AddressList(list))
    const request = requestOf({ 'x-forwarded-for': forwarded }, Buffer.alloc(0), remote)
    const seen = plainAddress(remote)
    assert.equal(callerOf(request, undefined), seen)
    if (!proxies) return
    const entries = list.split(/[\s,;，；、]+/).filter((entry) => entry !== '')
    assert.equal(proxies.size, entries.length)
    const caller = callerOf(request, proxies)
    const hops = forwarded.split(',').map((hop) => hop.trim())
    for (const one of [seen, caller, ...hops.map(plain)]) {
      assert.equal(
        proxies.has(one),
        entries.some((entry) => isIn(one, entry)),
        'in the list by one reading and not by another',
      )
    }
    if (!proxies.has(seen)) assert.equal(caller, seen, 'believed somebody who is no proxy')
    else assert.equal(caller, callerBy(hops, seen, proxies), 'took somebody else for the caller')
  },
}

/** The right-most that is no proxy, behind which nothing is that nobody understands. */
function callerBy(hops: readonly string[], seen: string, proxies: AddressList): string {
  if (hops.length > 32) return ''
  const at = hops.findLastIndex((hop) => isIP(plain(hop)) === 0 || !proxies.has(plain(hop)))
  const hop = hops[Math.max(at, 0)] ?? ''
  if (isIP(plain(hop)) !== 0) return plain(hop)
  if (hop !== '' || at > 0) return ''
  return hops[1] === undefined ? seen : plain(hops[1])
}

const plain = (hop: string): string =>
  plainAddress(
    hop.replace(/^\[([^\]]+)\](?::\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1'),
  )

function address(choices: Choices): string {
  const byte = (): number => choices.pick([10, 127, 0, 1, 255, choices.below(256)])
  const four = (): string => [byte(), byte(), byte(), byte()].join('.')
  const word = (): string => ((byte() << 8) | byte()).toString(16)
  return choices.pick([
    four,
    four,
    () => `::ffff:${four()}`,
    () => `::ffff:${word()}:${word()}`,
    () => `fd00::${word()}`,
    () => `fe80::${word()}%eth0`,
    () => [1, 2, 3, 4, 5, 6, 7, 8].map(word).join(':'),
    () => '::1',
    () => `[::1]:8${byte()}`,
    () => 'unknown',
  ])()
}

/** Whether an address is in a network, bit by bit. IPv4 counts as IPv4, however it is written. */
function isIn(one: string, entry: string): boolean {
  const [network = '', length] = entry.split('/')
  const [bits, other] = [bitsOf(one), bitsOf(network)]
  if (bits === undefined || other === undefined || bits.length !== other.length) return false
  const isMapped = bits.length === 32 && network.includes(':')
  const kept = length === undefined ? bits.length : Number(length) - (isMapped ? 96 : 0)
  return bits.slice(0, kept) === other.slice(0, kept)
}

function bitsOf(written: string): string | undefined {
  const text = written.replace(/%.*$/s, '')
  if (isIP(text) === 0) return undefined
  if (isIPv4(text))
    return text
      .split('.')
      .map((part) => binary(Number(part), 8))
      .join('')
  // The last 32 bits may be written as those of IPv4.
  const whole = text.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_all, a, b, c, d) =>
      `${((Number(a) << 8) | Number(b)).toString(16)}:${((Number(c) << 8) | Number(d)).toString(16)}`,
  )
  const [left = '', right] = whole.split('::')
  const words = (side: string): string[] => (side === '' ? [] : side.split(':'))
  const [front, back] = [words(left), words(right ?? '')]
  const gap = right === undefined ? 0 : 8 - front.length - back.length
  const all = [...front, ...Array.from({ length: gap }, () => '0'), ...back]
  const bits = all.map((word) => binary(Number.parseInt(word, 16), 16)).join('')
  return bits.startsWith(`${'0'.repeat(80)}${'1'.repeat(16)}`) ? bits.slice(96) : bits
}

const binary = (value: number, width: number): string => value.toString(2).padStart(width, '0')
