import type { Agent } from 'node:https'
import type { Node, NodeAPI, NodeDef } from 'node-red'
import { Courier, replyTable, type CourierState } from '../src/delivery/index.js'
import { Poster } from '../src/http/index.js'
import {
  asCrisisError,
  CrisisError,
  escapeText,
  type FeedbackHeader,
} from '../src/messages/index.js'
import { openRemote, type Operation, type Remote } from '../src/soap/index.js'
import { credentialsOf, type PeerNode } from './lib/config-nodes.js'
import { serveEditor } from './lib/editor-api.js'
import { onClose } from './lib/input.js'
import { nodeError } from './lib/language.js'
import {
  DEFAULTS,
  numberSetting,
  SettingError,
  settingsOf,
  zoneSetting,
  type PeerConfig,
  type PeerCredentials,
} from './lib/settings.js'
import { withoutBytes, withoutWord } from './lib/secret.js'
import { INSTANCE, useStore } from './lib/store.js'

interface TlsNode extends Node {
  addTLSOptions(options: object): Agent['options']
}

export = (RED: NodeAPI): void => {
  serveEditor(RED)

  function CrisisPeerNode(this: PeerNode, config: NodeDef & PeerConfig): void {
    RED.nodes.createNode(this, config)
    const listeners = new Set<(state: CourierState) => void>()
    let problem: CrisisError | undefined
    let settings: PeerConfig = DEFAULTS.peer
    let expiresAfterMs: number | null = null
    let zone = DEFAULTS.peer.zone
    let close = async (): Promise<void> => {}
    const fail = (error: unknown): void => this.error(nodeError(RED, 'crisis-peer', error), {})
    const header = (): FeedbackHeader => ({
      Application: settings.application,
      License: credentialsOf(this).licence ?? '',
    })
    try {
      settings = settingsOf<PeerConfig>(config, DEFAULTS.peer)
      zone = zoneSetting(settings.zone)
      const hours = { least: 1, most: 8760, fallback: 0 }
      const expires = numberSetting('expireHours', settings.expireHours, hours)
      expiresAfterMs = expires === 0 ? null : expires * 3_600_000
      const { store, release } = useStore(RED, settings.store)
      const poster = makePoster(settings)
      const courier = new Courier({
        ledger: store.ledger,
        peer: this.id,
        ...store.actor(this),
        instance: INSTANCE,
        open: (operation, signal) => open(settings, poster, operation, signal),
        seal: (document) => sealed(document, header().License),
        conceal: {
          text: (text) => withoutWord(text, header().License),
          bytes: (bytes) => withoutBytes(bytes, header().License),
        },
        policy: { replies: replyTable(settings.replyTable) },
        rules: { jsonSuccessCodes: listOf(settings.jsonSuccess) },
        parallel: numberSetting('parallel', settings.parallel, { least: 1, most: 32, fallback: 4 }),
        perMinute: numberSetting('perMinute', settings.perMinute, {
          least: 0,
          most: 10_000,
          fallback: 0,
        }),
        // The WSDL and the call may each take the poster's time.
        callTimeoutMs: 2 * secondsOf('totalSeconds', settings.totalSeconds, 15) + 5_000,
        troubleAgeMs:
          numberSetting('troubleMinutes', settings.troubleMinutes, {
            least: 1,
            most: 1440,
            fallback: 5,
          }) * 60_000,
        onTrouble: ({ code, reason }) => fail(new CrisisError(code, reason)),
        onChange: (state) => listeners.forEach((listener) => listener(state)),
      })
      close = async () => {
        await courier.close()
        // What is still on its way is recorded in the ledger, for the courier that follows.
        void courier.ended.then(() => {
          poster.close()
          return release()
        })
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
      expiresAfterMs,
      problem,
      header,
      onDelivery(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    } satisfies Omit<PeerNode, keyof Node>)
    onClose(this, () => close())
  }

  RED.nodes.registerType<PeerNode, NodeDef & PeerConfig, object, PeerCredentials>(
    'crisis peer',
    CrisisPeerNode,
    {
      credentials: { licence: { type: 'password' } },
    },
  )

  function makePoster(config: PeerConfig): Poster {
    if (config.wsdl.trim() === '' && config.address.trim() === '') {
      throw new SettingError('SETTING_MISSING', {
        zh: '对方系统未填写 WSDL 地址或调用地址',
        en: 'The peer has neither a WSDL nor an address',
      })
    }
    const tls = config.tls === '' ? undefined : (RED.nodes.getNode(config.tls) as TlsNode | null)
    if (tls === null) {
      throw new SettingError('SETTING_MISSING', {
        zh: '所选的 TLS 配置已被删除或停用',
        en: 'The TLS configuration that was chosen was deleted or disabled',
      })
    }
    const kilobytes = { least: 1, most: 65_536, fallback: 4096 }
    return new Poster({
      ...(tls && { tls: tls.addTLSOptions({}) }),
      connectTimeoutMs: secondsOf('connectSeconds', config.connectSeconds, 5),
      deadlineMs: secondsOf('totalSeconds', config.totalSeconds, 15),
      maxBytes: numberSetting('maxKilobytes', config.maxKilobytes, kilobytes) * 1024,
    })
  }
}

const secondsOf = (name: string, text: string, fallback: number): number =>
  numberSetting(name, text, { least: 1, most: 3600, fallback }) * 1000

const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

function open(
  config: PeerConfig,
  transport: Poster,
  operation: Operation,
  signal: AbortSignal,
): Promise<Remote> {
  return openRemote({
    operation,
    signal,
    transport,
    allowGbk: config.allowGbk,
    ...(config.soapVersion !== '' && { soapVersion: config.soapVersion }),
    ...given({
      wsdl: config.wsdl.trim(),
      address: config.address.trim(),
      namespace: config.namespace.trim(),
      parameter: config.parameter.trim(),
      soapAction: config.soapAction.trim(),
    }),
  })
}

/** The ledger keeps feedback without its licence, which is put in only here. */
const sealed = (document: string, licence: string): string =>
  document.replace('<License></License>', () => `<License>${escapeText(licence)}</License>`)

/** Only the settings that were filled in: a blank one means that the WSDL decides. */
function given<T extends Record<string, string>>(settings: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== ''),
  ) as Partial<T>
}
