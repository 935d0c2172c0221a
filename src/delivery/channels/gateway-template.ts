import type { Reason } from '../../messages/index.js'

/** Values of the placeholders of a template; a list is an array outside a string, and joined inside one. */
export type TemplateValues = Readonly<Record<string, string | boolean | readonly string[]>>

/** The placeholders of a page. A secret of the channel is `{{secret:NAME}}`. */
export const PLACEHOLDERS = ['id', 'to', 'text', 'title', 'level', 'link', 'urgent'] as const

export interface TemplateProblem {
  readonly code: 'TEMPLATE_PLACEHOLDER' | 'TEMPLATE_NOT_JSON' | 'TEMPLATE_HEADER'
  readonly reason: Reason
}

export type Filled =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: TemplateProblem }

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g

const unknownPlaceholder = (name: string): TemplateProblem => ({
  code: 'TEMPLATE_PLACEHOLDER',
  reason: {
    zh: `模板中的占位符 {{${name}}} 不存在，或对应的密钥未设置；未发送任何内容`,
    en: `{{${name}}} in the template is no placeholder, or its secret is not set; nothing was sent`,
  },
})

const notJson: TemplateProblem = {
  code: 'TEMPLATE_NOT_JSON',
  reason: {
    zh: '模板填入内容后不是有效的 JSON，未发送任何内容',
    en: 'The template is no well-formed JSON once it is filled; nothing was sent',
  },
}

export const badHeader = (name: string): TemplateProblem => ({
  code: 'TEMPLATE_HEADER',
  reason: {
    zh: `请求头 ${name} 填入内容后无效，未发送任何内容`,
    en: `The header ${name} is invalid once it is filled; nothing was sent`,
  },
})

/**
 * A JSON template with its placeholders filled. Inside a string a value is escaped for it; outside it stands as a
 * JSON value of its own, in quotes where it is text. The whole is parsed before it is sent.
 * @param separator between the members of a list inside a string
 */
export function filledJson(template: string, values: TemplateValues, separator: string): Filled {
  let unknown: string | undefined
  const text = template.replace(PLACEHOLDER, (_all, written: string, at: number) => {
    const value = valueOf(values, written)
    if (value === undefined) unknown ??= written
    if (!isInString(template, at)) return JSON.stringify(value ?? null)
    return JSON.stringify(asText(value ?? '', separator)).slice(1, -1)
  })
  if (unknown !== undefined) return { problem: unknownPlaceholder(unknown) }
  try {
    JSON.parse(text)
    return { text }
  } catch {
    return { problem: notJson }
  }
}

/** A text with its placeholders filled, each value as `encode` writes it. */
export function filledText(
  template: string,
  values: TemplateValues,
  separator: string,
  encode: (value: string) => string,
): Filled {
  let unknown: string | undefined
  const text = template.replace(PLACEHOLDER, (_all, written: string) => {
    const value = valueOf(values, written)
    if (value === undefined) unknown ??= written
    return encode(asText(value ?? '', separator))
  })
  return unknown === undefined ? { text } : { problem: unknownPlaceholder(unknown) }
}

const valueOf = (values: TemplateValues, written: string): TemplateValues[string] | undefined =>
  Object.hasOwn(values, written.trim()) ? values[written.trim()] : undefined

const asText = (value: TemplateValues[string], separator: string): string =>
  typeof value === 'object' ? value.join(separator) : String(value)

/** True when a position of a JSON text is between the quotes of a string; placeholders before it count as text. */
function isInString(template: string, at: number): boolean {
  let isIn = false
  for (let i = 0; i < at; i++) {
    if (isIn && template[i] === '\\') i++
    else if (template[i] === '"') isIn = !isIn
  }
  return isIn
}
