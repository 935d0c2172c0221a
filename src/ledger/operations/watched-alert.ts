import { isHeld, type Alert, type Exam } from '../../loop/index.js'

/** An alert as a message of a watch tells of it. */
export interface WatchedAlert {
  readonly id: string
  readonly examKey: string
  readonly system: string
  readonly revision: number
  readonly stage: Alert['stage']
  readonly setAt: string | null
  /** Epoch ms, as are the times that follow. */
  readonly openedAt: number
  readonly receivedAt: number | null
  readonly processedAt: number | null
  readonly held: boolean
  readonly crisis: Alert['crisis']
}

export const aboutAlert = ({ system, key: examKey, alerts }: Exam, alert: Alert): WatchedAlert => {
  const { key, revision, stage, setAt, openedAt, receivedAt, processedAt, crisis } = alert
  return {
    id: key,
    examKey,
    system,
    revision,
    stage,
    setAt,
    openedAt,
    receivedAt,
    processedAt,
    held: isHeld(alerts),
    crisis,
  }
}
