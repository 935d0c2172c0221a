import { boardActs, boardReads, type BoardActs, type BoardReads } from '../../src/board/index.js'
import type { Face } from '../face/index.js'
import { REGISTER_DEFAULTS, zoneSetting } from '../settings/index.js'
import { countSoon, type Store } from '../store/index.js'
import { flowsOfActs } from './flows.js'
import { namesFor } from './names.js'
import { rostersNow } from './rosters.js'
import { unclaimedBy } from './unclaimed.js'

/** All that a board reads and does. */
export interface OpenedReads {
  readonly reads: BoardReads
  readonly acts: BoardActs
  close(): void
}

const MINUTE_MS = 60_000

/** For alerts that no plan follows. */
const LIMITS = {
  receivedMs: Number(REGISTER_DEFAULTS.receiveMinutes) * MINUTE_MS,
  processedMs: Number(REGISTER_DEFAULTS.processMinutes) * MINUTE_MS,
}

/** The read model and the acts of a board, made of a ledger and of the nodes beside it. @throws SettingError */
export function openReads(
  face: Face,
  store: Store,
  config: { readonly zone: string },
): OpenedReads {
  const { runtime } = face
  const { ledger } = store
  const zone = zoneSetting(config.zone.trim())
  const actor = () => store.actor(face)
  return {
    reads: boardReads({
      ledger,
      names: () => namesFor(runtime, ledger),
      rosterNow: () => rostersNow(runtime),
      count: () => countSoon(store),
      zone,
      limits: LIMITS,
    }),
    acts: boardActs({
      ledger,
      actor,
      flowFor: flowsOfActs(runtime, ledger, { actor, zone }),
      unclaimed: unclaimedBy(face, store),
    }),
    close: () => {},
  }
}
