export * from './file.js'
export type { DialectProblem, SectionRead } from './problem.js'
export {
  readRequestSection,
  REQUEST_FLAGS,
  REQUEST_TEXTS,
  writeRequestSection,
  type RequestSection,
} from './request-section.js'
