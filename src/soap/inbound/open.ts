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
 * The document of ours in the parameter of a call, without its wrapping.
 * @throws MessageError WRAPPING_UNREADABLE, and what its mapping throws
 */
export function openDocument(
  { rule }: RuledCall,
  argument: string,
  operation: Operation,
  limits?: XmlLimits,
): string {
  const document = rule.unwrap.length === 0 ? argument : unwrap(argument, rule.unwrap, limits)
  return rule.convert ? rule.convert(document, operation) : document
}
