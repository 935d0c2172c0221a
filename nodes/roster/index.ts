export { calendarOf, type CalendarProblem } from './calendar.js'
export { readFileTable, readTyped } from './read.js'
export { fileOf, openRoster, ROSTER, type SavedRoster } from './roster.js'
export { MOST_BYTES, readChanged } from './roster-file.js'
