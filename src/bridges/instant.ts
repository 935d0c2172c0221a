import { BridgeError } from './errors.js'

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)$/

const OFFSET = /^([+-])(0\d|1[0-4]):([0-5]\d)$/

/** The offset of the time zone in which the document's times are meant (reading A16). */
export const DEFAULT_OFFSET = '+08:00'

/**
 * Checks an ISO 8601 instant. The offset is required: without one the time would be read in the zone of
 * whatever machine reads it (reading A16).
 * @throws BridgeError BRIDGE_TIME_INVALID
 */
export function checkInstant(text: string): string {
  const [, year, month, day, hour, minute, second] = INSTANT.exec(text) ?? []
  // Date.UTC rolls 30 February over into March, so what comes out must be what went in.
  const plain = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const instant = Date.parse(`${plain}Z`)
  if (Number.isNaN(instant) || !new Date(instant).toISOString().startsWith(plain)) throw invalid()
  return text
}

/**
 * An HL7 v2 time stamp to the second, `yyyyMMddHHmmss+0800`, in the offset that the instant is written in.
 * @throws BridgeError BRIDGE_TIME_INVALID
 */
export function hl7TimeOfInstant(text: string): string {
  const offset = /(?:Z|[+-]\d{2}:\d{2})$/.exec(checkInstant(text))?.[0] ?? ''
  const digits = text.slice(0, 'yyyy-MM-ddTHH:mm:ss'.length).replace(/\D/g, '')
  return digits + (offset === 'Z' ? '+0000' : offset.replace(':', ''))
}

/**
 * An HL7 v2 time stamp to the second in the given offset (`±hh:mm`).
 * @throws BridgeError BRIDGE_TIME_INVALID
 */
export function hl7TimeOfDate(date: Date, offset: string = DEFAULT_OFFSET): string {
  const [, sign, hours, minutes] = OFFSET.exec(offset) ?? []
  const minutesEast = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  const local = new Date(date.getTime() + minutesEast * 60_000)
  if (Number.isNaN(local.getTime())) throw invalid()
  return hl7TimeOfInstant(`${local.toISOString().slice(0, -'.sssZ'.length)}${offset}`)
}

function invalid(): BridgeError {
  return new BridgeError('BRIDGE_TIME_INVALID', {
    zh: '时间无效：须为带时区偏移的 ISO 8601 时间，例如 2014-06-16T16:33:27+08:00',
    en: 'Not a valid time: expected ISO 8601 with an offset, such as 2014-06-16T16:33:27+08:00',
  })
}
