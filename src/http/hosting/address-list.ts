import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net'
import { HttpError } from '../errors.js'

/** The largest list that anybody keeps by hand; more is a mistake. */
const MAX_ENTRIES = 1000
/** More callers than any service has; past it the answers are found anew. */
const MAX_ANSWERED = 1000

/** Addresses and networks, IPv4 and IPv6, in CIDR notation (RFC 4632, RFC 4291 section 2.3). */
export class AddressList {
  // One for each family: a network of IPv6 such as `::/16` holds all mapped addresses, and so everybody of IPv4.
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  /** Answers that were given: to ask the list makes an object that the garbage collector must finalise. */
  readonly #answered = new Map<string, boolean>()
  readonly size: number

  /**
   * @param text entries such as `10.1.2.3`, `10.1.0.0/16`, `fd00::/8`, apart by commas or white space
   * @throws HttpError ADDRESS_LIST, naming the entry by its position
   */
  constructor(text: string) {
    const entries = text.split(/[\s,;，；、]+/).filter((entry) => entry !== '')
    if (entries.length > MAX_ENTRIES) throw badEntry(MAX_ENTRIES + 1)
    for (const [index, entry] of entries.entries()) this.#add(entry, index + 1)
    this.size = entries.length
  }

  /** True for an address, as `plainAddress` writes it, that is in the list; a text that is no address never is. */
  has(address: string): boolean {
    const answered = this.#answered.get(address)
    if (answered !== undefined) return answered
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    const found = isIP(address) !== 0 && this.#lists[family].check(address, family)
    if (this.#answered.size >= MAX_ANSWERED) this.#answered.clear()
    this.#answered.set(address, found)
    return found
  }

  #add(entry: string, position: number): void {
    const [written = '', length, ...rest] = entry.split('/')
    const address = plainAddress(written)
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    const most = family === 'ipv4' ? 32 : 128
    if (isIP(address) === 0 || rest.length > 0) throw badEntry(position)
    if (length === undefined) {
      this.#lists[family].addAddress(address, family)
      return
    }
    // A network of mapped addresses is one of IPv4: the prefix counts the 96 bits in front as well.
    const bits = Number(length) - (family === 'ipv4' && written.includes(':') ? 96 : 0)
    // Everybody (`/0`) is no list; a service without one has a tick of its own.
    if (!/^\d{1,3}$/.test(length) || bits < 1 || bits > most) throw badEntry(position)
    this.#lists[family].addSubnet(address, bits, family)
  }
}

const IPV4 = /^[\d.]+$/

/**
 * An address to compare by: an IPv4 address on an IPv6 socket without its prefix (RFC 4291 section 2.5.5.2),
 * without the zone of a link-local one, and in the spelling of RFC 5952. What is no address stays as it is.
 */
export function plainAddress(address: string): string {
  if (IPV4.test(address)) return address
  const plain = address.replace(/%.*$/s, '').toLowerCase()
  if (!isIPv6(plain)) return plain
  // One address has many spellings: mapped ones in hexadecimal and with all zeros written out, too.
  const { address: written } = new SocketAddress({ address: plain, family: 'ipv6' })
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(written)?.[1] ?? written
}

const badEntry = (position: number): HttpError =>
  new HttpError(
    'ADDRESS_LIST',
    {
      zh: `地址列表第 ${position} 项无法识别：应为 10.1.2.3、10.1.0.0/16 或 fd00::/8 这样的地址或网段，且不能是 /0`,
      en: `Entry ${position} of the address list is not understood: write an address or network such as 10.1.2.3, 10.1.0.0/16 or fd00::/8, and not /0`,
    },
    '503',
  )
