import { DEFAULT_ZONE } from '../../src/messages/index.js'
import {
  departmentsIn,
  listedIn,
  SettingError,
  shiftsIn,
  type TallySettings,
} from '../settings/index.js'

/**
 * The rules by which a ledger counts, as it keeps them.
 * @throws SettingError SETTING_INVALID for shifts or departments that cannot be read
 */
export function tallyRules(settings: TallySettings): string {
  const shifts = shiftsIn(settings.shifts)
  const departments = departmentsIn(settings.departments)
  if (!shifts) {
    throw new SettingError('SETTING_INVALID', {
      zh: '班次应为“白班 08:00-16:00，夜班 16:00-08:00”',
      en: 'Shifts should be like "Day 08:00-16:00, Night 16:00-08:00"',
    })
  }
  if (!departments) {
    throw new SettingError('SETTING_INVALID', {
      zh: '科室应为“CT=放射科，US=超声科”',
      en: 'Departments should be like "CT=Radiology, US=Ultrasound"',
    })
  }
  return JSON.stringify({
    zone: DEFAULT_ZONE,
    shifts,
    radiology: listedIn(settings.radiologyTypes),
    ultrasound: listedIn(settings.ultrasoundTypes),
    departments,
  })
}
