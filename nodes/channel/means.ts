import type { ConnectionOptions } from 'node:tls'
import { Poster } from '../../src/http/calling/index.js'
import type { Runtime } from '../face/index.js'
import {
  CHANNEL_NUMBERS,
  numberSetting,
  SettingError,
  type ChannelConfig,
} from '../settings/index.js'

/** The ways out of this machine that a channel goes by. */
export interface Means {
  readonly poster: Poster
  /** Of the TLS configuration that was chosen; undefined = none was. */
  readonly tls: ConnectionOptions | undefined
  readonly connectMs: number
  readonly totalMs: number
  /** Longest time of a page: two calls, of which the first fetches a token, and some time to spare. */
  readonly pageMs: number
}

/** No answer of a service for paging has more, in bytes. */
const MAX_ANSWER_BYTES = 1 << 20

const SPARE_MS = 5_000

/**
 * The poster has to be closed by whoever asks for it.
 * @throws SettingError SETTING_MISSING, SETTING_INVALID
 */
export function meansOf(
  runtime: Pick<Runtime, 'tls'>,
  config: Pick<ChannelConfig, 'tls' | 'connectSeconds' | 'totalSeconds'>,
): Means {
  const tls = config.tls === '' ? undefined : runtime.tls(config.tls)
  // Never without TLS where TLS was asked for.
  if (config.tls !== '' && !tls) {
    throw new SettingError('SETTING_MISSING', {
      zh: '所选的 TLS 配置已被删除或停用',
      en: 'The TLS configuration that was chosen was deleted or disabled',
    })
  }
  const ms = (name: 'connectSeconds' | 'totalSeconds'): number =>
    1000 * numberSetting(name, config[name], CHANNEL_NUMBERS[name])
  const connectMs = ms('connectSeconds')
  const totalMs = ms('totalSeconds')
  const limits = { connectTimeoutMs: connectMs, deadlineMs: totalMs, maxBytes: MAX_ANSWER_BYTES }
  const poster = new Poster({ ...(tls && { tls }), ...limits })
  const pageMs = 2 * (connectMs + totalMs) + SPARE_MS
  return { poster, tls, connectMs, totalMs, pageMs }
}
