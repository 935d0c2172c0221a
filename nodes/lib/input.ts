import type { Node, NodeAPI } from 'node-red'
import { asCrisisError } from '../../src/messages/index.js'
import { nodeError } from './language.js'
import type { FlowMessage } from './message.js'
import { show } from './status.js'

/** Sends on the ports of a node: one entry a port. */
export type Send = (messages: (FlowMessage | null)[]) => void

/**
 * Thrown by a handler that has already set its status and sent its output: only `done` is still owed.
 */
export class Reported {
  constructor(readonly error: unknown) {}
}

/**
 * The one place where a message's failure becomes a status and `done(err)`. Node-RED exits on a rejected
 * handler, so nothing leaves here but through `done`, which is called exactly once.
 */
export function onInput(
  RED: NodeAPI,
  node: Node,
  handle: (msg: FlowMessage, send: Send) => Promise<void>,
): void {
  // The number of parameters is Node-RED's API: exactly these three.
  node.on('input', (msg, send, done) => {
    void run(msg, send, done)
  })

  async function run(msg: FlowMessage, send: Send, done: (error?: Error) => void): Promise<void> {
    let failure: Error | undefined
    try {
      await handle(msg, send)
    } catch (thrown) {
      if (!(thrown instanceof Reported)) {
        show(RED, node, 'activity', { word: 'error', reason: asCrisisError(thrown).reason })
      }
      failure = nodeError(RED, thrown instanceof Reported ? thrown.error : thrown)
    }
    try {
      if (failure) done(failure)
      else done()
    } catch (thrown) {
      // Node-RED clones the message for Catch and Complete nodes, which not every one survives: those hear of it all
      // the same.
      node.error(failure ?? nodeError(RED, thrown), { _msgid: msg._msgid })
    }
  }
}

/** Runs when all nodes of the flows have been made: until then no Catch node would hear of an error. */
export function onceStarted(run: () => void): void {
  setImmediate(run)
}

/** Closes what a node holds; Node-RED waits for it, and a failure to close is only logged. */
export function onClose(node: Node, close: (removed: boolean) => Promise<void>): void {
  // With fewer parameters Node-RED would not wait, and would pass something else as the first.
  node.on('close', (removed: boolean, done: () => void) => {
    close(removed)
      .catch((error: unknown) => node.warn(error instanceof Error ? error.message : String(error)))
      .finally(done)
  })
}
