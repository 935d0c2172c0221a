/** How long a topic is measured, and where it says how far it is. */
export interface Effort {
  readonly rounds: number
  readonly burstMs: number
  readonly warmMs: number
  /** How often a burst is run at most until other programs leave it alone. */
  readonly tries: number
  /** How many alerts the ledger of `ledger-size` has. */
  readonly alerts: number
  /** How many messages go all the way in `ledger-memory`. */
  readonly messages: number
  progress(round: number): void
  tell(text: string): void
}

/** `smoke`: whether it runs at all; its figures mean nothing. */
export type Length = 'full' | 'quick' | 'smoke'

type Lasting = Omit<Effort, 'progress' | 'tell'>

const LENGTHS: Readonly<Record<Length, Lasting>> = {
  full: { rounds: 12, burstMs: 400, warmMs: 1_000, tries: 6, alerts: 1_000_000, messages: 100_000 },
  quick: { rounds: 3, burstMs: 150, warmMs: 500, tries: 4, alerts: 100_000, messages: 10_000 },
  smoke: { rounds: 1, burstMs: 40, warmMs: 40, tries: 1, alerts: 1_000, messages: 20 },
}

export function effortOf(title: string, length: Length, amounts: Partial<Lasting>): Effort {
  const tell = (text: string): void => console.error(`   ${title}: ${text}`)
  const lasting = { ...LENGTHS[length], ...amounts }
  return {
    ...lasting,
    tell,
    progress: (round) => tell(round === 0 ? '预热 warming up' : `${round}/${lasting.rounds}`),
  }
}

const aims: string[] = []

/** Keeps whether a figure meets its aim, for the end of the run. */
export function reportAim(what: string, value: number, sense: '≥' | '≤', aim: number): void {
  const met = sense === '≥' ? value >= aim : value <= aim
  aims.push(`${met ? '✓' : '✗'} ${what}: ${value.toFixed(2)} (${sense} ${aim})`)
}

const beside: string[] = []

/** Keeps a figure of ours × that of version 0.1.0 in the same run. */
export function reportBeside(what: string, value: number): void {
  beside.push(`${what}: ${value.toFixed(2)}`)
}

export function printAims(length: Length): void {
  const note = length === 'full' ? '' : ` (--${length}: 太短，仅供参考 too short to judge by)`
  print(`目标 Aims${note}`, aims)
  print(`与 0.1.0 相比 × version 0.1.0${note}`, beside)
}

function print(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return
  console.log(`\n## ${title}\n\n${lines.map((line) => `- ${line}`).join('\n')}`)
}
