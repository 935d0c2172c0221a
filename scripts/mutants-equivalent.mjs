/** Mutants of the scanner that change nothing that a document can show, as scripts/mutants.mjs shows them. */
export const EQUIVALENT = []
