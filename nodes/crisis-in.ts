import type { Node, NodeAPI, NodeDef } from 'node-red'
import type { CallForm } from '../src/http/hosting/index.js'
import type { CrisisToStore } from '../src/ledger/index.js'
import {
  alertKey,
  contentHash,
  countingExtra,
  feedbackKey,
  findingKey,
  readCrisisQuality,
} from '../src/loop/index.js'
import {
  asCrisisError,
  CrisisError,
  readCrisisDocument,
  requireKey,
  type Crisis,
  type XmlElement,
} from '../src/messages/index.js'
import { bindIn, receivedAt, serviceOf, type Stored } from './lib/in.js'
import { intakeNodes } from './lib/in-flows.js'
import { withExtra, type OtherPatient } from './lib/message.js'
import { originOf } from './lib/origin.js'
import type { InConfig } from './lib/settings.js'
import { troublesOf } from './lib/troubles.js'

/** What the ledger keeps for the message of a critical value. */
interface CrisisContent {
  readonly crisis: Crisis
  readonly extra: readonly XmlElement[]
  readonly flags: readonly string[]
  readonly id: string
  readonly examKey: string
  readonly setAt: string | null
  readonly receivedAt: number
  readonly alert: number
  readonly revision: number
  readonly kind: 'new' | 'revision' | 'outOfOrder' | 'resend' | 'cancelled'
  readonly earlier: boolean
  readonly wrongPatient: boolean
  readonly form?: CallForm
  readonly otherPatients?: readonly OtherPatient[]
}

export = (RED: NodeAPI): void => {
  function CrisisInNode(this: Node, config: NodeDef & InConfig): void {
    RED.nodes.createNode(this, config)
    const node = this.id
    bindIn(RED, this, config, {
      operation: 'SynCrisisInfo',

      async store({ call, service, settings, ledger, actor, lease }) {
        const { crises } = readCrisisDocument(call.document)
        const results: (Stored | CrisisToStore)[] = crises.map(({ crisis, extra, flags }) => {
          try {
            requireKey(crisis)
          } catch (thrown) {
            return { error: asCrisisError(thrown) }
          }
          const quality = readCrisisQuality(crisis, service.zone)
          return {
            crisis,
            extra,
            flags: [...call.flags, ...flags, ...quality.flags],
            key: alertKey(service.system, crisis),
            content: contentHash(
              service.system,
              crisis,
              countingExtra(extra, service.ignoredElements),
            ),
            documentHash: contentHash(service.system, crisis),
            examKey: feedbackKey(service.system, crisis),
            finding: findingKey(crisis),
            setAt: quality.setAt.at,
            form: call.form,
          }
        })
        const good = results.filter((item): item is CrisisToStore => 'crisis' in item)
        if (good.length === 0) throw firstError(results)
        const stored = await ledger.run('storeCrises', {
          actor,
          origin: originOf(call, service),
          crises: good,
          // Where the flow answers, it is asked again: it may have refused before.
          emitResends: settings.emitResends || settings.answer === 'flow',
          target: node,
          nodes: intakeNodes(RED),
          lease,
        })
        const next = stored.values()
        return results.map((item): Stored => {
          if (!('crisis' in item)) return item
          const one = next.next().value
          const { flags, crisis: exam } = item
          return { owed: one?.owed ?? null, troubles: one ? troublesOf(one) : [], flags, exam }
        })
      },

      message(content) {
        const { crisis, extra, flags, kind, earlier, wrongPatient, ...rest } =
          content as CrisisContent
        const zone = serviceOf(RED, config.service)?.zone ?? '+08:00'
        return {
          payload: withExtra(crisis, extra),
          context: {
            id: rest.id,
            key: rest.examKey,
            revision: rest.revision,
            stage: kind === 'cancelled' ? kind : 'stored',
            setAt: rest.setAt,
            receivedAt: receivedAt(rest.receivedAt, zone),
            ...(rest.form && { form: rest.form }),
            ...(rest.otherPatients && { otherPatients: rest.otherPatients }),
            flags: [
              ...flags,
              ...(kind === 'new' ? [] : [kind]),
              ...(earlier ? ['earlierContent'] : []),
              ...(wrongPatient ? ['possibleWrongPatient'] : []),
            ],
          },
        }
      },
    })
  }

  RED.nodes.registerType('crisis in', CrisisInNode)
}

function firstError(results: readonly (Stored | CrisisToStore)[]): CrisisError {
  const bad = results.find((item): item is { error: CrisisError } => 'error' in item)
  return bad?.error ?? asCrisisError(undefined)
}
