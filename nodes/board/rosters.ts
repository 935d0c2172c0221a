import type { RosterNow } from '../../src/board/index.js'
import { asCrisisError } from '../../src/messages/index.js'
import type { Runtime } from '../face/index.js'
import { ROSTER } from '../roster/index.js'

/** Each `crisis roster` of the flows as it stands now. Never rejects. */
export function rostersNow(runtime: Runtime): Promise<readonly RosterNow[]> {
  const rosters = runtime.inFlows().flatMap(({ id, name }) => {
    const saved = runtime.config(ROSTER, id)
    return saved ? [{ name: name || id, saved }] : []
  })
  return Promise.all(
    rosters.map(async ({ name, saved }): Promise<RosterNow> => {
      const { zone } = saved
      try {
        const roster = await saved.current()
        const { readAt, trouble } = saved.file()
        return { name, zone, roster, readAt, problem: trouble ? reasonOf(trouble) : null }
      } catch (thrown) {
        return { name, zone, roster: null, readAt: null, problem: reasonOf(thrown) }
      }
    }),
  )
}

const reasonOf = (thrown: unknown) => asCrisisError(thrown).reason
