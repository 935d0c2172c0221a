import type { Roster } from '../../src/loop/index.js'
import { DEFAULT_ZONE } from '../../src/messages/index.js'
import type { Face } from '../face/index.js'
import { ROSTER } from '../roster/index.js'
import { SettingError } from '../settings/index.js'

/** The roster of a watch. While none can be used, reminders go on without a person, and the node is red. */
export class RosterUse {
  readonly zone: string
  readonly #face: Face
  readonly #ask: () => Promise<Roster>
  readonly #leave: () => void
  #isMissed = false

  /** @param id of the `crisis roster` node */
  constructor(face: Face, id: string) {
    const saved = face.runtime.config(ROSTER, id)
    this.#face = face
    this.zone = saved?.zone ?? DEFAULT_ZONE
    this.#ask = saved ? () => saved.current() : () => Promise.reject(noRoster())
    this.#leave = saved?.use(face) ?? (() => {})
    // A roster tells of its own troubles.
    if (!saved) face.onceStarted(() => face.fail(noRoster()))
  }

  /** null = none can be used, which was told. Never rejects. */
  async current(): Promise<Roster | null> {
    const found = await this.#ask().catch(() => null)
    const isMissed = found === null
    if (isMissed !== this.#isMissed) this.#face.show('fault', isMissed ? 'noRoster' : null)
    this.#isMissed = isMissed
    return found
  }

  close(): void {
    this.#leave()
  }
}

const noRoster = () =>
  new SettingError('SETTING_MISSING', {
    zh: '所选的值班表（crisis roster）已被删除或停用：提醒照常输出，但没有被呼叫的人',
    en: 'The crisis roster that was chosen was deleted or disabled: reminders go on, without a person to call',
  })
