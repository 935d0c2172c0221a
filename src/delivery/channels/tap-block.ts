/** Most characters of a block between STX and what ends it (TAP 1.8 section 3, step 8). */
const MAX_INFO = 250

const [STX, ETX, ETB, US, CR] = ['\x02', '\x03', '\x17', '\x1f', '\r'] as const

/**
 * The checksum of a block (TAP 1.8 section 5): the sum of the 7-bit values of all characters before it, of which the
 * lowest 12 bits are written as three characters from `0` to `?`.
 */
export function tapChecksum(block: Buffer): string {
  const sum = block.reduce((total, byte) => total + (byte & 0x7f), 0)
  return [8, 4, 0].map((shift) => String.fromCharCode(0x30 + ((sum >> shift) & 0x0f))).join('')
}

/**
 * The blocks of a page: pager number and text, each with a CR behind it. A text that fits no single block goes on in
 * the next: US ends a block within a field, ETB one behind a field, ETX the last.
 */
export function tapBlocks(address: string, text: string): readonly Buffer[] {
  const blocks: Buffer[] = []
  let info = address + CR
  let rest = text
  while (info.length + rest.length + CR.length > MAX_INFO) {
    const room = MAX_INFO - info.length
    const part = rest.slice(0, room)
    blocks.push(sealed(info + part, room > 0 ? US : ETB))
    rest = rest.slice(room)
    info = ''
  }
  return [...blocks, sealed(info + rest + CR, ETX)]
}

function sealed(info: string, end: string): Buffer {
  const block = Buffer.from(STX + info + end, 'latin1')
  return Buffer.concat([block, Buffer.from(tapChecksum(block) + CR, 'latin1')])
}
