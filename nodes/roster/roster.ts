import path from 'node:path'
import type { Roster } from '../../src/loop/index.js'
import { DEFAULT_ZONE } from '../../src/messages/index.js'
import { ConfigKind, type Face } from '../face/index.js'
import {
  ROSTER_DEFAULTS,
  settingsOf,
  zoneSetting,
  SettingError,
  type RosterConfig,
} from '../settings/index.js'
import { calendarOf } from './calendar.js'
import { readChanged, type FoundFile } from './roster-file.js'
import { readFileTable, readTyped, wholeRoster } from './read.js'

/** A roster as nodes use it. */
export interface SavedRoster {
  /** The zone of its clock. */
  readonly zone: string
  /** Its calendar, for `readCalendar`; null = it cannot be used. */
  readonly calendar: object | null
  /** The people on call, as they are known now. @throws SettingError, CrisisError where no roster can be used at all */
  current(): Promise<Roster>
  /** The state of the file that it stands in. */
  file(): RosterFileState
  /** Makes a node a user, whose Catch nodes hear of troubles with the roster; returns how to stop that. */
  use(user: Face): () => void
}

export interface RosterFileState {
  /** When the content that counts was read, in epoch ms; null = it stands in no file, or was never read. */
  readonly readAt: number | null
  /** Thrown at the last look, so that an older content counts; null = there is no trouble. */
  readonly trouble: unknown
}

const NO_FILE: RosterFileState = { readAt: null, trouble: null }

export const ROSTER = new ConfigKind<SavedRoster>('crisis roster')

/** The roster of a `crisis roster` node. One that cannot be used is told of when the flows start. */
export function openRoster(face: Face, saved: RosterConfig): SavedRoster {
  const use = (user: Face) => face.addUser(user)
  try {
    const config = settingsOf<RosterConfig>(saved, ROSTER_DEFAULTS)
    const zone = zoneSetting(config.zone.trim())
    const { value } = calendarOf(config)
    if (config.source === 'file') {
      const file = new FileRoster(face, config)
      face.onceStarted(() => void file.current().catch(() => {}))
      return { zone, calendar: value, current: () => file.current(), file: () => file.state, use }
    }
    const roster = wholeRoster(readTyped(config))
    return {
      zone,
      calendar: value,
      current: () => Promise.resolve(roster),
      file: () => NO_FILE,
      use,
    }
  } catch (problem) {
    face.onceStarted(() => face.fail(problem))
    const current = () => Promise.reject(problem)
    return { zone: DEFAULT_ZONE, calendar: null, current, file: () => NO_FILE, use }
  }
}

/** The path of the file of a roster. @throws SettingError SETTING_MISSING */
export function fileOf(userDir: string, { file }: Pick<RosterConfig, 'file'>): string {
  if (file.trim() !== '') return path.resolve(userDir, file.trim())
  throw new SettingError('SETTING_MISSING', {
    zh: '未填写值班表文件的路径',
    en: 'The path of the file of the roster is missing',
  })
}

/** Pause after a file could not be read, in ms: reminders must not wait for the network one by one. */
const PAUSE_MS = 5_000

/** A roster in a file, looked at with each use. While it cannot be read, the last good one counts, and that is told. */
class FileRoster {
  readonly #face: Face
  readonly #config: RosterConfig
  readonly #path: string
  #good: Roster | null = null
  /** The mark of the content that was read last, be it bad. */
  #mark: string | null = null
  /** The trouble with that content, and with the file itself; null = none. */
  #wrong: unknown = null
  #unread: unknown = null
  /** Epoch ms. */
  #nextLookAt = 0
  #looking: Promise<void> | undefined
  #readAt: number | null = null

  /** @throws SettingError SETTING_MISSING */
  constructor(face: Face, config: RosterConfig) {
    this.#face = face
    this.#config = config
    this.#path = fileOf(face.runtime.userDir, config)
  }

  get state(): RosterFileState {
    return { readAt: this.#readAt, trouble: this.#unread ?? this.#wrong }
  }

  async current(): Promise<Roster> {
    if (Date.now() >= this.#nextLookAt) {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
      await this.#looking
    }
    if (this.#good) return this.#good
    throw this.#unread ?? this.#wrong
  }

  async #look(): Promise<void> {
    try {
      const found = await readChanged(this.#path, this.#mark)
      this.#unread = null
      if (found) this.#take(found)
    } catch (thrown) {
      this.#nextLookAt = Date.now() + PAUSE_MS
      if (this.#unread === null) this.#face.fail(thrown)
      this.#unread = thrown
    }
  }

  #take({ bytes, mark }: FoundFile): void {
    this.#mark = mark
    try {
      this.#good = wholeRoster(readFileTable(this.#config, bytes))
      this.#wrong = null
      this.#readAt = Date.now()
    } catch (thrown) {
      this.#wrong = thrown
      this.#face.fail(thrown)
    }
  }
}
