import { Pager, type PageTrouble } from '../../src/delivery/index.js'
import type { Channel, RateRule } from '../../src/delivery/channels/index.js'
import { CrisisError } from '../../src/messages/index.js'
import { ConfigKind, type Face } from '../face/index.js'
import {
  CHANNEL_DEFAULTS,
  GROUP_CHATS,
  holdsLogin,
  LOGIN_IN_TEMPLATE,
  settingsOf,
  withoutPlaceholders,
  type ChannelConfig,
  type ChannelCredentials,
  type ChannelKind,
} from '../settings/index.js'
import { INSTANCE, useStore } from '../store/index.js'
import { meansOf } from './means.js'
import { openChannel } from './open-channel.js'
import { rateOf } from './rate.js'

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
function running(face: Face, config: ChannelConfig): RunningChannel {
  const { id, title: name } = face
  const { kind } = config
  const rate = rateOf(config)
  const means = meansOf(face.runtime, config)
  try {
    const channel = openChannel(config, face.credentials<ChannelCredentials>(), means)
    if (kind === 'gateway' && holdsLogin(withoutPlaceholders(config.url))) {
      face.warn('LOGIN_IN_TEMPLATE', LOGIN_IN_TEMPLATE)
    }
    const use = (user: Face) => face.addUser(user)
    const about = { id, name, kind, rate, channel, use }
    if (!channel) {
      means.poster.close()
      return { saved: { ...about, pages: 'flow', wake: () => {} }, close: async () => {} }
    }
    const { store, release } = useStore(face.runtime, config.store)
    const pager = new Pager({
      ledger: store.ledger,
      channel: id,
      name,
      instance: INSTANCE,
      ...store.actor(face),
      transport: channel,
      rate: rate && { rule: rate, per: kind === 'wecomApp' ? 'person' : 'channel' },
      isShared: GROUP_CHATS.has(kind),
      timeoutMs: means.pageMs,
      onTrouble: (trouble) => tell(face, trouble),
      onAttempt: (outcome) => store.meters.paged(name, outcome),
    })
    face.onceStarted(() => pager.start())
    return {
      saved: { ...about, pages: 'channel', wake: () => pager.wake() },
      async close() {
        await pager.close()
        // An attempt that is still on its way is recorded in the ledger, for the pager that follows.
        void pager.ended.then(() => {
          means.poster.close()
          return release()
        })
      },
    }
  } catch (error) {
    means.poster.close()
    throw error
  }
}

function tell(face: Face, { kind, code, reason }: PageTrouble): void {
  const trouble = new CrisisError(code, reason)
  if (kind === 'channelUp') face.allClear(trouble)
  else if (kind === 'ledger') face.log(trouble)
  else face.fail(trouble)
}
