import assert from 'node:assert/strict'
import { filesBelow } from './house.js'

const OPERATIONS = 'src/ledger/operations'
const sources = filesBelow(OPERATIONS, /\.ts$/)

/** Who may write into a table; what is past its retention is removed by `prune`. */
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  acknowledgement: ['acknowledge/acknowledge.ts'],
  link: ['acknowledge/links.ts', 'acknowledge/use-link.ts'],
  link_secret: ['acknowledge/links.ts'],
  alert: ['exam/save.ts', 'prune.ts'],
  alert_key: ['exam/save.ts'],
  revision: ['exam/save.ts'],
  stage: ['exam/save.ts'],
  told: ['exam/save.ts', 'prune.ts'],
  report: ['prune.ts', 'reports.ts'],
  attempt: ['attempts.ts', 'prune.ts'],
  feedback: ['feedback.ts', 'prune.ts'],
  owed: ['clock.ts', 'handouts.ts', 'unclaimed-handouts.ts'],
  decision: ['decisions.ts', 'prune.ts'],
  audit: ['audit.ts'],
  audit_head: ['audit.ts'],
  raw: ['records.ts'],
  quarantine: ['prune.ts', 'upkeep.ts'],
  board_account: ['board/accounts.ts'],
  board_session: ['board/accounts.ts', 'board/sessions.ts'],
  caller: ['callers.ts'],
  clock: ['clock.ts'],
  description: ['descriptions.ts'],
  pace: ['pace.ts'],
  peer: ['clock.ts', 'unclaimed-documents.ts', 'upkeep.ts'],
  synthetic: ['note-trouble.ts', 'synthetic.ts'],
  limit_timer: ['limits.ts'],
  timer: ['timers.ts'],
  trouble: ['note-trouble.ts', 'troubles.ts'],
  volume: ['watchdog.ts'],
  watch: ['watches.ts'],
  counted: ['tally.ts'],
  tally_rules: ['tally.ts'],
  page: [
    ...['clock.ts', 'pages/claim.ts', 'pages/conclude.ts', 'pages/leases.ts', 'pages/rows.ts'],
    ...['pages/prune.ts', 'pages/send.ts'],
  ],
  page_attempt: ['pages/conclude.ts', 'pages/prune.ts'],
  channel: ['pages/claim.ts'],
  phone_call: ['board/phone-calls.ts', 'prune.ts'],
}

describe('the tables of the ledger', () => {
  for (const [table, files] of Object.entries(WRITERS)) {
    it(`have few who write into them: ${table}`, () => {
      const writes = new RegExp(`\\b(?:insert into|update|delete from) ${table}\\b(?! set lane)`)
      const found = sources
        .filter(({ text }) => writes.test(text.replaceAll(/^\s*(?:\/\/|\*).*$/gm, '')))
        .map(({ path }) => path.slice(OPERATIONS.length + 1))
      assert.deepEqual(found.toSorted(), files.toSorted())
    })
  }

  it('have one place where the state of a document is set', () => {
    const sets = /update outbox set(?:(?!\bwhere\b)[^;])*?\bstate =/
    const found = sources
      .filter(({ text }) => sets.test(text))
      .map(({ path }) => path.slice(OPERATIONS.length + 1))
    assert.deepEqual(found, ['transition.ts'])
  })
})
