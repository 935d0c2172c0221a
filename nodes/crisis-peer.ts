import type { Node, NodeAPI, NodeDef } from 'node-red'
import { Courier, replyTable, type Trouble } from '../src/delivery/index.js'
import {
  asCrisisError,
  CrisisError,
  escapeText,
  type ClockOffset,
  type FeedbackHeader,
} from '../src/messages/index.js'
import { openRemote } from '../src/soap/index.js'
import {
  parallelOf,
  posterOf,
  remoteOptionsOf,
  replyRulesOf,
  secondsOf,
  secretsOf,
} from './lib/calling.js'
import { loginWarning } from './lib/address.js'
import { tellAllClear } from './lib/all-clear.js'
import { credentialsOf, type PeerNode, type PeerState } from './lib/config-nodes.js'
import { serveEditor } from './lib/editor-api.js'
import { isEnding, watchEnding } from './lib/ending.js'
import { onClose } from './lib/input.js'
import { keptDescriptions } from './lib/kept-description.js'
import { nodeError, pick } from './lib/language.js'
import {
  DEFAULTS,
  numberSetting,
  settingsOf,
  zoneSetting,
  type PeerConfig,
  type PeerCredentials,
} from './lib/settings.js'
import { withoutSecrets } from './lib/secret.js'
import { INSTANCE, useStore } from './lib/store.js'

/** Couriers that are closed and have something on its way, also of nodes that a deploy has replaced. */
const lingering = new Set<Courier>()

export = (RED: NodeAPI): void => {
  serveEditor(RED)
  watchEnding()

  function CrisisPeerNode(this: PeerNode, config: NodeDef & PeerConfig): void {
    RED.nodes.createNode(this, config)
    const users: Record<string, Node> = {}
    const listeners = new Set<(state: PeerState) => void>()
    let state: PeerState | undefined
    /** Tells all nodes, since what one of them shows depends on which others there are. */
    const show = (): void => {
      if (state?.counted) for (const listener of listeners) listener(state)
    }
    let problem: CrisisError | undefined
    let settings: PeerConfig = DEFAULTS.peer
    let expiresAfterMs: number | null = null
    let zone = DEFAULTS.peer.zone
    let credentials: Partial<PeerCredentials> = {}
    let clockOffset: ClockOffset | undefined
    let close = async (): Promise<void> => {}
    const fail = (error: unknown): void => this.error(nodeError(RED, error), {})
    const header = (): FeedbackHeader => ({
      Application: settings.application,
      License: credentials.licence ?? '',
    })
    try {
      settings = settingsOf<PeerConfig>(config, DEFAULTS.peer)
      zone = zoneSetting(settings.zone)
      const seconds = numberSetting('clockOffset', settings.clockOffset, {
        least: -86_400,
        most: 86_400,
        fallback: 0,
        whole: true,
      })
      if (seconds !== 0) clockOffset = { seconds, zone }
      const hours = { least: 1, most: 8760, fallback: 0 }
      const expires = numberSetting('expireHours', settings.expireHours, hours)
      expiresAfterMs = expires === 0 ? null : expires * 3_600_000
      const { store, release } = useStore(RED, settings.store)
      close = release
      credentials = credentialsOf(this)
      const poster = posterOf(RED, settings, credentials)
      const remote = remoteOptionsOf(settings, credentials)
      const secrets = secretsOf(credentials, [settings.wsdl, settings.address])
      const login = loginWarning(settings.wsdl, settings.address)
      if (login) this.warn(pick(RED, login))
      const kept = keptDescriptions(RED, this, store.ledger, zone, (keptWsdl) => {
        state = { ...(state ?? courier.state), keptWsdl }
        show()
      })
      const courier = new Courier({
        ledger: store.ledger,
        peer: this.id,
        ...store.actor(this),
        instance: INSTANCE,
        open: (operation, signal, doubted) =>
          openRemote({ ...remote, operation, signal, doubted, transport: poster, kept }),
        seal: (document) => sealed(document, header().License),
        conceal: {
          text: (text) => withoutSecrets.text(text, secrets),
          bytes: (bytes) => withoutSecrets.bytes(bytes, secrets),
        },
        policy: { replies: replyTable(settings.replyTable) },
        rules: replyRulesOf(settings),
        parallel: parallelOf(settings),
        perMinute: numberSetting('perMinute', settings.perMinute, {
          least: 0,
          most: 10_000,
          fallback: 0,
          whole: true,
        }),
        // The WSDL and the call may each take the poster's time.
        callTimeoutMs: 2 * secondsOf('totalSeconds', settings.totalSeconds, 15) + 5_000,
        troubleAgeMs:
          numberSetting('troubleMinutes', settings.troubleMinutes, {
            least: 1,
            most: 1440,
            fallback: 5,
          }) * 60_000,
        onTrouble: ({ kind, code, reason }) => {
          const trouble = new CrisisError(code, reason)
          if (kind === 'peerRecovered') tellAllClear(RED, this, trouble)
          else if (TOLD_BY_OTHERS.has(kind)) this.error(nodeError(RED, trouble))
          else fail(trouble)
        },
        onChange: (changed) => {
          state = { keptWsdl: null, ...state, ...changed }
          show()
        },
      })
      close = async () => {
        await courier.close()
        lingering.add(courier)
        // What is still on its way is recorded in the ledger, for the courier that follows.
        void courier.ended.then(() => {
          lingering.delete(courier)
          poster.close()
          return release()
        })
        if (isEnding()) await Promise.all([...lingering].map((one) => one.breakOff()))
      }
      courier.start()
    } catch (error) {
      // Told by the nodes that use this peer: a config node has no Catch node of its own.
      problem = asCrisisError(error)
    }
    Object.assign(this, {
      storeId: settings.store,
      system: settings.system.trim(),
      zone,
      clockOffset,
      expiresAfterMs,
      problem,
      header,
      users,
      use(node, onState) {
        users[node.id] = node
        listeners.add(onState)
        show()
        return () => {
          delete users[node.id]
          listeners.delete(onState)
          show()
        }
      },
    } satisfies Omit<PeerNode, keyof Node>)
    onClose(this, () => close())
  }

  RED.nodes.registerType<PeerNode, NodeDef & PeerConfig, object, PeerCredentials>(
    'crisis peer',
    CrisisPeerNode,
    {
      credentials: {
        licence: { type: 'password' },
        user: { type: 'text' },
        password: { type: 'password' },
        query: { type: 'password' },
      },
    },
  )
}

/** Catch nodes hear of a dead letter from the node that sent it, and of the ledger from all: these are logged only. */
const TOLD_BY_OTHERS: ReadonlySet<Trouble['kind']> = new Set(['deadLetter', 'ledger'])

/** The ledger keeps feedback without its licence, which is put in only here. */
const sealed = (document: string, licence: string): string =>
  document.replace('<License></License>', () => `<License>${escapeText(licence)}</License>`)
