import type { NodeAPI, NodeDef } from 'node-red'
import { NODE_RED_MOUNT, type AddressOptions, type Trouble } from '../src/http/hosting/index.js'
import { Licences } from '../src/loop/index.js'
import { asCrisisError, CrisisError } from '../src/messages/index.js'
import { credentialsOf, type ServiceNode } from './lib/config-nodes.js'
import { isOfBefore, readGuarding, unguarded, type Guarding } from './lib/guarding.js'
import { hosting } from './lib/hosting.js'
import { onClose } from './lib/input.js'
import { LicenceCheck } from './lib/licence-check.js'
import { readLicences } from './lib/licence-list.js'
import { LicenceWatch } from './lib/licence-watch.js'
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
import { namesOf } from './lib/service-names.js'
import { serveServiceSecrets } from './lib/service-secrets.js'

/** The answer limit of the front stands behind the flow's own, which is the one that should strike. */
const FRONT_MARGIN_MS = 1000

export = (RED: NodeAPI): void => {
  hosting.mountOn(RED)
  serveServiceSecrets(RED)

  function CrisisServiceNode(this: ServiceNode, saved: NodeDef & ServiceConfig): void {
    RED.nodes.createNode(this, saved)
    let config: ServiceConfig = DEFAULTS.service
    /** Of the node that takes feedback, whose licences these are. */
    let tellFeedback: ((trouble: Trouble) => void) | undefined
    const notified = new Set<() => void>()
    let settings: Settings | undefined
    let guarding: Guarding | undefined
    let problem: CrisisError | undefined
    let licences = new Licences([])
    let issued: readonly string[] = []
    let licenceProblem: CrisisError | undefined
    try {
      config = settingsOf<ServiceConfig>(saved, DEFAULTS.service)
      guarding = readGuarding(RED, config, credentialsOf(this))
      settings = readSettings(config, guarding)
    } catch (error) {
      problem = asCrisisError(error)
    }
    try {
      const zone = settings?.zone ?? '+08:00'
      const list = readLicences(credentialsOf(this).licences, zone, (name) => variable(this, name))
      issued = list.licences.map(({ licence }) => licence)
      licences = new Licences(list.licences)
      licenceProblem = list.problem
    } catch (error) {
      // A critical value carries no licence: it is taken all the same.
      licenceProblem = asCrisisError(error)
    }
    const licenceCheck = new LicenceCheck(licences)
    const watch = new LicenceWatch(licences)
    const tellExpired = (): void => {
      if (!tellFeedback) return
      for (const error of watch.troubles()) tellFeedback(troubleOf(error))
    }
    const stopWatching = watch.start(() => {
      tellExpired()
      for (const notify of notified) notify()
    })
    onClose(this, () => Promise.resolve(stopWatching()))

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
        config.licenceCheck && (licenceProblem || licences.size === 0)
          ? (licenceProblem ?? licenceMissing())
          : undefined,

      licenceNotice: () => (config.licenceCheck ? watch.notice : undefined),

      onLicenceNotice(notify) {
        notified.add(notify)
        return () => notified.delete(notify)
      },

      async host(operation, handler, onTrouble, onForm) {
        if (!settings || !guarding) throw problem
        const isOpen =
          !guarding.guards(operation) &&
          !config.unguarded &&
          !(config.mount === 'node-red' && (await hosting.asksForLogin(RED)))
        if (isOpen && !isOfBefore(saved)) throw unguarded()
        const options = {
          ...settings.address,
          answerLimitMs: settings.answerLimitMs + FRONT_MARGIN_MS,
          onForm,
          onTrouble,
        }
        const registration =
          config.mount === 'port'
            ? await hosting.ports.register(
                { host: settings.host, port: settings.port, tls: guarding.tls },
                config.path,
                operation,
                handler,
                options,
              )
            : hosting.switchboard.register(NODE_RED_MOUNT, config.path, operation, handler, options)
        // It goes on as it did, for it may be what a hospital relies on; but it is said at each start.
        if (isOpen) onTrouble(troubleOf(unguarded()))
        if (operation === 'SynCrisisResponseInfo' && config.licenceCheck) {
          tellFeedback = onTrouble
          tellExpired()
        }
        return {
          release(removed) {
            if (tellFeedback === onTrouble) tellFeedback = undefined
            return registration.release(removed)
          },
        }
      },

      conceal: (raw) => withoutLicences(raw, issued),

      requireLicence(header, caller) {
        if (config.licenceCheck) licenceCheck.require(header, caller)
      },
    } satisfies Pick<
      ServiceNode,
      | 'storeId'
      | 'system'
      | 'zone'
      | 'answerLimitMs'
      | 'ignoredElements'
      | 'licenceTrouble'
      | 'licenceNotice'
      | 'onLicenceNotice'
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
      credentials: {
        // What is of another type than this can be read by whoever may look at the flows.
        licences: { type: 'password' },
        user: { type: 'text' },
        secret: { type: 'password' },
        pathSecret: { type: 'password' },
      },
    },
  )

  interface Settings {
    readonly zone: string
    readonly host: string
    readonly port: number
    readonly answerLimitMs: number
    readonly address: AddressOptions
  }

  /** A variable as Node-RED would find it for this node: of its flow, of the environment. */
  function variable(node: ServiceNode, name: string): string | undefined {
    const value: unknown = RED.util.evaluateNodeProperty(name, 'env', node, {})
    return typeof value === 'string' ? value : undefined
  }

  function readSettings(
    config: ServiceConfig,
    { guard, pathSecret, withSecret }: Guarding,
  ): Settings {
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
        ...(pathSecret !== undefined && { pathSecret }),
        names: namesOf(config),
        ...(config.publicUrl.trim() !== '' && { publicUrl: withSecret(config.publicUrl.trim()) }),
        body: {
          maxBytes:
            numberSetting('maxKilobytes', config.maxKilobytes, {
              least,
              most: 65_536,
              fallback: 384,
            }) * 1024,
          timeMs:
            numberSetting('bodySeconds', config.bodySeconds, { least, most: 3600, fallback: 10 }) *
            1000,
        },
        allowGbk: config.allowGbk,
        ...(guard && { guard }),
        strict: config.strict,
        markControls: config.markControls,
      },
    }
  }
}

const licenceMissing = () =>
  new SettingError('LICENCE_MISSING', {
    zh: '该服务未配置任何身份验证码（License），所有反馈都会被拒绝（401）',
    en: 'No licence is set at this service, so all feedback is refused (401)',
  })

/** What no call has raised. */
const troubleOf = ({ code, reason, answer }: CrisisError): Trouble => ({
  code,
  reason,
  answer,
  remoteAddress: '',
  operation: '',
  raw: undefined,
  charset: '',
})
