import { createHash } from 'node:crypto'
import { isoInZone } from '../../src/messages/index.js'
import type { Ledger } from '../../src/ledger/index.js'
import type { RemoteOptions } from '../../src/soap/index.js'
import type { Face } from '../face/index.js'

/**
 * Keeps what was read last of a peer's WSDL in the ledger, and warns while it is used in the place of one that cannot be
 * had.
 */
export function keptDescriptions(
  peer: Face,
  ledger: Ledger,
  zone: string,
): NonNullable<RemoteOptions['kept']> {
  let warned = false
  return {
    save: (source, description, at) =>
      ledger.run('keepDescription', { peer: peer.id, source: nameOf(source), description, at }),
    load: async (source) =>
      (await ledger.run('keptDescription', { peer: peer.id, source: nameOf(source) })) ?? undefined,
    used(at, { code, reason }) {
      if (warned) return
      warned = true
      const when = isoInZone(at, zone)
      peer.warn({
        zh: `对方的 WSDL 取不到，沿用 ${when} 读取的内容：${reason.zh} [${code}]`,
        en: `The WSDL of the peer cannot be had, so the one read at ${when} is used: ${reason.en} [${code}]`,
      })
    },
    current() {
      warned = false
    },
  }
}

/** An address may have a login in it, which is not for the ledger. */
const nameOf = (source: string): string => createHash('sha256').update(source).digest('hex')
