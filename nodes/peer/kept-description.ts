import { createHash } from 'node:crypto'
import { CrisisError, isoInZone } from '../../src/messages/index.js'
import type { Ledger } from '../../src/ledger/index.js'
import type { RemoteOptions } from '../../src/soap/index.js'
import type { Face } from '../face/index.js'

/**
 * Keeps what was read last of a peer's WSDL in the ledger. That it is used in the place of one that cannot be had is an
 * alarm, whose end is told as well.
 * @param show hears when the one that is used was read, in epoch ms; null = the one that the peer has now
 */
export function keptDescriptions(
  peer: Face,
  ledger: Ledger,
  zone: string,
  show: (readAt: number | null) => void,
): NonNullable<RemoteOptions['kept']> {
  let warned = false
  return {
    save: (source, description, at) =>
      ledger.run('keepDescription', { peer: peer.id, source: nameOf(source), description, at }),
    load: async (source) =>
      (await ledger.run('keptDescription', { peer: peer.id, source: nameOf(source) })) ?? undefined,
    used(at, { code, reason }) {
      show(at)
      if (warned) return
      warned = true
      const when = isoInZone(at, zone)
      const kept = new CrisisError('WSDL_KEPT', {
        zh: `对方的 WSDL 取不到，沿用 ${when} 读取的内容：${reason.zh}（${code}）`,
        en: `The WSDL of the peer cannot be had, so the one read at ${when} is used: ${reason.en} (${code})`,
      })
      peer.fail(kept)
    },
    current() {
      show(null)
      if (!warned) return
      warned = false
      peer.allClear(new CrisisError('WSDL_CURRENT', CURRENT))
    },
  }
}

const CURRENT = {
  zh: '对方的 WSDL 已可读取，不再沿用先前的内容',
  en: 'The WSDL of the peer can be had again, and the kept one is used no more',
}

/** An address may have a login in it, which is not for the ledger. */
const nameOf = (source: string): string => createHash('sha256').update(source).digest('hex')
