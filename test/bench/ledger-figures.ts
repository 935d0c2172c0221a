import type { EngineDefinition, Row, Step } from '../../src/store/types.js'
import { DEFINITION } from '../../src/ledger/index.js'

/** The operations of the ledger, and a question that reads all alerts and their milestones. */
export const definition: EngineDefinition = {
  ...DEFINITION,
  operations: { ...DEFINITION.operations, figures },
}

export const FIGURES_MODULE = __filename

function* figures(): Step<readonly Row[]> {
  return yield {
    sql: `select a.stage, s.stage as reached, count(*) as alerts, avg(s.at - a.opened_at) as took
      from alert a join stage s on s.alert = a.id group by 1, 2 order by 1, 2`,
    params: [],
  }
}
