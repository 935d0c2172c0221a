import type { NumberRule } from './rules.js'

// Apart from the other settings of a peer, whose types lead to all of SOAP, which no browser loads.
export const PEER_NUMBERS = {
  connectSeconds: { least: 1, most: 3600, fallback: 5 },
  totalSeconds: { least: 1, most: 3600, fallback: 15 },
  maxKilobytes: { least: 1, most: 65_536, fallback: 4096 },
  clockOffset: { least: -86_400, most: 86_400, fallback: 0, whole: true },
  parallel: { least: 1, most: 32, fallback: 4, whole: true },
  perMinute: { least: 0, most: 10_000, fallback: 0, whole: true },
  troubleMinutes: { least: 1, most: 1440, fallback: 5 },
  // Blank = never, which is what 0 stands for here.
  expireHours: { least: 1, most: 8760, fallback: 0 },
} as const satisfies Readonly<Record<string, NumberRule>>
