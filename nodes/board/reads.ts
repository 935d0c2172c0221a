import { BoardProblem, VIEW_NAMES, type BoardActs, type BoardReads } from '../../src/board/index.js'
import type { Face } from '../face/index.js'
import type { BoardConfig } from '../settings/index.js'
import type { Store } from '../store/index.js'

/** What the board reads and does. */
export interface OpenedReads {
  readonly reads: BoardReads
  readonly acts: BoardActs
  close(): void
}

export function openReads(_face: Face, _store: Store, _config: BoardConfig): OpenedReads {
  const none = () =>
    Promise.reject(
      new BoardProblem('NOT_READY', 503, { zh: '尚不可用', en: 'This is not there yet' }),
    )
  const views = Object.fromEntries(VIEW_NAMES.map((name) => [name, none]))
  return {
    reads: {
      views: views as unknown as BoardReads['views'],
      registerCsv: none,
      follow: (_facts, _tell, failed) => {
        void none().catch(failed)
        return () => {}
      },
    },
    acts: { act: none },
    close: () => {},
  }
}
