// Mocha's spec reporter, which also leaves its counts where scripts/test.mjs adds them up.
const { appendFileSync } = require('node:fs')
const { reporters } = require('mocha')

module.exports = class TallyReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats
      const line = { passed: passes, failed: failures, skipped: pending }
      if (process.env.CRISIS_TALLY)
        appendFileSync(process.env.CRISIS_TALLY, `${JSON.stringify(line)}\n`)
    })
  }
}
