/*
 * The second door: for those who move, copy or restore a database as a whole, while no engine has it open.
 */
export { renderer } from './dialect.js'
export { flushFolder, makeFolder } from './folders.js'
export { accept, giveIdentity } from './identity.js'
export { inspect } from './migrate.js'
export {
  dropMark,
  moved,
  type MoveMark,
  moveMark,
  readMark,
  refuseMarked,
  setMark,
} from './move-mark.js'
export {
  clientConfig,
  command,
  loadPg,
  query,
  type SessionOptions,
  setUp,
} from './postgres-driver.js'
export { postgresFailure, StatementFailure } from './postgres-errors.js'
export { openSession } from './postgres-schema.js'
export { flush, saveCopy } from './sqlite-backup.js'
export { bound, SqliteConnection } from './sqlite-connection.js'
export { fileError } from './sqlite-errors.js'
export { openFile, type OpenFile } from './sqlite-file.js'
export { isStandalone, sizeOf } from './sqlite-header.js'
export { beside, takeOwnership } from './sqlite-place.js'
export { drive, driveLater } from './step.js'
