import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { METRICS } from '../../src/board/index.js'
import { ROOT } from '../house/house.js'

export const RULES = join(ROOT, 'docs', 'monitoring', 'crisis-alerts.yml')
export const DASHBOARD = join(ROOT, 'docs', 'monitoring', 'grafana-dashboard.json')

/** The names of all alerts, in the order of the file. */
export const alertNames = (): readonly string[] =>
  [...readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? '')

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
  readonly targets: readonly { readonly expr: string }[]
}

export const panels = (): readonly Panel[] =>
  (JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: readonly Panel[] }).panels

/** The metrics that a text names, without the endings of a histogram's series. */
export function metricsIn(text: string): readonly string[] {
  const names = [...text.matchAll(/\bcrisis_[a-z_]+/g)].map(([name]) => name)
  return [...new Set(names)].map((name) => {
    const whole = name.replace(/_(?:bucket|sum|count)$/, '')
    return Object.hasOwn(METRICS, name) ? name : whole
  })
}
