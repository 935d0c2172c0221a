/** One step through a document. A comment or an instruction is checked and passed over. */
export const enum Token {
  /** The document is well-formed, and nothing of it is left. */
  End,
  /** A start tag, or the tag of an empty element, which a `Close` follows. */
  Open,
  Close,
  /** Character data between two pieces of markup. */
  Text,
  Cdata,
}
