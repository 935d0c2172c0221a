import { SOAP_NAMESPACES } from '../../src/soap/index.js'
import type { Choices } from './choices.js'
import { text } from './texts.js'
import { writeText } from './xml-writer.js'

const RETURNS = ['return', 'out', 'SynCrisisInfoResult', 'a', 'x:return'] as const

/** What a peer sends back: a value, a Fault of either version, what Axis puts beside them, in any order. */
export function replyEnvelope(choices: Choices, say: (choices: Choices) => string): string {
  const version = choices.pick(['1.1', '1.2'] as const)
  const name = choices.pick(RETURNS)
  const isReversed = choices.once(2)
  const gap = choices.pick(['', '\n'])
  const header = choices.pick(['', '', '<e:Header><e:Fault/></e:Header>'])
  const more = (): string =>
    choices.pick([
      fault11,
      fault12,
      () => `<multiRef id="id0">${writeText(choices, text(choices))}</multiRef>`,
      () => '<r><return href="#id0"/></r>',
      () => '<r xsi:nil="true"/>',
      () => '<!-- -->',
    ])(choices)
  // What is said comes last, since it may take all bytes that there are.
  const others = choices.once(3) ? choices.list(2, more) : []
  const said = say(choices)
  const parts = [`<r><${name}>${writeText(choices, said)}</${name}></r>`, ...others]
  const body = (isReversed ? parts.toReversed() : parts).join(gap)
  return `<e:Envelope xmlns:e="${SOAP_NAMESPACES[version]}">${header}<e:Body>${body}</e:Body></e:Envelope>`
}

const fault11 = (choices: Choices): string =>
  `<e:Fault><faultcode>e:Server</faultcode><faultstring>${writeText(choices, text(choices))}</faultstring></e:Fault>`

const fault12 = (choices: Choices): string =>
  `<Fault><Code><Value>e:Sender</Value></Code><Reason><Text>${writeText(choices, text(choices))}</Text></Reason></Fault>`
