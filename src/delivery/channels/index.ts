export type {
  AddressResult,
  Channel,
  Evidence,
  Page,
  PageClass,
  PageResult,
  Verdict,
} from './contract.js'
export * from './digest.js'
export * from './dingtalk.js'
export * from './espa.js'
export * from './feishu.js'
export * from './gateway.js'
export {
  ruleProblems,
  type GatewayRule,
  type GatewayRules,
  type RuleProblem,
} from './gateway-rules.js'
export { PLACEHOLDERS, type TemplateProblem } from './gateway-template.js'
export { JSON_TYPE, type HttpDoor, type HttpReply } from './http-call.js'
export type { Line, OpenLine } from './line.js'
export * from './line-error.js'
export type { LineCharset } from './line-text.js'
export { mentionsOf } from './mentions.js'
export * from './ntfy.js'
export * from './rate.js'
export * from './snpp.js'
export * from './tap.js'
export * from './tcp.js'
export * from './wecom-app.js'
export { WECOM_CODES } from './wecom-codes.js'
export * from './wecom-robot.js'
