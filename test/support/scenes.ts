import type { RunningNodeRed } from './node-red.js'
import { inNode, out, peer, plan, service, simulator, step, watch } from './nodes.js'
import type { Step } from './loop.js'

/** The ledger of the simulated HIS in example 01, which the scenes share. */
const STORE = 'c01sthis'

export const BOARD = { path: '/crisis-board', user: 'admin' } as const

/** The board of this `npm start`. */
interface Board {
  readonly password: string
}

/**
 * What goes wrong on an ordinary day, beside example 01: a critical value that nobody receives, and one that its peer
 * refuses; with a board where the package has one.
 * @param port of Node-RED itself
 */
export function sceneFlows(port: number, board: Board | null): readonly object[] {
  const at = (path: string): string => `http://127.0.0.1:${port}/start/${path}`
  const place = (y: number): object => ({ z: 'start', x: 200, y })
  return [
    { id: 'start', type: 'tab', label: '超时与死信 overdue, dead letter' },
    service({
      ...{ id: 'startward', name: '病区 ward', store: STORE, mount: 'node-red' },
      ...{ path: '/start/ward', unguarded: false, allow: '127.0.0.1, ::1' },
    }),
    { ...inNode({ id: 'startin', service: 'startward', wires: [[]] }), ...place(120) },
    plan({
      id: 'startplan',
      name: '演示：6 秒 demonstration: 6 s',
      receivedMinutes: '0.1',
      processedMinutes: '0.2',
      steps: [
        step('0.05', '值班医师'),
        step('0.15', '总值班', { until: 'processed', repeat: '1' }),
      ],
    }),
    {
      ...watch({ id: 'startwatch', store: STORE, plan: 'startplan', wires: [[], [], []] }),
      ...place(180),
    },
    {
      ...simulator({ id: 'startpacs', side: 'pacs', address: at('ward'), wires: [[]] }),
      ...place(60),
    },
    {
      ...simulator({ id: 'starthis', side: 'his', behaviour: 'refusing', path: '/start/refusing' }),
      ...{ wires: [[]], ...place(300) },
    },
    peer({ id: 'startpeer', name: '拒收的系统 refusing', address: at('refusing'), store: STORE }),
    { ...out({ id: 'startout', peer: 'startpeer', wires: [[], []] }), ...place(240) },
    {
      id: 'startsend',
      type: 'inject',
      name: '发送会被拒收的 send one that is refused',
      props: [{ p: 'payload' }],
      payload: JSON.stringify(REFUSED),
      payloadType: 'json',
      wires: [['startout']],
      ...place(360),
    },
    ...(board ? [boardNode(board)] : []),
  ]
}

/** The simulated HIS knows no others. */
const REFUSED = { ExamNo: 'SIMULATED-REFUSED', ApplyNo: '1', CrisisCode: '1', CrisisName: '示例' }

const boardNode = ({ password }: Board): object => ({
  id: 'startboard',
  type: 'crisis board',
  version: 1,
  name: '',
  store: STORE,
  hospital: '示例医院',
  path: BOARD.path,
  firstUser: BOARD.user,
  credentials: { password },
})

interface State {
  readonly ledgers: readonly {
    readonly store: string
    readonly seen: {
      readonly open: number
      readonly stuck: readonly { readonly kind: string }[]
    } | null
  }[]
}

const SCENES_LIMIT_MS = 20_000
const LOOK_MS = 500

/** Has both things go wrong, and waits until the ledger has them. @param tell is told of each as it is there */
export async function playScenes(
  running: RunningNodeRed,
  tell: (step: Step) => void,
): Promise<boolean> {
  const startedAt = Date.now()
  const post = (path: string, body: object = {}): Promise<Response> =>
    fetch(`${running.url}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  await post('hospital-flows-crisis/simulate', { id: 'startpacs' })
  await post('inject/startsend')
  const waiting = new Map(Object.entries(SCENES))
  while (waiting.size > 0 && Date.now() - startedAt < SCENES_LIMIT_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    const { ledgers } = (await (await post('hospital-flows-crisis/state')).json()) as State
    const seen = ledgers.find(({ store }) => store === STORE)?.seen
    // The refused one is open too.
    const isThere = {
      overdue: (seen?.open ?? 0) > 1,
      dead: seen?.stuck.some(({ kind }) => kind === 'dead') === true,
    }
    for (const [name, words] of waiting) {
      if (!isThere[name as keyof typeof isThere]) continue
      waiting.delete(name)
      tell({ ...words, ok: true, elapsedMs: Date.now() - startedAt })
    }
  }
  for (const words of waiting.values()) tell({ ...words, ok: false, elapsedMs: SCENES_LIMIT_MS })
  return waiting.size === 0
}

const SCENES = {
  overdue: {
    zh: '一条危急值无人接收，6 秒后超时',
    en: 'One critical value that nobody receives; after 6 s it is overdue',
  },
  dead: {
    zh: '一条被对方拒收，成为死信，等人决定',
    en: 'One that its peer refuses: a dead letter, for a person to decide on',
  },
} as const
