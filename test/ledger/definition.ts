import type { EngineDefinition, Row, SqlValue, Step } from '../../src/store/index.js'
import { countPage } from '../../src/ledger/operations/exam/save.js'
import { loadExam } from '../../src/ledger/operations/exam/load.js'
import { waitingPages } from '../../src/ledger/operations/pages/supersede.js'
import { number, sql, text } from '../../src/ledger/operations/sql.js'
import { rulesFor, timerFor } from '../../src/ledger/operations/timers.js'
import { isPageWanted, timerBy } from '../../src/loop/index.js'
import { definition as real } from '../../src/ledger/operations/index.js'

/** The ledger as it is, ways past its operations (to look at rows, and to let them be older), and parts of some. */
export const definition: EngineDefinition = {
  ...real,
  operations: {
    ...real.operations,
    *statement(args: {
      readonly sql: string
      readonly params: readonly SqlValue[]
    }): Step<readonly Row[]> {
      return yield args
    },
    outOfLine,
    countPage: ({ alert }: { readonly alert: number }) => countPage(alert),
  },
}

/** The alerts whose timer of a watch is not the one that follows from them, or for which a page waits that nobody needs. */
function* outOfLine({ target }: { readonly target: string }): Step<readonly string[]> {
  const rules = yield* rulesFor(target)
  const exams = yield sql('select distinct system, pair from alert')
  const faults: string[] = []
  for (const row of exams) {
    const exam = yield* loadExam({ system: text(row, 'system'), examKey: text(row, 'pair') })
    for (const alert of exam.alerts) {
      const about = `alert ${alert.id}, ${alert.stage}`
      const timer = yield* timerFor(alert.id, target)
      const wanted = rules && timerBy(rules, alert, timer)
      if (wanted !== timer) faults.push(`${about}: ${JSON.stringify(timer)}`)
      for (const { content, revision } of yield* waitingPages(alert.id)) {
        const of = { revision: revision ?? alert.revision, until: content.wantedUntil }
        if (!isPageWanted(alert, of)) faults.push(`${about}: a page waits for nobody`)
      }
    }
  }
  const orphans = yield sql(
    `select alert from (select alert from timer union all select alert from limit_timer) t
     where alert not in (select id from alert)`,
  )
  return [...faults, ...orphans.map((row) => `a timer of no alert: ${number(row, 'alert')}`)]
}

export const definitionPath = __filename
