import type { NodeAPI, NodeDef } from 'node-red'
import { NODE_RED_MOUNT, type AddressOptions, type Trouble } from '../src/http/index.js'
import { Licences, type Licence } from '../src/loop/index.js'
import { asCrisisError, CrisisError } from '../src/messages/index.js'
import { credentialsOf, type ServiceNode } from './lib/config-nodes.js'
import { hosting } from './lib/hosting.js'
import {
  DEFAULTS,
  numberSetting,
  SettingError,
  settingsOf,
  zoneSetting,
  type ServiceConfig,
  type ServiceCredentials,
} from './lib/settings.js'
import { withoutLicences } from './lib/secret.js'

/** The answer limit of the front stands behind the flow's own, which is the one that should strike. */
const FRONT_MARGIN_MS = 1000

export = (RED: NodeAPI): void => {
  hosting.mountOn(RED)

  function CrisisServiceNode(this: ServiceNode, saved: NodeDef & ServiceConfig): void {
    RED.nodes.createNode(this, saved)
    let config: ServiceConfig = DEFAULTS.service
    const listeners: ((trouble: Trouble) => void)[] = []
    let settings: Settings | undefined
    let problem: CrisisError | undefined
    let licences = new Licences([])
    let issued: readonly string[] = []
    let licenceProblem: CrisisError | undefined
    try {
      config = settingsOf<ServiceConfig>(saved, DEFAULTS.service)
      settings = readSettings(config)
    } catch (error) {
      problem = asCrisisError(error)
    }
    try {
      const list = readLicences(credentialsOf(this).licences)
      issued = list.map(({ licence }) => licence)
      licences = new Licences(list)
    } catch (error) {
      // A critical value carries no licence: it is taken all the same.
      licenceProblem = asCrisisError(error)
    }
    const properties = {
      storeId: config.store,
      system: config.system.trim(),
      zone: settings?.zone ?? '+08:00',
      answerLimitMs: settings?.answerLimitMs ?? 0,
      ignoredElements: new Set(
        config.ignoredElements
          .toLowerCase()
          .split(/[\s,;，、；]+/)
          .filter(Boolean),
      ),
      licenceTrouble:
        config.licenceCheck && licences.size === 0
          ? (licenceProblem ?? licenceMissing())
          : undefined,

      async host(operation, handler, onTrouble, onForm) {
        if (!settings) throw problem
        listeners.push(onTrouble)
        const options = {
          ...settings.address,
          answerLimitMs: settings.answerLimitMs + FRONT_MARGIN_MS,
          onForm,
          // One refused call is one alarm, whichever of the nodes at this address raises it.
          onTrouble: (trouble: Trouble) => listeners[0]?.(trouble),
        }
        const registration =
          config.mount === 'port'
            ? await hosting.ports.register(
                { host: settings.host, port: settings.port },
                config.path,
                operation,
                handler,
                options,
              )
            : hosting.switchboard.register(NODE_RED_MOUNT, config.path, operation, handler, options)
        return {
          release(removed) {
            const index = listeners.indexOf(onTrouble)
            if (index >= 0) listeners.splice(index, 1)
            return registration.release(removed)
          },
        }
      },

      conceal: (raw) => withoutLicences(raw, issued),

      requireLicence(header) {
        if (!config.licenceCheck || licences.accepts(header)) return
        throw new CrisisError(
          'LICENCE_REFUSED',
          {
            zh: '身份验证失败：Header 中的 Application 与 License 缺失或不正确',
            en: 'Not authorised: Application and License in the Header are missing or wrong',
          },
          '401',
        )
      },
    } satisfies Pick<
      ServiceNode,
      | 'storeId'
      | 'system'
      | 'zone'
      | 'answerLimitMs'
      | 'ignoredElements'
      | 'licenceTrouble'
      | 'host'
      | 'conceal'
      | 'requireLicence'
    >
    Object.assign(this, properties)
  }

  RED.nodes.registerType<ServiceNode, NodeDef & ServiceConfig, object, ServiceCredentials>(
    'crisis service',
    CrisisServiceNode,
    {
      credentials: { licences: { type: 'text' } },
    },
  )

  interface Settings {
    readonly zone: string
    readonly host: string
    readonly port: number
    readonly answerLimitMs: number
    readonly address: AddressOptions
  }

  function readSettings(config: ServiceConfig): Settings {
    // RED.httpNode is there even when no port serves it, and its type does not know that it may be off.
    const { httpNodeRoot } = RED.settings as { httpNodeRoot?: string | false }
    if (config.mount === 'node-red' && httpNodeRoot === false) {
      throw new SettingError('SETTING_INVALID', {
        zh: '本 Node-RED 关闭了 HTTP 节点（httpNodeRoot），请改用独立端口',
        en: 'This Node-RED has its HTTP nodes switched off (httpNodeRoot); use a port of its own',
      })
    }
    const least = 1
    return {
      zone: zoneSetting(config.zone),
      host: config.host.trim() === '' ? '0.0.0.0' : config.host.trim(),
      port:
        config.mount === 'port'
          ? numberSetting('port', config.port, { least, most: 65_535, fallback: 8088, whole: true })
          : 0,
      answerLimitMs:
        numberSetting('answerSeconds', config.answerSeconds, { least, most: 3600, fallback: 10 }) *
        1000,
      address: {
        ...(config.publicUrl.trim() !== '' && { publicUrl: config.publicUrl.trim() }),
        body: {
          maxBytes:
            numberSetting('maxKilobytes', config.maxKilobytes, {
              least,
              most: 65_536,
              fallback: 4096,
            }) * 1024,
          timeMs:
            numberSetting('bodySeconds', config.bodySeconds, { least, most: 3600, fallback: 10 }) *
            1000,
        },
        allowGbk: config.allowGbk,
        strict: config.strict,
      },
    }
  }
}

const licenceMissing = () =>
  new SettingError('LICENCE_MISSING', {
    zh: '该服务未配置任何身份验证码（License），所有反馈都会被拒绝（401）',
    en: 'No licence is set at this service, so all feedback is refused (401)',
  })

function readLicences(json: string | undefined): readonly Licence[] {
  if (json === undefined || json.trim() === '') return []
  let list: unknown
  try {
    list = JSON.parse(json)
  } catch {
    // The text holds secrets, so nothing of it goes into the error.
    list = undefined
  }
  if (!Array.isArray(list) || !list.every(isLicence)) {
    throw new SettingError('SETTING_INVALID', {
      zh: '身份验证码列表无法读取，请在服务配置中重新填写',
      en: 'The list of licences cannot be read; enter it again in the settings of the service',
    })
  }
  return list
}

function isLicence(value: unknown): value is Licence {
  const { application, licence } = (value ?? {}) as { application?: unknown; licence?: unknown }
  return typeof application === 'string' && typeof licence === 'string'
}
