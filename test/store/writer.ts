import { openSqlite } from './support.js'

// A process of its own, to be killed: writes notes and tells its parent of each one that is durable.
async function main(file: string, definition = '', anchor = '', most = Infinity): Promise<void> {
  const engine = openSqlite(file, { ...(definition && { definition }), ...(anchor && { anchor }) })
  await engine.ready()
  for (let n = 0; n < most; n++) {
    const text = `${process.pid}-${n}`
    await engine.run('add', { text })
    process.send?.(text)
  }
}

const [file = '', definition, anchor, most] = process.argv.slice(2)
main(file, definition, anchor, Number(most ?? Infinity)).catch(() => process.exit(1))
