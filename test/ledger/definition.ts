import type { EngineDefinition, Row, SqlValue, Step } from '../../src/store/index.js'
import { countPage } from '../../src/ledger/operations/exam/save.js'
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
    countPage: ({ alert }: { readonly alert: number }) => countPage(alert),
  },
}

export const definitionPath = __filename
