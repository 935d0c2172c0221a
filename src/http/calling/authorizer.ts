/** Writes the header that says who calls. */
export interface Authorizer {
  /** @returns undefined where the peer has to challenge us first */
  authorization(method: string, path: string): string | undefined
  /** Takes the challenge of a refusal. True when the same may be sent again with an answer to it. */
  challenged(challenge: string | undefined, sent: string | undefined): boolean
}
