import type { Node } from 'node-red'
import type { Reason } from '../../src/messages/index.js'
import type { Runtime } from './runtime.js'

/** The words of a status. They are put into the language of the hospital here: in a subflow the editor finds no texts. */
export const STATUS_WORDS = {
  ready: { zh: '就绪', en: 'ready' },
  busy: { zh: '处理中…', en: 'working…' },
  waiting: { zh: '等待应答', en: 'awaiting answer' },
  listening: { zh: '监听中', en: 'listening' },
  answered: { zh: '已应答', en: 'answered' },
  late: { zh: '应答超时', en: 'answered too late' },
  refused: { zh: '已拒收', en: 'refused' },
  error: { zh: '错误', en: 'error' },
  portInUse: { zh: '端口被占用', en: 'port in use' },
  noService: { zh: '未配置服务', en: 'no service set' },
  noPeer: { zh: '未配置对方', en: 'no peer set' },
  badSetting: { zh: '设置有误', en: 'bad setting' },
  noLicence: { zh: '未配置身份验证码', en: 'no licence set' },
  unguarded: { zh: '未设防护', en: 'no access control' },
  timeUnreadable: { zh: '反馈时间无法识别', en: 'time unreadable' },
  wsdlKept: { zh: '沿用先前的 WSDL', en: 'kept WSDL' },
  licenceSoon: { zh: '验证码即将到期', en: 'licence ends soon' },
  licenceExpired: { zh: '验证码已过期', en: 'licence expired' },
  watching: { zh: '值守中', en: 'watching' },
  escalating: { zh: '升级提醒中', en: 'escalating' },
  acknowledged: { zh: '已记录', en: 'recorded' },
  notCounted: { zh: '未计入', en: 'not counted' },
  noPlan: { zh: '未选择升级方案', en: 'no plan set' },
  noChannel: { zh: '未选择渠道', en: 'no channel set' },
  paging: { zh: '发送中', en: 'sending' },
  notSent: { zh: '未送出', en: 'not sent' },
  channelDown: { zh: '渠道故障', en: 'channel down' },
  noRoster: { zh: '值班表不可用', en: 'no usable roster' },
  simulatedPacs: { zh: '模拟 PACS', en: 'simulated PACS' },
  simulatedHis: { zh: '模拟 HIS', en: 'simulated HIS' },
  queued: { zh: '排队中', en: 'queued' },
  storing: { zh: '存储中…', en: 'storing…' },
  retrying: { zh: '重试中', en: 'retrying' },
  held: { zh: '待人工处理', en: 'held for a person' },
  unclaimed: { zh: '无主待人工处理', en: 'unclaimed' },
  waitsFinding: { zh: '等待同检查另一危急值', en: 'other finding open' },
  waitsProcess: { zh: '等待处理结果', en: 'awaits processing' },
  storeFailing: { zh: '存储不可用', en: 'store failing' },
  storeMigrating: { zh: '台账升级中', en: 'store updating' },
  storeFull: { zh: '存储空间不足', en: 'store full' },
  storeLow: { zh: '磁盘空间将尽', en: 'disk nearly full' },
  delivered: { zh: '已送达', en: 'delivered' },
  rejected: { zh: '对方拒绝', en: 'rejected by peer' },
  ambiguous: { zh: '结果不明', en: 'answer unclear' },
  unreachable: { zh: '无法送达', en: 'not reached' },
  unauthorized: { zh: '未获授权', en: 'not authorised' },
} as const satisfies Readonly<Record<string, Reason>>

export type StatusWord = keyof typeof STATUS_WORDS

type Colour = 'red' | 'yellow' | 'blue' | 'green'

const GOOD: readonly StatusWord[] = [
  ...(['ready', 'listening', 'watching', 'delivered', 'answered'] as const),
  'acknowledged',
]
// A simulated system that goes on after the trial would be one too many.
const WARNING: readonly StatusWord[] = [
  'storeLow',
  'wsdlKept',
  'licenceSoon',
  'timeUnreadable',
  'simulatedPacs',
  'simulatedHis',
]
const ACTIVE: readonly StatusWord[] = [
  'storeMigrating',
  'waiting',
  'busy',
  'paging',
  'queued',
  'storing',
  'waitsFinding',
  'waitsProcess',
]

/** One vocabulary of colours: green works, blue is busy, yellow needs somebody soon, red needs somebody. */
export function colourOf(word: StatusWord): Colour {
  if (GOOD.includes(word)) return 'green'
  if (ACTIVE.includes(word)) return 'blue'
  return WARNING.includes(word) ? 'yellow' : 'red'
}

