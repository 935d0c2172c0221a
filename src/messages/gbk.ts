let table: ReadonlyMap<string, number> | undefined

/** A character in the two bytes of GBK, or in one; empty when it has no such. Node itself only decodes GBK. */
export function gbkBytes(character: string): Buffer {
  if (character.length === 1 && character.charCodeAt(0) < 0x80) return Buffer.from(character)
  const code = (table ??= makeTable()).get(character)
  return code === undefined ? Buffer.alloc(0) : Buffer.from([code >> 8, code & 0xff])
}

/** The decoder, asked for all pairs of bytes. */
function makeTable(): ReadonlyMap<string, number> {
  const decoder = new TextDecoder('gb18030')
  const made = new Map<string, number>()
  for (let first = 0x81; first <= 0xfe; first++) {
    for (let second = 0x40; second <= 0xfe; second++) {
      const text = decoder.decode(Uint8Array.of(first, second))
      if (text.length === 1 && text !== '\ufffd') made.set(text, (first << 8) | second)
    }
  }
  return made
}
