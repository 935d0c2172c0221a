import { RATES, type RateRule } from '../../src/delivery/channels/index.js'
import { numberSetting, perMinuteRule, type ChannelConfig } from '../settings/index.js'

const MINUTE_MS = 60_000

/** The rules of the services themselves; a kind without one has no limit. */
const OWN: Readonly<Partial<Record<ChannelConfig['kind'], RateRule>>> = RATES

/**
 * The limit of a channel: the one of its kind, which a site may lower; null = none.
 * @throws SettingError SETTING_INVALID
 */
export function rateOf({
  kind,
  perMinute,
}: Pick<ChannelConfig, 'kind' | 'perMinute'>): RateRule | null {
  const own = OWN[kind] ?? null
  if (perMinute.trim() === '') return own
  const most = numberSetting('perMinute', perMinute, perMinuteRule(kind))
  const others = own?.limits.filter(({ withinMs }) => withinMs !== MINUTE_MS) ?? []
  return {
    limits: [{ most, withinMs: MINUTE_MS }, ...others],
    avoidsHalfHours: own?.avoidsHalfHours ?? false,
  }
}
