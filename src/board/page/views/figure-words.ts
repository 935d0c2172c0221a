import type { Reason } from '../../api.js'
import { words } from '../language.js'

/** The rows that a figure counts as not done in time, by the code of the figure. */
export const MISSED: Readonly<Record<string, Reason>> = {
  'RQI-RCV-04': words('放射影像：未在10分钟内通报', 'Radiology: not told within 10 min'),
  'US-CV-01': words('超声：未在10分钟内通报', 'Ultrasound: not told within 10 min'),
  receivedOnTime: words('未及时接收', 'Not received on time'),
  processedOnTime: words('未及时处理', 'Not processed on time'),
  closedLoop: words('未闭环', 'Loop not closed'),
}
