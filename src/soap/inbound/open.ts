import {
  contentAt,
  prepareDocument,
  unwrap,
  type Operation,
  type XmlLimits,
} from '../../messages/index.js'
import type { RuledCall } from './rule.js'

/**
 * The operation that a call means; undefined where its value is none that the rule names.
 * @throws MessageError where the value cannot be read, or stands there twice
 */
export function meantOperation(
  { rule, value }: RuledCall,
  limits?: XmlLimits,
): Operation | undefined {
  const { operation } = rule
  if (typeof operation === 'string') return operation
  if (value === null) return undefined
  const text = operation.path
    ? contentAt(prepareDocument(value).xml, operation.path, limits)
    : value
  return operation.values.get(text.trim())
}

/**
 * The document in the parameter of a call, without its wrapping.
 * @throws MessageError WRAPPING_UNREADABLE
 */
export const unwrapped = ({ rule }: RuledCall, argument: string, limits?: XmlLimits): string =>
  rule.unwrap.length === 0 ? argument : unwrap(argument, rule.unwrap, limits)
