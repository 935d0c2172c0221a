import type { Node, NodeAPI, NodeDef } from 'node-red'
import { credentialsOf } from './lib/config-nodes.js'
import { onInput } from './lib/input.js'
import { languageOf } from './lib/language.js'
import { contextOf } from './lib/message.js'
import { translate } from './lib/parse.js'
import {
  DEFAULTS,
  settingsOf,
  zoneSetting,
  type ParserConfig,
  type ParserCredentials,
} from './lib/settings.js'
import { show } from './lib/status.js'

export = (RED: NodeAPI): void => {
  function CrisisParserNode(this: Node<ParserCredentials>, saved: NodeDef & ParserConfig): void {
    RED.nodes.createNode(this, saved)
    onInput(RED, this, async (msg, send) => {
      const config = settingsOf<ParserConfig>(saved, DEFAULTS.parser)
      zoneSetting(config.zone)
      const value: unknown = RED.util.getMessageProperty(msg, config.property)
      const result = translate({
        value,
        context: contextOf(msg),
        config,
        licence: credentialsOf(this).licence ?? '',
        to: typeof msg['to'] === 'string' ? msg['to'] : undefined,
        language: languageOf(RED),
        now: new Date(),
      })
      RED.util.setMessageProperty(msg, config.property, result.value, true)
      for (const [name, part] of Object.entries(result.beside)) msg[name] = part
      msg.crisis = { ...contextOf(msg), ...result.context }
      show(RED, this, 'activity', 'ready')
      send([msg])
    })
  }

  RED.nodes.registerType<
    Node<ParserCredentials>,
    NodeDef & ParserConfig,
    object,
    ParserCredentials
  >('crisis parser', CrisisParserNode, {
    credentials: { licence: { type: 'password' } },
  })
}
