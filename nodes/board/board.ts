import { BoardServer, readPageFiles, type PageFiles } from '../../src/board/index.js'
import { NODE_RED_MOUNT, type Registration } from '../../src/http/hosting/index.js'
import { CrisisError } from '../../src/messages/index.js'
import type { Face } from '../face/index.js'
import { hosting } from '../service/index.js'
import { BOARD_DEFAULTS, reachOf, settingsOf, type BoardConfig } from '../settings/index.js'
import { followStore, useStore, type UsedStore } from '../store/index.js'
import { nodeRedUser } from './node-red-users.js'
import { operationsPages } from './operations.js'
import { openReads, type OpenedReads } from './reads.js'
import { readBoardSettings, type BoardSettings, type Place } from './settings.js'

/** Hosts a board for a node. No other node needs it, so it starts by itself. */
export function boardOf(face: Face, saved: BoardConfig): void {
  try {
    const board = new Board(face, settingsOf<BoardConfig>(saved, BOARD_DEFAULTS))
    face.onClose((removed) => board.close(removed))
    face.onceStarted(() => board.start())
  } catch (thrown) {
    face.show('fault', 'badSetting')
    face.onceStarted(() => face.fail(thrown))
  }
}

class Board {
  readonly #face: Face
  readonly #settings: BoardSettings
  readonly #used: UsedStore
  readonly #opened: OpenedReads
  readonly #server: BoardServer
  /** null where it cannot be hosted, which was told. */
  readonly #hosted: Promise<Registration | null>
  #stopFollowing = (): void => {}
  #closed = false

  /** @throws SettingError, HttpError */
  constructor(face: Face, config: BoardConfig) {
    this.#face = face
    this.#settings = readBoardSettings(face, config)
    this.#used = useStore(face.runtime, config.store)
    const { store } = this.#used
    this.#opened = openReads(face, store, config)
    const { reads, acts } = this.#opened
    const { place: _place, path: _path, ...settings } = this.#settings
    this.#server = new BoardServer({
      ...settings,
      ledger: store.ledger,
      actor: store.actor(face),
      board: face.id,
      hospital: config.hospital.trim(),
      patients: config.patients,
      language: () => face.runtime.language,
      nodeRedUser: (user, password) => nodeRedUser(face.runtime, user, password),
      reads,
      acts,
      files: this.#files(),
      others: operationsPages(face.runtime, store, this.#settings),
      failed: (thrown) => face.log(thrown),
    })
    this.#hosted = this.#host()
  }

  start(): void {
    if (this.#closed) return
    this.#stopFollowing = followStore(this.#face, this.#used.store)
    const { place, proxies } = this.#settings
    // A proxy that is named may have TLS.
    if (!proxies && isPlain(this.#face, place)) warnOfPlain(this.#face)
    if (place !== NODE_RED_MOUNT) return
    void hosting.asksForLogin(this.#face.runtime).then((asks) => {
      if (asks && !this.#closed) warnOfLogin(this.#face)
    })
  }

  async close(removed: boolean): Promise<void> {
    this.#closed = true
    this.#stopFollowing()
    // The streams first: a port closes when nobody reads any more.
    await this.#server.close()
    this.#opened.close()
    await (await this.#hosted)?.release(removed)
    await this.#used.release()
  }

  async #host(): Promise<Registration | null> {
    const { place, path } = this.#settings
    const face = this.#face
    try {
      const registration =
        place === NODE_RED_MOUNT
          ? hosting.sites.register(place, path, this.#server)
          : await hosting.ports.registerSite(place, path, this.#server)
      face.show('activity', 'listening')
      return registration
    } catch (thrown) {
      const isTaken = thrown instanceof CrisisError && thrown.code === 'PORT_IN_USE'
      face.show('fault', isTaken ? 'portInUse' : 'badSetting')
      face.onceStarted(() => face.fail(thrown))
      return null
    }
  }

  #files(): PageFiles {
    try {
      return readPageFiles()
    } catch (cause) {
      this.#face.onceStarted(() => this.#face.fail(pageMissing(cause)))
      return new Map()
    }
  }
}

const isPlain = ({ runtime }: Face, place: Place): boolean =>
  place === NODE_RED_MOUNT ? !runtime.hasTls : !place.tls && reachOf(place.host) !== 'local'

function warnOfPlain(face: Face): void {
  face.warn('BOARD_PLAIN', {
    zh: '看板以 http:// 提供：密码和患者信息未加密传输；请为 Node-RED 或看板的独立端口配置 TLS，或放在 HTTPS 代理之后并填写该代理的地址',
    en: 'The board is served by http://, so that passwords and patients go over the network unencrypted; give Node-RED or a port of its own a certificate, or put it behind an HTTPS proxy and name that among the trusted proxies',
  })
}

function warnOfLogin(face: Face): void {
  face.warn('BOARD_LOGIN', {
    zh: '本 Node-RED 的 HTTP 节点需要登录（httpNodeAuth）：打开看板的人须先通过这一登录',
    en: 'The HTTP nodes of this Node-RED ask for a login (httpNodeAuth): whoever opens the board has to pass that first',
  })
}

const pageMissing = (cause: unknown) =>
  new CrisisError(
    'BOARD_PAGE',
    {
      zh: '安装包不完整，缺少看板的页面文件，请重新安装',
      en: 'The files of the board’s page are missing from this installation; install the package again',
    },
    '500',
    { cause },
  )
