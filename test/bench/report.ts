/** How long a topic is measured, and where it says how far it is. */
export interface Effort {
  readonly rounds: number
  readonly burstMs: number
  readonly warmMs: number
  /** How many alerts the ledger of `ledger-size` has. */
  readonly alerts: number
  /** How many messages go all the way in `ledger-memory`. */
  readonly messages: number
  progress(round: number): void
  tell(text: string): void
}

export interface Amounts {
  readonly quick: boolean
  readonly alerts: number
  readonly messages: number
}

export function effortOf(title: string, { quick, alerts, messages }: Amounts): Effort {
  const rounds = quick ? 3 : 12
  const tell = (text: string): void => console.error(`   ${title}: ${text}`)
  return {
    alerts,
    messages,
    tell,
    rounds,
    burstMs: quick ? 150 : 400,
    warmMs: quick ? 500 : 1_000,
    progress: (round) => tell(round === 0 ? '预热 warming up' : `${round}/${rounds}`),
  }
}

const aims: string[] = []

/** Keeps whether a figure meets its aim, for the end of the run. */
export function reportAim(what: string, value: number, sense: '≥' | '≤', aim: number): void {
  const met = sense === '≥' ? value >= aim : value <= aim
  aims.push(`${met ? '✓' : '✗'} ${what}: ${value.toFixed(2)} (${sense} ${aim})`)
}

export function printAims(quick: boolean): void {
  if (aims.length === 0) return
  const note = quick ? ' (--quick: 太短，仅供参考 too short to judge by)' : ''
  console.log(`\n## 目标 Aims${note}\n\n${aims.map((aim) => `- ${aim}`).join('\n')}`)
}
