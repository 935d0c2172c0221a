// The rooms of the house and who imports whom, read from the imports.
//   node scripts/house.mjs            prints {room: [neighbours]}
//   node scripts/house.mjs --write    draws the picture into docs/house.md and docs/house.zh.md
//   node scripts/house.mjs --check    ends with 1 where a picture is not what the imports say
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const PAGES = ['docs/house.md', 'docs/house.zh.md']
const [BEGIN, END] = ['<!-- drawn by scripts/house.mjs -->', '<!-- end of the drawing -->']

const neighbours = readHouse()
if (process.argv.includes('--write')) {
  for (const page of PAGES) writeFileSync(join(root, page), withPicture(page))
} else if (process.argv.includes('--check')) {
  const stale = PAGES.filter((page) => readFileSync(join(root, page), 'utf8') !== withPicture(page))
  if (stale.length > 0) console.error(`Run node scripts/house.mjs --write: ${stale.join(', ')}`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else console.log(JSON.stringify(neighbours, null, 2))

function filesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesBelow(path)
    return path.endsWith('.ts') ? [path] : []
  })
}

/** The node files themselves are the hall, from which every room may be entered. */
function roomOf(path) {
  const [top, room, inner, ...rest] = path.split('/')
  if (inner === undefined) return top
  // HTTP has two houses, and beside them what both share; delivery has the channels for pages.
  const hasRooms = room === 'http' || room === 'delivery'
  return hasRooms && rest.length > 0 ? `${top}/${room}/${inner}` : `${top}/${room}`
}

function readHouse() {
  const found = {}
  for (const path of [...filesBelow('nodes'), ...filesBelow('src')]) {
    const own = (found[roomOf(path)] ??= new Set())
    const text = readFileSync(join(root, path), 'utf8')
    for (const [, target] of text.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*'(\.[^']+)'/g)) {
      own.add(roomOf(posix.join(posix.dirname(path), target)))
    }
  }
  const rooms = Object.keys(found).toSorted()
  return Object.fromEntries(
    rooms.map((room) => [room, rooms.filter((other) => other !== room && found[room].has(other))]),
  )
}

/** True when a room leads to another by way of a third. */
function isLedTo(from, to, seen = new Set()) {
  return neighbours[from].some((next) => {
    if (next === to) return true
    if (seen.has(next)) return false
    seen.add(next)
    return isLedTo(next, to, seen)
  })
}

/** An arrow that follows from others is left out, or nothing could be seen. */
function arrowsOf(room) {
  const all = neighbours[room]
  return all.filter((other) => !all.some((third) => third !== other && isLedTo(third, other)))
}

function withPicture(page) {
  const text = readFileSync(join(root, page), 'utf8')
  const [head, rest] = text.split(BEGIN)
  const tail = rest?.split(END)[1]
  if (tail === undefined) throw new Error(`${page} has no place for the picture`)
  const rooms = Object.keys(neighbours).filter((room) => room !== 'nodes')
  const name = (room) => room.replaceAll('/', '_')
  const group = (top) => [
    `  subgraph ${top}`,
    ...rooms
      .filter((room) => room.startsWith(`${top}/`))
      .map((room) => `    ${name(room)}["${room.slice(top.length + 1)}"]`),
    '  end',
  ]
  const arrows = rooms.flatMap((room) =>
    arrowsOf(room).map((other) => `  ${name(room)} --> ${name(other)}`),
  )
  const lines = ['```mermaid', 'flowchart TD', ...group('nodes'), ...group('src'), ...arrows, '```']
  return `${head}${BEGIN}\n\n${lines.join('\n')}\n\n${END}${tail}`
}
