const [SOH, STX, ETX, RS, US] = ['\x01', '\x02', '\x03', '\x1e', '\x1f'].map((one) =>
  Buffer.from(one),
) as [Buffer, Buffer, Buffer, Buffer, Buffer]

/** Header of a block that calls a pager (ESPA 4.4.4 section 4.2). */
const CALL_TO_PAGER = Buffer.from('1')

/** Types of records (section 4.3). */
const RECORD = { address: 1, text: 2, beep: 3, callType: 4, transmissions: 5, priority: 6 } as const

/** A standard call, without speech. */
const STANDARD_CALL = '3'

export interface EspaCall {
  readonly address: string
  /** Encoded, without control characters. */
  readonly text: Buffer
  /** 1 to 9, as the paging system is set up. */
  readonly beep: number
  readonly transmissions: number
  /** 1 = alarm, 2 = high, 3 = normal. */
  readonly priority: 1 | 2 | 3
}

/** The block that calls a pager: SOH, header, STX, records, ETX, and the block check character. */
export function espaBlock(call: EspaCall): Buffer {
  const records: readonly (readonly [number, Buffer])[] = [
    [RECORD.address, Buffer.from(call.address)],
    [RECORD.text, call.text],
    [RECORD.beep, Buffer.from(`${call.beep}`)],
    [RECORD.callType, Buffer.from(STANDARD_CALL)],
    [RECORD.transmissions, Buffer.from(`${call.transmissions}`)],
    [RECORD.priority, Buffer.from(`${call.priority}`)],
  ]
  const body = records.flatMap(([type, data], i) => [
    ...(i === 0 ? [] : [RS]),
    Buffer.from(`${type}`),
    US,
    data,
  ])
  const checked = Buffer.concat([CALL_TO_PAGER, STX, ...body, ETX])
  return Buffer.concat([SOH, checked, Buffer.from([blockCheck(checked)])])
}

/** Section 4.1: the longitudinal parity of all behind SOH, ETX included. */
const blockCheck = (bytes: Buffer): number => bytes.reduce((check, byte) => check ^ byte, 0)
