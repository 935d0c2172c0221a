/**
 * True for a path that leads to another machine: a network share, with slashes of either kind, or an address. To be
 * asked of what a person wrote: made absolute, `//server/share` becomes a local path on some systems.
 */
export function isElsewhere(path: string): boolean {
  return /^\s*([\\/]{2}|[a-z][a-z0-9+.-]+:)/i.test(path)
}
