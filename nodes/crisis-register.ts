import type { Node, NodeAPI, NodeDef } from 'node-red'
import { answer } from './lib/register.js'
import { onClose, onInput } from './lib/input.js'
import { contextOf } from './lib/message.js'
import { DEFAULTS, settingsOf, type RegisterConfig } from './lib/settings.js'
import { show, showStore } from './lib/status.js'
import { useStore } from './lib/store.js'
import { watchUnclaimed } from './lib/unclaimed.js'

export = (RED: NodeAPI): void => {
  function CrisisRegisterNode(this: Node, saved: NodeDef & RegisterConfig): void {
    RED.nodes.createNode(this, saved)
    let used: ReturnType<typeof useStore> | undefined
    let problem: unknown
    let stopUnclaimed: (() => void) | undefined
    try {
      used = useStore(RED, saved.store)
      show(RED, this, 'activity', 'ready')
      showStore(RED, this, used.store)
      stopUnclaimed = watchUnclaimed(RED, this, used.store, true)
    } catch (error) {
      problem = error
      show(RED, this, 'fault', 'badSetting')
    }
    onClose(this, async () => {
      stopUnclaimed?.()
      await used?.release()
    })
    onInput(RED, this, async (msg, send) => {
      if (!used) throw problem
      const { store } = used
      const settings = settingsOf<RegisterConfig>(saved, DEFAULTS.register)
      show(RED, this, 'activity', 'busy')
      const result = await answer(RED, store, this, settings, msg)
      msg.payload = result
      msg.crisis = { ...contextOf(msg), count: Array.isArray(result) ? result.length : 1 }
      show(RED, this, 'activity', 'ready')
      send([msg])
    })
  }

  RED.nodes.registerType('crisis register', CrisisRegisterNode)
}
