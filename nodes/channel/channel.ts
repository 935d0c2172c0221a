import type { Channel, RateRule } from '../../src/delivery/channels/index.js'
import { ConfigKind, type Face } from '../face/index.js'
import {
  CHANNEL_DEFAULTS,
  holdsLogin,
  LOGIN_IN_TEMPLATE,
  settingsOf,
  withoutPlaceholders,
  type ChannelConfig,
  type ChannelCredentials,
  type ChannelKind,
} from '../settings/index.js'
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
      face.warn(LOGIN_IN_TEMPLATE)
    }
    // A pager that sends by `channel` begins and ends here: it is started once the flows are, woken by `wake`, and
    // closed before its poster.
    return {
      saved: { id, name, kind, pages: channel ? 'channel' : 'flow', rate, channel, wake: () => {} },
      close: async () => means.poster.close(),
    }
  } catch (error) {
    means.poster.close()
    throw error
  }
}
