import { isSamePerson, type OnCallPerson, type Roster } from '../../src/loop/index.js'
import type { Person } from '../../src/messages/index.js'
import type { Face } from '../face/index.js'
import { ROSTER } from '../roster/index.js'
import { peopleIn, SettingError, type AcknowledgeConfig } from '../settings/index.js'

/** The people who may take a critical value over from another one: those that are typed, and those of a roster. */
export class Colleagues {
  readonly #typed: readonly Person[]
  readonly #current: () => Promise<Roster | null>
  readonly #leave: () => void

  constructor(face: Face, { people, roster }: Pick<AcknowledgeConfig, 'people' | 'roster'>) {
    this.#typed = peopleIn(people)
    const saved = roster === '' ? undefined : face.runtime.config(ROSTER, roster)
    // A roster that cannot be read tells of that itself.
    this.#current = () => saved?.current().catch(() => null) ?? Promise.resolve(null)
    this.#leave = saved?.use(face) ?? (() => {})
    if (roster !== '' && !saved) face.onceStarted(() => face.fail(noRoster()))
  }

  /** Each once. Never rejects. */
  async all(): Promise<readonly Person[]> {
    const ofRoster = await this.#ofRoster()
    return [...this.#typed, ...ofRoster].filter(
      (person, n, all) => all.findIndex((one) => isSamePerson(one, person)) === n,
    )
  }

  /** A person with the addresses that the roster has for them, where it has some. Never rejects. */
  async withAddresses(person: Person): Promise<Person | OnCallPerson> {
    const own = (await this.#ofRoster()).filter((one) => isSamePerson(one, person))
    if (own.length === 0) return person
    const addresses = Object.assign({}, ...own.map((one) => one.addresses)) as Record<
      string,
      string
    >
    return { ...person, addresses }
  }

  close(): void {
    this.#leave()
  }

  async #ofRoster(): Promise<readonly OnCallPerson[]> {
    const { duties = [] } = (await this.#current()) ?? {}
    return duties.map(({ person }) => person)
  }
}

const noRoster = () =>
  new SettingError('SETTING_MISSING', {
    zh: '所选的值班表（crisis roster）已被删除或停用：转交的人没有联系方式',
    en: 'The crisis roster that was chosen was deleted or disabled: whoever it is passed on to has no address',
  })
