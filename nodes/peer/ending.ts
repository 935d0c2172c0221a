/** The signals that end Node-RED in order: it closes all nodes first. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'] as const

let watching = false
let ending = false

/** Begins to listen whether this process is asked to end. May be called again. */
export function watchEnding(): void {
  if (watching) return
  watching = true
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      ending = true
      // Whoever listens keeps a signal from doing what it does by itself; where nobody else does, it is to do that.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
}

/** True when nothing will go on once the nodes are closed: unlike after a deploy, this process ends then. */
export const isEnding = (): boolean => ending
