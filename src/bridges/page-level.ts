/**
 * The level of a critical value as a page may show it; '' = not known. Only what can be a level: a site that writes the
 * finding into the code must not have it paged.
 */
export function levelOf(code: string | undefined): string {
  const level = code?.trim() ?? ''
  return /^[0-9A-Za-z]{1,2}$/.test(level) ? level : ''
}
