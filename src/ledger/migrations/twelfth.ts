import type { Migration } from '../../store/index.js'

/** The indexes by which people find alerts: by the patient's number, and by the time they came in. */
export const TWELFTH: Migration = {
  version: 12,
  statements: [
    'create index alert_sick on alert(sick_no)',
    'create index alert_opened on alert(opened_at)',
  ],
}
