export type Misuse = 'command' | 'option' | 'to' | 'backup' | 'address' | 'password' | 'tlsFile'

/** What was typed cannot be understood. */
export class UsageError extends Error {
  constructor(readonly misuse: Misuse) {
    super(misuse)
  }
}
