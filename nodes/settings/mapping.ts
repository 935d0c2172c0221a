/* A mapping table as the dialog of crisis parser shows it, and as flows and dialect files hold it. */

/** The fields that a table can map, as the runtime has them. */
export const MAPPING_FIELDS: Readonly<Record<'crisis' | 'feedback', readonly string[]>> = {
  crisis: (
    'ExamNo ApplyNo SickNo OrderNo CrisisType CrisisCode CrisisName CrisisMemo ' +
    'CrisisSettor.code CrisisSettor.name CrisisSetDate CrisisSetTime setAt'
  ).split(' '),
  feedback: (
    'Application License ExamNo ApplyNo CrisisReceiver.code CrisisReceiver.name ' +
    'CrisisReceiveDate CrisisReceiveTime ProcessStaff.code ProcessStaff.name ' +
    'ProcessDate ProcessTime ProcessSuggest ProcessResult receiveAt processAt'
  ).split(' '),
}

/** The forms of a time, as the runtime has them; the first is that of a row which says none. */
export const MAPPING_TIMES = [
  'yyyy-MM-dd HH:mm:ss',
  'yyyy/MM/dd HH:mm:ss',
  'yyyyMMddHHmmss',
  'yyyy-MM-ddTHH:mm:ss',
  'yyyy-MM-ddTHH:mm:ssXXX',
  'epochMs',
  'epochSeconds',
] as const

/** One row in the dialog. */
export interface MappingFields {
  /** '' = a constant of the other system. */
  field: string
  at: string
  fixed: string
  /** Theirs and ours, such as `A=1, B=2`. */
  values: string
  time: string
  required: boolean
}

type Values = Readonly<Record<string, unknown>>
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A row as the dialog shows it. */
export function mappingFields(row: object): MappingFields {
  const { field, at, fixed, values, time, required } = row as Values
  const list = typeof values === 'object' && values !== null ? Object.entries(values) : []
  return {
    field: textOf(field),
    at: textOf(at),
    fixed: textOf(fixed),
    values: list.map(([theirs, ours]) => `${theirs}=${textOf(ours)}`).join(', '),
    time: textOf(time),
    required: required === true,
  }
}

/** A row as flows and dialect files hold it: what is blank is left out. */
export function mappingRow({ field, at, fixed, values, time, required }: MappingFields): object {
  const list = values
    .split(/[,，;；\n]+/)
    .filter((item) => item.trim() !== '')
    .map((item) => {
      const [theirs = '', ...ours] = item.split('=')
      return [theirs.trim(), ours.join('=').trim()]
    })
  return {
    ...(field !== '' && { field }),
    ...(at.trim() !== '' && { at: at.trim() }),
    ...(fixed !== '' && { fixed }),
    ...(list.length > 0 && { values: Object.fromEntries(list) as object }),
    ...(field.endsWith('At') && time !== '' && time !== MAPPING_TIMES[0] && { time }),
    ...(required && { required }),
  }
}
