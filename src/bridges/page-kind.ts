import type { Reason } from '../messages/index.js'

/** Kinds of exams, by the words and the DICOM codes (PS3.16 CID 29) that a type may be written with. */
const KINDS: readonly (readonly [RegExp, Reason])[] = [
  [/^CT$/i, { zh: 'CT', en: 'CT' }],
  [/^(?:MR|MRI|磁共振|核磁|核磁共振)$/i, { zh: '磁共振', en: 'MR' }],
  [/^(?:US|超声|B超|彩超)$/i, { zh: '超声', en: 'ultrasound' }],
  [/^(?:DX|DR|CR|RF|放射|普放|X线|X光)$/i, { zh: '放射', en: 'X-ray' }],
  [/^(?:MG|乳腺|钼靶)$/i, { zh: '乳腺', en: 'mammography' }],
  [/^(?:XA|DSA|介入|血管造影)$/i, { zh: '介入', en: 'angiography' }],
  [/^(?:NM|PT|PET|核医学)$/i, { zh: '核医学', en: 'nuclear medicine' }],
  [/^(?:ES|内镜|内窥镜|胃镜|肠镜)$/i, { zh: '内镜', en: 'endoscopy' }],
  [/^(?:ECG|EKG|心电|心电图)$/i, { zh: '心电', en: 'ECG' }],
  [/^(?:SM|病理)$/i, { zh: '病理', en: 'pathology' }],
  [/^(?:LAB|检验)$/i, { zh: '检验', en: 'laboratory' }],
]

const NONE: Reason = { zh: '', en: '' }

/**
 * The kind of an exam as a page may name it, '' for one that is not known: CrisisType has no dictionary, and a site that
 * writes the finding there must not have it paged.
 */
export function pageKind(type: string | undefined): Reason {
  const written = type?.trim() ?? ''
  const [, known] = KINDS.find(([pattern]) => pattern.test(written)) ?? []
  if (known) return known
  return /^\d{1,2}$/.test(written) ? { zh: `类型${written}`, en: `type ${written}` } : NONE
}
