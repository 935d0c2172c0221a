/*
 * The rules that dialogs and runtime share. This file and those of the single nodes import nothing at run time, so
 * that the browser can load the same ones.
 */

/** Version of the settings that a flow was saved with. */
export const SETTINGS_VERSION = 1

/** Bounds of a number that is written as text. */
export interface NumberRule {
  readonly least: number
  readonly most: number
  /** The number that a blank field stands for. */
  readonly fallback: number
  readonly whole?: boolean
}

/** The bounds of some of a node's settings. */
export type NumberRules<Config> = Readonly<Partial<Record<keyof Config, NumberRule>>>

/** A number written as text; undefined where it breaks its rule. */
export function numberBy(rule: NumberRule, text: string | number | undefined): number | undefined {
  const trimmed = String(text ?? '').trim()
  if (trimmed === '') return rule.fallback
  const value = Number(trimmed)
  const isNumber = rule.whole ? Number.isInteger(value) : Number.isFinite(value)
  return isNumber && value >= rule.least && value <= rule.most ? value : undefined
}

/** The variable that a value stands for; only a value that is nothing but `${NAME}`, or `$(NAME)`, does. */
export function variableIn(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : ''
  const found = /^\$(?:\{([^{}]+)\}|\(([^()]+)\))$/.exec(text)
  return found?.[1] ?? found?.[2]
}
