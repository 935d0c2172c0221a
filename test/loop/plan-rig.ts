import assert from 'node:assert/strict'
import {
  advanced,
  acknowledge,
  readPlan,
  type Alert,
  type Plan,
  type PlanStep,
} from '../../src/loop/index.js'
import { alertOf } from './exams.js'

/* Plans and alerts that timers are asked about. */

export const MINUTE = 60_000
/** 2026-01-05, a Monday, at 20:00 in China. */
export const START = Date.UTC(2026, 0, 5, 12)

export const step = (minutes: number, change: Partial<PlanStep> = {}): PlanStep => ({
  afterMs: minutes * MINUTE,
  until: 'received',
  role: `role ${minutes}`,
  channels: [],
  repeatMs: null,
  cap: null,
  ...change,
})

export const last = (minutes: number, change: Partial<PlanStep> = {}): PlanStep =>
  step(minutes, { until: 'processed', repeatMs: 10 * MINUTE, ...change })

export function planOf(steps: readonly PlanStep[], id = 'p'): Plan {
  const limits = { receivedMs: 10 * MINUTE, processedMs: 30 * MINUTE }
  const { plan, problems } = readPlan({ id, name: id, limits, steps })
  assert.ok(plan, JSON.stringify(problems))
  return plan
}

/** 5, 10 and 15 min to receive, 30 to process, then every 10 min. */
export const PLAN = planOf([step(5), step(10), step(15), last(30)])

export const openAt = (at = START, change: Partial<Alert> = {}): Alert =>
  alertOf(1, {
    openedAt: at,
    setAt: new Date(at).toISOString(),
    milestones: [{ stage: 'stored', at, saidAt: null, code: '', name: '' }],
    ...change,
  })

/** The alert after somebody has said that it is received, or processed as well, at that moment. */
export function after(alert: Alert, stage: 'received' | 'processed', at: number): Alert {
  const said = { at: new Date(at).toISOString(), person: { code: '040002', name: '医生' } }
  const both = { received: said, processed: stage === 'processed' ? said : null }
  return advanced(alert, acknowledge(alert, both, at), at)
}

/** The alert with a content that came in later. */
export const revisedAt = (alert: Alert, revision: number, at: number): Alert => ({
  ...alert,
  revision,
  stage: 'stored',
  receivedAt: null,
  processedAt: null,
  milestones: [...alert.milestones, { stage: 'stored', at, saidAt: null, code: '', name: '' }],
})
