import type { CallForm } from '../../src/http/hosting/index.js'
import type { CrisisToStore, Ledger } from '../../src/ledger/index.js'
import { countingExtra, describeCrisis, isSyntheticKey, troublesOf } from '../../src/loop/index.js'
import {
  asCrisisError,
  CrisisError,
  isoInZone,
  readCrisisDocument,
  requireKey,
  withExtra,
  type Crisis,
  type XmlElement,
} from '../../src/messages/index.js'
import type { OtherPatient } from '../face/index.js'
import { originOf } from './origin.js'
import type { Intake, StoreCall, Stored } from './receiver.js'

/** The content that the ledger keeps for the message of a critical value. */
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

/** The intake of critical values. */
export const crisisIntake: Intake = {
  operation: 'SynCrisisInfo',

  async store(work) {
    const { call, service, settings, ledger, actor, lease, target, nodes } = work
    const results = documentsOf(work)
    const [first] = results
    if (results.length === 1 && first && 'crisis' in first && isSyntheticKey(first.crisis.ExamNo)) {
      return [await noteSynthetic(ledger, first)]
    }
    const good = results.filter((item): item is CrisisToStore => 'crisis' in item)
    if (good.length === 0) throw firstError(results)
    const stored = await ledger.run('storeCrises', {
      actor,
      origin: originOf(call, service),
      crises: good,
      // A flow that answers is asked again: it may have refused before.
      emitResends: settings.emitResends || settings.answer === 'flow',
      target,
      nodes,
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

  message(content, zone) {
    const { crisis, extra, flags, kind, earlier, wrongPatient, ...rest } = content as CrisisContent
    return {
      payload: withExtra(crisis, extra),
      context: {
        id: rest.id,
        key: rest.examKey,
        revision: rest.revision,
        stage: kind === 'cancelled' ? kind : 'stored',
        setAt: rest.setAt,
        receivedAt: isoInZone(rest.receivedAt, zone),
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
}

interface Refused {
  readonly error: CrisisError
}

function documentsOf({ call, service }: StoreCall): (Refused | CrisisToStore)[] {
  const { crises } = readCrisisDocument(call.document)
  return crises.map(({ crisis, extra, flags }) => {
    try {
      requireKey(crisis)
    } catch (thrown) {
      return { error: asCrisisError(thrown) }
    }
    const counting = countingExtra(extra, service.ignoredElements)
    const described = describeCrisis(service.system, service.zone, crisis, counting)
    return {
      crisis,
      extra,
      ...described,
      flags: [...call.flags, ...flags, ...described.flags],
      form: call.form,
    }
  })
}

/**
 * One that is expected shows that it has come this far, and goes no further.
 * @throws CrisisError SYNTHETIC_UNKNOWN for any other: it is of no patient, and whoever sent it is to know
 */
async function noteSynthetic(ledger: Ledger, { crisis, flags }: CrisisToStore): Promise<Stored> {
  const { ExamNo: key = '' } = crisis
  if (!(await ledger.run('noteSynthetic', { key }))) throw unknownSynthetic()
  return { owed: null, troubles: [], flags, exam: crisis }
}

const unknownSynthetic = (): CrisisError =>
  new CrisisError(
    'SYNTHETIC_UNKNOWN',
    {
      zh: '不是本台账发出的合成危急值，未接收',
      en: 'A synthetic critical value that this ledger has not sent; it is not taken',
    },
    '422',
  )

function firstError(results: readonly (Refused | CrisisToStore)[]): CrisisError {
  const bad = results.find((item): item is Refused => 'error' in item)
  return bad?.error ?? asCrisisError(undefined)
}
