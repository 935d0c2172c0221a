import type { Choices } from '../choices.js'

/** Something that reads what comes in, and what must hold whatever comes in. */
export interface Target {
  readonly name: string
  /** A case of the kind that this target is for. */
  fresh(choices: Choices): Buffer
  /** @throws whatever is a finding; what a reader may refuse is not thrown */
  run(bytes: Buffer): void | Promise<void>
}
