#!/usr/bin/env node
import { isBuiltin } from 'node:module'
import type { Run } from './run.js'

// Node 22 warns of every use of SQLite, in the middle of what people read here.
process.removeAllListeners('warning')

async function main(): Promise<number> {
  if (isBuiltin('node:sqlite')) {
    const { run } = require('./run.js') as { run: Run }
    return run(process.argv.slice(2), process.env, process.stdout, process.stderr)
  }
  console.error('Node.js 22.13+ · 需要 Node.js 22.13 或更高版本')
  return 1
}

void main().then((code) => (process.exitCode = code))
