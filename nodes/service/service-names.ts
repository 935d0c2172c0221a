import { readCallMapping } from '../../src/bridges/index.js'
import { firstProblem } from '../../src/messages/index.js'
import { readInboundSection, type InboundRules, type ServiceNames } from '../../src/soap/index.js'
import { SettingError, type ServiceConfig } from '../settings/index.js'

/** No white space, and nothing that no URI has (RFC 3986). */
const NAMESPACE = /^[^\s<>"{}|\\^`]+$/
const RESULT = /^[A-Za-z_*][\w.*-]*$/
const WITHOUT = 'none'

/**
 * The names that a service was given for callers whose stub is fixed.
 * @throws SettingError SETTING_INVALID
 */
export function namesOf(config: ServiceConfig): ServiceNames {
  const namespace = config.namespace.trim()
  const result = config.resultName.trim()
  const resultNamespace = config.resultNamespace.trim()
  const namespaces = [namespace, resultNamespace].filter((one) => one !== '')
  if (!namespaces.every((one) => NAMESPACE.test(one)) || (result !== '' && !RESULT.test(result))) {
    throw new SettingError('SETTING_INVALID', {
      zh: '命名空间应为不含空格的 URI；结果元素名应为字母开头的名称，可含 *（代表操作名）',
      en: 'A namespace should be a URI without spaces, and the result element a name, in which * stands for the operation',
    })
  }
  return {
    ...(namespace !== '' && { namespace }),
    ...(result !== '' && { result }),
    ...(resultNamespace !== '' && {
      resultNamespace: resultNamespace === WITHOUT ? '' : resultNamespace,
    }),
  }
}

/**
 * The rules for calls of other shapes than ours.
 * @throws SettingError SETTING_INVALID, with the place
 */
export function rulesOf({ inbound, zone }: Pick<ServiceConfig, 'inbound' | 'zone'>): InboundRules {
  const read = readInboundSection(inbound, (mapping) => readCallMapping(mapping, zone))
  if ('value' in read) return read.value
  const { zh, en } = firstProblem(read.problems)
  throw new SettingError('SETTING_INVALID', { zh: `入站规则 ${zh}`, en: `Inbound rules ${en}` })
}
