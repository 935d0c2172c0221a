import { CrisisError, type Reason } from '../../messages/index.js'

/**
 * Faults of a line to paging equipment:
 *
 * - `LINE_CONNECT`: it cannot be opened
 * - `LINE_CLOSED`: the other side closed it, or the cable is out
 * - `LINE_TIMEOUT`: no answer within its limit
 * - `LINE_FLOOD`: more came than any answer has
 * - `ABORTED`: ended by ourselves
 * - `LINE_PROTOCOL`: an answer that the protocol does not have at this place
 */
export type LineErrorCode =
  'LINE_CONNECT' | 'LINE_CLOSED' | 'LINE_TIMEOUT' | 'LINE_FLOOD' | 'ABORTED' | 'LINE_PROTOCOL'

export class LineError extends CrisisError {
  override readonly name: string = 'LineError'

  constructor(
    override readonly code: LineErrorCode,
    options?: ErrorOptions,
  ) {
    super(code, REASONS[code], '500', options)
  }
}

const REASONS: Readonly<Record<LineErrorCode, Reason>> = {
  LINE_CONNECT: {
    zh: '无法连接寻呼设备，请检查地址、端口与线路',
    en: 'The paging equipment cannot be reached; check its address, port and line',
  },
  LINE_CLOSED: { zh: '寻呼设备断开了连接', en: 'The paging equipment closed the line' },
  LINE_TIMEOUT: { zh: '寻呼设备未在时限内应答', en: 'The paging equipment did not answer in time' },
  LINE_FLOOD: {
    zh: '寻呼设备发来的数据过多，可能不是该协议',
    en: 'The paging equipment sent too much; it may speak another protocol',
  },
  ABORTED: { zh: '通知已被取消', en: 'The page was cancelled' },
  LINE_PROTOCOL: {
    zh: '寻呼设备的应答不符合协议',
    en: 'The paging equipment answered against its protocol',
  },
}
