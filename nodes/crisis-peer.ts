import type { Agent } from 'node:https'
import type { Node, NodeAPI, NodeDef } from 'node-red'
import { DirectDelivery, type Delivery } from '../src/delivery/index.js'
import { Poster } from '../src/http/index.js'
import { asCrisisError, type CrisisError, type FeedbackHeader } from '../src/messages/index.js'
import { openRemote } from '../src/soap/index.js'
import { credentialsOf, type PeerNode } from './lib/config-nodes.js'
import { serveEditor } from './lib/editor-api.js'
import { onClose } from './lib/input.js'
import {
  DEFAULTS,
  numberSetting,
  SettingError,
  settingsOf,
  zoneSetting,
  type PeerConfig,
  type PeerCredentials,
} from './lib/settings.js'

interface TlsNode extends Node {
  addTLSOptions(options: object): Agent['options']
}

export = (RED: NodeAPI): void => {
  serveEditor(RED)

  function CrisisPeerNode(this: PeerNode, config: NodeDef & PeerConfig): void {
    RED.nodes.createNode(this, config)
    let problem: CrisisError | undefined
    let poster: Poster | undefined
    let delivery: Delivery | undefined
    let settings: PeerConfig = DEFAULTS.peer
    let zone: string = DEFAULTS.peer.zone
    try {
      settings = settingsOf<PeerConfig>(config, DEFAULTS.peer)
      zone = zoneSetting(settings.zone)
      const made = connect(settings)
      poster = made.poster
      delivery = made.delivery
    } catch (error) {
      // Told by the nodes that use this peer: a config node has no Catch node of its own.
      problem = asCrisisError(error)
    }
    const header = (): FeedbackHeader => ({
      Application: settings.application,
      License: credentialsOf(this).licence ?? '',
    })
    Object.assign(this, { zone, delivery, problem, header })
    onClose(this, async () => {
      await delivery?.close()
      poster?.close()
    })
  }

  RED.nodes.registerType<PeerNode, NodeDef & PeerConfig, object, PeerCredentials>(
    'crisis peer',
    CrisisPeerNode,
    {
      credentials: { licence: { type: 'password' } },
    },
  )

  function connect(config: PeerConfig): { poster: Poster; delivery: Delivery } {
    const wsdl = config.wsdl.trim()
    const address = config.address.trim()
    if (wsdl === '' && address === '') {
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
    const seconds = { least: 1, most: 3600 }
    const poster = new Poster({
      ...(tls && { tls: tls.addTLSOptions({}) }),
      connectTimeoutMs:
        numberSetting('connectSeconds', config.connectSeconds, { ...seconds, fallback: 5 }) * 1000,
      deadlineMs:
        numberSetting('totalSeconds', config.totalSeconds, { ...seconds, fallback: 15 }) * 1000,
      maxBytes:
        numberSetting('maxKilobytes', config.maxKilobytes, {
          least: 1,
          most: 65_536,
          fallback: 4096,
        }) * 1024,
    })
    const delivery = new DirectDelivery({
      open: (operation, signal) =>
        openRemote({
          operation,
          signal,
          transport: poster,
          allowGbk: config.allowGbk,
          ...(config.soapVersion !== '' && { soapVersion: config.soapVersion }),
          ...given({
            wsdl,
            address,
            namespace: config.namespace.trim(),
            parameter: config.parameter.trim(),
            soapAction: config.soapAction.trim(),
          }),
        }),
      rules: {
        jsonSuccessCodes: config.jsonSuccess
          .split(',')
          .map((code) => code.trim())
          .filter((code) => code !== ''),
      },
    })
    return { poster, delivery }
  }
}

/** Only the settings that were filled in: a blank one means that the WSDL decides. */
function given<T extends Record<string, string>>(settings: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== ''),
  ) as Partial<T>
}
