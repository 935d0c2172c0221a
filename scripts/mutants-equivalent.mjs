// Mutants of the scanner that no document and no caller can tell from the scanner, each with the reason. The patterns
// are held against what scripts/mutants.mjs shows of a mutant.
export const EQUIVALENT = [
  {
    pattern: /^asides\.js: .*encoding="UTF-⟨/,
    reason:
      'any declaration is read one way or the other; what is written is for the specs of the writers',
  },
  {
    pattern: /⟨ ?<→ <= ?⟩ ?0x80|⟨ < → <= ⟩0x80|⟨<→<=⟩ 0x80|⟨0x80→12[79]⟩/,
    reason:
      'U+007F and U+0080 are of no class and stand for themselves, whichever way they are looked up',
  },
  {
    pattern: /^known-names\.js: .*(?:SLOTS|\(length \+|slotOf)/,
    reason:
      'wherever a known name is kept, it is compared character by character before it is given out',
  },
  {
    pattern: /^scanner\.js: (?:#?\w+) = ⟨/,
    reason: 'the first value of a field, which `start` or the token sets before it is read',
  },
  {
    pattern: /this\.#isVerbatim = true;→⟩|this\.#isVerbatim = ⟨true→false⟩/,
    reason:
      'text that is taken from the array although it could be cut from the string is the same',
  },
]
