import type { ActSources } from '../../src/board/index.js'
import { CrisisError } from '../../src/messages/index.js'
import type { Face } from '../face/index.js'
import { giveUpDocuments, handsOut, passOnDocuments } from '../handout/index.js'
import type { Store } from '../store/index.js'

/** Decisions of people about what belongs to nodes and peers that are gone, named as `node:…` or `peer:…`. */
export function unclaimedBy(face: Face, store: Store): ActSources['unclaimed'] {
  const { runtime } = face
  const { ledger } = store
  return {
    async passOn(id, to, decision) {
      const peer = partOf(id, 'peer')
      if (peer !== null) return (await passOnDocuments(face, store, peer, to, decision)).documents
      const from = goneNode(id)
      const kind = handsOut(runtime.find(to)?.type ?? '')
      if (kind === undefined) throw nodeMissing()
      const args = { actor: store.actor(face), from, to, kind, decision }
      return ledger.run('passOnHandouts', args)
    },
    async giveUp(id, decision) {
      const peer = partOf(id, 'peer')
      if (peer !== null) return giveUpDocuments(face, store, peer, decision)
      const args = { actor: store.actor(face), node: goneNode(id), ...decision }
      return ledger.run('giveUpHandouts', args)
    },
  }

  /** One that runs hands its messages out itself. */
  function goneNode(id: string): string {
    const node = partOf(id, 'node')
    if (node === null || node === '' || runtime.find(node)) throw nodeMissing()
    return node
  }
}

const partOf = (id: string, kind: 'node' | 'peer'): string | null =>
  id.startsWith(`${kind}:`) ? id.slice(kind.length + 1) : null

const nodeMissing = (): CrisisError =>
  new CrisisError(
    'BOARD_NODE',
    {
      zh: '所指的节点正在运行，或接手的节点不在运行、不是同类节点',
      en: 'The node that is named runs, or the one that is to take over does not, or is of another kind',
    },
    '422',
  )
