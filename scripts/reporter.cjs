// Mocha's spec reporter, which also leaves its counts, and what failed, where scripts/test.mjs adds them up.
const { appendFileSync } = require('node:fs')
const { reporters } = require('mocha')

module.exports = class TallyReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const failures = []
    runner.on('fail', (test, error) => {
      const reason = String(error?.message ?? error).replace(/\s+/g, ' ')
      failures.push(`${test.fullTitle()}: ${reason.slice(0, 1_000)}`)
    })
    runner.once('end', () => {
      const { passes, pending } = this.stats
      const line = { passed: passes, failed: this.stats.failures, skipped: pending, failures }
      if (process.env.CRISIS_TALLY)
        appendFileSync(process.env.CRISIS_TALLY, `${JSON.stringify(line)}\n`)
    })
  }
}
