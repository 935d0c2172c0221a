import { masked } from '../../bridges/index.js'
import { isBlank, MASK, type Crisis, type Person } from '../../messages/index.js'
import type { PersonView } from '../api.js'

/** The finding and its description, as a person reads them. */
export const findingOf = ({ CrisisName, CrisisMemo }: Crisis): string =>
  [CrisisName, CrisisMemo]
    .filter((part) => !isBlank(part))
    .map((part) => (part ?? '').trim())
    .join(' ')

/** Whatever a session may see of a patient. */
export interface PatientParts {
  readonly SickNo: string
  readonly patient: string
  readonly text: string
}

/** The interface names no patient; only what a hospital has put beside its elements does. */
const NAMES: readonly string[] = ['SickName', 'PatientName']

export function patientOf(SickNo: string, crisis: Crisis, seesPatients: boolean): PatientParts {
  if (!seesPatients) return { SickNo: masked(SickNo), patient: '', text: '' }
  return { SickNo, patient: nameIn(crisis), text: findingOf(crisis) }
}

function nameIn(crisis: Crisis): string {
  const { extra } = crisis as { readonly extra?: unknown }
  if (!Array.isArray(extra)) return ''
  const named = extra.find(
    (one: unknown): one is { readonly name: string; readonly text: string } =>
      typeof one === 'object' &&
      one !== null &&
      NAMES.includes((one as { name?: unknown }).name as string) &&
      typeof (one as { text?: unknown }).text === 'string',
  )
  return named?.text.trim() ?? ''
}

/** Words that people have typed may name a patient. */
export const typed = (text: string, seesPatients: boolean): string =>
  seesPatients || text.trim() === '' ? text : MASK

export const personView = ({ code, name }: Person): PersonView => ({
  code: code.trim(),
  name: name.trim(),
})
