import { FIGURE_GROUPS, type FigureGroup, type FiguresGroup } from '../../src/ledger/index.js'
import {
  MEASURES,
  type AskedLimits,
  type DurationRange,
  type Durations,
} from '../../src/loop/index.js'
import type { FlowMessage, Runtime } from '../face/index.js'
import { numberSetting, REGISTER_NUMBERS, type RegisterConfig } from '../settings/index.js'
import { countSoon, type Store } from '../store/index.js'
import { groupUnknown, tooManyGroups } from './errors.js'
import { textOf, valueOf } from './input.js'
import { daysOf, periodOf } from './period.js'

const MINUTE_MS = 60_000

/** @throws SettingError */
export function limitsOf({ receiveMinutes, processMinutes }: RegisterConfig): AskedLimits {
  const msOf = (name: 'receiveMinutes' | 'processMinutes', text: string): number =>
    numberSetting(name, text, REGISTER_NUMBERS[name]) * MINUTE_MS
  return {
    receivedMs: msOf('receiveMinutes', receiveMinutes),
    processedMs: msOf('processMinutes', processMinutes),
  }
}

/**
 * The figures of a period, each with its numerator, its denominator and what was left out.
 * @throws CrisisError REGISTER_TIME, REGISTER_BY, REGISTER_GROUPS; SettingError; LedgerError
 */
export async function figures(
  runtime: Runtime,
  store: Store,
  settings: RegisterConfig,
  msg: FlowMessage,
): Promise<object> {
  const by = groupsOf(msg, settings.by)
  const days = daysOf(periodOf(msg, settings.period, Date.now()))
  const limits = limitsOf(settings)
  await countSoon(store)
  const { groups, uncounted } = await store.ledger.ask('figures', {
    ...days,
    by,
    department: textOf(msg, 'department'),
    shift: textOf(msg, 'shift'),
    code: textOf(msg, 'code'),
    limits,
  })
  if (!groups) throw tooManyGroups()
  return {
    from: days.from ?? null,
    until: days.to ?? null,
    groups: groups.map((group) => shown(runtime, group)),
    uncounted,
  }
}

function groupsOf(msg: FlowMessage, setting: RegisterConfig['by']): readonly FigureGroup[] {
  const said = valueOf(msg, 'by') ?? (setting === '' ? [] : setting)
  const names: readonly unknown[] = Array.isArray(said) ? said : [said]
  const groups = FIGURE_GROUPS.filter((group) => names.includes(group))
  if (groups.length !== names.length) throw groupUnknown()
  return groups
}

const shown = (runtime: Runtime, { of, figures: all, receive, process }: FiguresGroup) => ({
  of,
  figures: all.map(({ code, numerator, denominator, open, excluded }) => ({
    code,
    name: runtime.words(MEASURES[code].name),
    numerator,
    denominator,
    rate: denominator === 0 ? null : numerator / denominator,
    open,
    excluded,
    numeratorText: runtime.words(MEASURES[code].numerator),
    denominatorText: runtime.words(MEASURES[code].denominator),
  })),
  receive: inMinutes(receive),
  process: inMinutes(process),
})

const inMinutes = ({ n, median, p90 }: Durations) => ({
  n,
  median: median && minutesOf(median),
  p90: p90 && minutesOf(p90),
})

const minutesOf = ({ over, upTo }: DurationRange) => ({
  over: over / MINUTE_MS,
  upTo: upTo === null ? null : upTo / MINUTE_MS,
})
