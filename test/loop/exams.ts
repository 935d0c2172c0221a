import type { Alert, Content } from '../../src/loop/index.js'

/** An alert of an exam, as it is loaded. */
export const alertOf = (id: number, change: Partial<Alert> = {}): Alert => ({
  id,
  key: `k${id}`,
  keys: [`k${id}`],
  finding: 'finding',
  sickNo: 'C1',
  stage: 'stored',
  revision: 1,
  content: `content ${id}`,
  setAt: '2026-01-01T10:00:00+08:00',
  openedAt: 0,
  receivedAt: null,
  processedAt: null,
  fedBackAt: null,
  cancelledAt: null,
  hold: null,
  resent: 0,
  target: null,
  crisis: {},
  contents: [contentOf(1, `content ${id}`)],
  milestones: [],
  ...change,
})

export const contentOf = (revision: number, content: string): Content => ({
  revision,
  content,
  documentHash: null,
})
