/** Two-byte codes of GB18030 by character, from the decoder: Node has no encoder for it. */
const TWO_BYTES = new Map<string, readonly [number, number]>()
const decoder = new TextDecoder('gb18030')
for (let lead = 0x81; lead <= 0xfe; lead++) {
  for (let trail = 0x40; trail <= 0xfe; trail++) {
    const text = decoder.decode(Buffer.from([lead, trail]))
    if (text.length === 1 && text !== '\ufffd') TWO_BYTES.set(text, [lead, trail])
  }
}

/** Text in GB18030; without characters that only its four bytes below U+10000 have. */
export function gb18030(text: string): Buffer {
  return Buffer.from(Array.from(text).flatMap((character) => bytesOf(character)))
}

function bytesOf(character: string): readonly number[] {
  const point = character.codePointAt(0) ?? 0
  if (point < 0x80) return [point]
  const two = TWO_BYTES.get(character)
  if (two) return two
  if (point < 0x10000) throw new TypeError('not among the two-byte codes of GB18030')
  const linear = point - 0x10000
  return [
    0x90 + Math.floor(linear / 12_600),
    0x30 + (Math.floor(linear / 1_260) % 10),
    0x81 + (Math.floor(linear / 10) % 126),
    0x30 + (linear % 10),
  ]
}

export const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
