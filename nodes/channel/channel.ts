import { Pager, type PageTrouble } from '../../src/delivery/index.js'
import { ntfy, type Channel, type RateRule } from '../../src/delivery/channels/index.js'
import { Poster } from '../../src/http/calling/index.js'
import { CrisisError } from '../../src/messages/index.js'
import { ConfigKind, type Face } from '../face/index.js'
import {
  CHANNEL_DEFAULTS,
  settingsOf,
  type ChannelConfig,
  type ChannelKind,
} from '../settings/index.js'
import { INSTANCE, useStore } from '../store/index.js'

/** A channel as nodes use it, or the reason why nobody can: every page by it fails with that. */
export type SavedChannel =
  | {
      readonly id: string
      /** The name that people gave it, else its id. */
      readonly name: string
      readonly kind: ChannelKind
      /** `flow`: its pages leave by the node that sends them, and the flow says what became of each. */
      readonly pages: 'flow' | 'channel'
      /** The most that it takes; null = no limit. */
      readonly rate: RateRule | null
      /** Null where pages leave by the flow. */
      readonly channel: Channel | null
      /** Says that a page has come. */
      wake(): void
      /** Has the Catch nodes of a node hear of its troubles as well; returns how to stop that. */
      use(user: Face): () => void
    }
  | { readonly problem: unknown }

export const CHANNEL = new ConfigKind<SavedChannel>('crisis channel')

/** A channel that runs, from the start of the flows to the end of its node. */
export interface RunningChannel {
  readonly saved: SavedChannel
  /** Ends within 2 s, whatever is on its way. May be called again. */
  close(): Promise<void>
}

/** The channel of a `crisis channel` node. One that cannot be used is told of when the flows start. */
export function runChannel(face: Face, given: ChannelConfig): RunningChannel {
  try {
    return running(face, settingsOf<ChannelConfig>(given, CHANNEL_DEFAULTS))
  } catch (problem) {
    face.onceStarted(() => face.fail(problem))
    return { saved: { problem }, close: async () => {} }
  }
}

/** @throws SettingError */
function running(face: Face, { kind, server, store: storeId }: ChannelConfig): RunningChannel {
  const { id, title: name } = face
  const use = (user: Face) => face.addUser(user)
  const about = { id, name, kind, rate: null, use }
  if (kind === 'flow') {
    return {
      saved: { ...about, pages: 'flow', channel: null, wake: () => {} },
      close: async () => {},
    }
  }
  const poster = new Poster()
  const channel = ntfy({ door: poster, origin: server })
  const { store, release } = useStore(face.runtime, storeId)
  const pager = new Pager({
    ledger: store.ledger,
    channel: id,
    instance: INSTANCE,
    ...store.actor(face),
    transport: channel,
    rate: null,
    onTrouble: (trouble) => tell(face, trouble),
  })
  face.onceStarted(() => pager.start())
  return {
    saved: { ...about, pages: 'channel', channel, wake: () => pager.wake() },
    async close() {
      await pager.close()
      // What is still on its way is recorded in the ledger, for the pager that follows.
      void pager.ended.then(() => {
        poster.close()
        return release()
      })
    },
  }
}

function tell(face: Face, { kind, code, reason }: PageTrouble): void {
  const trouble = new CrisisError(code, reason)
  if (kind === 'channelUp') face.allClear(trouble)
  else if (kind === 'ledger') face.log(trouble)
  else face.fail(trouble)
}