/** One thing to say of one side of a node. */
export interface Condition {
  readonly word: StatusWord
  /** The reason, of which the first words are shown. */
  readonly reason?: Reason
  readonly count?: number
  /** Epoch ms; how long ago that is goes on counting. */
  readonly since?: number | null
  /** The word instead, once that is over a minute ago. */
  readonly late?: StatusWord
}

/**
 * The sides of a node, the gravest first: what makes it unusable, its ledger, what its peer takes, what needs a
 * person (of its own and of nodes that are gone), what needs somebody soon, and what it is doing.
 */
const SIDES = [
  'fault',
  'store',
  'delivery',
  'dead',
  'unclaimed',
  'wsdl',
  'licence',
  'time',
  'activity',
] as const

export type Side = (typeof SIDES)[number]

const GRAVEST_FIRST: readonly Colour[] = ['red', 'yellow', 'blue', 'green']

/** Interval at which an age that is shown is brought up to date. */
const AGE_EVERY_MS = 10_000

/** Shows the worst that is so of a node, on whichever of its sides. */
export class NodeStatus {
  readonly #runtime: Pick<Runtime, 'words'>
  readonly #node: Node
  readonly #conditions = new Map<Side, Condition>()
  #shown = ''
  #timer: NodeJS.Timeout | undefined

  constructor(runtime: Pick<Runtime, 'words'>, node: Node) {
    this.#runtime = runtime
    this.#node = node
    node.on('close', () => clearInterval(this.#timer))
  }

  set(side: Side, condition: Condition | StatusWord | null): void {
    if (condition === null) this.#conditions.delete(side)
    else this.#conditions.set(side, typeof condition === 'string' ? { word: condition } : condition)
    this.#show()
    const ages = [...this.#conditions.values()].some(({ since }) => since !== undefined)
    if (!ages) {
      clearInterval(this.#timer)
      this.#timer = undefined
    } else this.#timer ??= setInterval(() => this.#show(), AGE_EVERY_MS).unref()
  }

  #show(): void {
    const set = SIDES.flatMap((side) => {
      const condition = this.#conditions.get(side)
      if (!condition) return []
      const word = wordOf(condition)
      return [{ side, condition, word, colour: colourOf(word) }]
    })
    const fill = GRAVEST_FIRST.find((colour) => set.some((one) => one.colour === colour))
    if (!fill) return
    const worst = set.filter(({ colour }) => colour === fill)
    // All that needs somebody is said; what happened last only where nothing lasting does.
    const lasting = worst.filter(({ side }) => side !== 'activity')
    const said = fill === 'red' && lasting.length > 0 ? lasting : worst.slice(0, 1)
    const text = said.map(({ condition }) => this.#textOf(condition)).join(this.#pick(BETWEEN))
    if (`${fill} ${text}` === this.#shown) return
    this.#shown = `${fill} ${text}`
    const isRing = fill === 'red' || fill === 'yellow' || worst[0]!.word === 'ready'
    this.#node.status({ fill, shape: isRing ? 'ring' : 'dot', text })
  }

  #textOf(condition: Condition): string {
    const { reason, count, since } = condition
    const word = wordOf(condition)
    const why = reason && firstWords(this.#pick(reason))
    // The reason says more than that there is an error.
    if (word === 'error' && why) return why
    const number = count === undefined ? '' : ` ${count}`
    const age = since === undefined || since === null ? '' : ` · ${ageOf(since)}`
    return this.#pick(STATUS_WORDS[word]) + number + age + (why ? this.#pick(COLON) + why : '')
  }

  #pick(text: Reason): string {
    return this.#runtime.words(text)
  }
}

const LATE_MS = 60_000

function wordOf({ word, since, late }: Condition): StatusWord {
  const isLate = typeof since === 'number' && Date.now() - since > LATE_MS
  return isLate && late ? late : word
}

const BETWEEN: Reason = { zh: '，', en: ', ' }
const COLON: Reason = { zh: '：', en: ': ' }

/** A reason up to its first stop, short enough to stand below a node. */
function firstWords(text: string): string {
  const words = /^[^：:；;，,。（(]+/.exec(text)?.[0].trim() ?? text
  return words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words
}

const MAX_WORDS = 48

/** Short enough for a status: 40s, 12m, 3h, 2d. */
function ageOf(since: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}
