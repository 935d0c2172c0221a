import type { PageWay } from '../../src/ledger/index.js'
import { CrisisError, type Person } from '../../src/messages/index.js'
import { contextInvalid, saidPart, type FlowMessage } from '../face/index.js'
import type { SavedChannel } from '../channel/index.js'
import { GROUP_CHATS, namesIn } from '../settings/index.js'

/** A channel that can be used. */
export type UsableChannel = Exclude<SavedChannel, { readonly problem: unknown }>

/** Whom a message is to call, and by which channels, in the order in which they are tried. */
export interface Addressee {
  readonly person: Person
  readonly ways: readonly PageWay[]
}

/**
 * The person of a message: the one that the roster, or the flow, has put there, else those of `msg.to` by the first
 * channel.
 * @param channels in the order of preference of the node
 * @param channelId the id under which the ledger knows a channel
 * @throws CrisisError CONTEXT_INVALID when the person is there and is none
 */
export function addresseeOf(
  msg: FlowMessage,
  channels: readonly UsableChannel[],
  channelId: (channel: UsableChannel) => string,
): Addressee {
  const named = personIn(msg)
  const wanted = wantedBy(msg, channels)
  const way = (channel: UsableChannel, to: readonly string[]): readonly PageWay[] =>
    to.length === 0 && !GROUP_CHATS.has(channel.kind)
      ? []
      : [{ channel: channelId(channel), name: channel.name, to }]
  if (named) {
    const { code, name, addresses } = named
    const ways = wanted.flatMap((channel) => way(channel, listIn(addresses[channel.name])))
    return { person: { code, name }, ways }
  }
  const to = listIn(msg['to'])
  const [first] = wanted
  return { person: { code: '', name: to.join(', ') }, ways: first ? way(first, to) : [] }
}

/** The channels of the node that the step of a plan wants, in its order; all where it names none. */
function wantedBy(msg: FlowMessage, channels: readonly UsableChannel[]): readonly UsableChannel[] {
  const step = saidPart(msg, 'step') as { readonly channels?: unknown } | undefined
  const names: readonly unknown[] = Array.isArray(step?.channels) ? step.channels : []
  if (names.length === 0) return channels
  return names.flatMap((name) => channels.find((channel) => channel.name === name) ?? [])
}

interface NamedPerson extends Person {
  readonly addresses: Readonly<Record<string, unknown>>
}

/** @throws CrisisError CONTEXT_INVALID */
function personIn(msg: FlowMessage): NamedPerson | null {
  const said = saidPart(msg, 'person')
  if (said === undefined) return null
  if (typeof said !== 'object' || said === null || Array.isArray(said)) throw notPerson()
  const { code = '', name = '', addresses = {} } = said as Partial<NamedPerson>
  const isPlain = typeof addresses === 'object' && addresses !== null && !Array.isArray(addresses)
  if (typeof code !== 'string' || typeof name !== 'string' || !isPlain) throw notPerson()
  return { code, name, addresses }
}

const notPerson = () =>
  contextInvalid('person', {
    zh: '对象 { code, name, addresses: { 渠道名称: 地址 } }',
    en: 'an object { code, name, addresses: { name of a channel: address } }',
  })

/** Addresses as a text, with commas between several, or as a list. */
function listIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return namesIn(value)
  if (!Array.isArray(value)) return []
  return value.flatMap((one: unknown) => (typeof one === 'string' ? namesIn(one) : []))
}

export const addressMissing = () =>
  new CrisisError(
    'PAGE_ADDRESS_MISSING',
    {
      zh: '没有可用的接收地址：msg.crisis.person 中没有所选渠道的地址，也没有 msg.to；未发送，升级方案立即进入下一步',
      en: 'There is no address: msg.crisis.person has none for the chosen channels, and there is no msg.to. Nothing was sent; the next step of the plan is due at once',
    },
    '422',
  )
