/**
 * Codes that somebody could take for a success, so that none of them may ever stand in a failure of ours:
 * `1` in table 7.2, 2xx in HTTP, and everything that reads as zero, one or true (reading A2).
 */
export function looksLikeSuccess(code: string): boolean {
  const text = code.normalize('NFKC').trim()
  const number = Number(text)
  return (
    number === 0 ||
    number === 1 ||
    (number >= 200 && number < 300) ||
    /^(?:[+-]?\.?|t|true|ok|succ.*|y|yes|aa|成功)$/i.test(text)
  )
}
