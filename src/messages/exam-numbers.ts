/** The numbers by which people find an exam. */
export interface ExamNumbers {
  readonly ExamNo?: string
  readonly ApplyNo?: string
}

// Bounded, because a caller may send anything.
const fieldOf = (name: string): RegExp =>
  new RegExp(
    `(?:<|&(?:amp;){0,3}lt;)(?:[\\w.-]{1,40}:)?${name}(?:\\s[^<>&]{0,200})?(?:>|&(?:amp;){0,3}gt;)` +
      `\\s{0,200}([^<>&\\p{Cc}]{1,64}?)\\s{0,200}(?:<|&(?:amp;){0,3}lt;)`,
    'iu',
  )

const EXAM_NO = fieldOf('ExamNo')
const APPLY_NO = fieldOf('ApplyNo')

/**
 * The numbers of the first exam in a document that cannot be read, escaped or not, as far as they can be seen. They
 * only help people to find it: nothing is decided by them.
 */
export function examNumbersIn(raw: Uint8Array, charset: string): ExamNumbers {
  const text = textOf(raw, charset)
  const [exam, apply] = [EXAM_NO, APPLY_NO].map((field) => field.exec(text)?.[1]?.trim())
  return { ...(exam && { ExamNo: exam }), ...(apply && { ApplyNo: apply }) }
}

function textOf(raw: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(raw)
  } catch {
    // Not known when the bytes themselves could not be read.
    return new TextDecoder().decode(raw)
  }
}
