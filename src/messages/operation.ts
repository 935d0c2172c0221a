/** The two operations of the interface document (5.1 and 5.2). */
export const OPERATIONS = ['SynCrisisInfo', 'SynCrisisResponseInfo'] as const
export type Operation = (typeof OPERATIONS)[number]
