import { openSqlite } from './support.js'

// A process of its own, to be killed: writes notes and tells its parent of each one that is durable.
async function main(file: string): Promise<void> {
  const engine = openSqlite(file)
  await engine.ready()
  for (let n = 0; ; n++) {
    const text = `${process.pid}-${n}`
    await engine.run('add', { text })
    process.send?.(text)
  }
}

main(process.argv[2] ?? '').catch(() => process.exit(1))
