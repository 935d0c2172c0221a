import type { Reason } from '../messages/index.js'
import type { WsdlListing } from './remote-description.js'
import type { ParameterRow } from './request-form.js'

/** Names by which services call the login that they want beside the document. */
const PASSWORD = /pass|pwd|secret/i
const USER = /user|account|login/i

/** The credential that a parameter or a header most likely asks for; undefined = none. */
export function credentialOf(name: string): 'user' | 'password' | undefined {
  if (PASSWORD.test(name)) return 'password'
  return USER.test(name) ? 'user' : undefined
}

/**
 * The table of parameters of an operation that takes several, in their order. None of them is the document while a
 * person has to choose that.
 */
export function parameterRows({ parameters, dialect, undecided }: WsdlListing): ParameterRow[] {
  if (parameters.length < 2 || !dialect || dialect.style === 'bare') return []
  return parameters.map(({ name }): ParameterRow => {
    if (!undecided && name === dialect.parameter) return { name, from: 'document', value: '' }
    const credential = credentialOf(name)
    return credential
      ? { name, from: 'credential', value: credential }
      : { name, from: 'fixed', value: '' }
  })
}

/** The values that a person has to find out. */
export function missingValues(rows: readonly ParameterRow[]): Reason[] {
  const login = rows.filter(({ from }) => from === 'credential').map(({ name }) => name)
  const blank = rows
    .filter(({ from, value }) => from === 'fixed' && value === '')
    .map(({ name }) => name)
  return [
    ...(login.length > 0
      ? [
          {
            zh: `参数 ${login.join('、')} 看来是登录信息：将取自“登录”中的用户名与密码，请填写`,
            en: `The parameters ${login.join(', ')} seem to be a login: they are taken from user and password under Login, which have to be set`,
          },
        ]
      : []),
    ...(blank.length > 0
      ? [
          {
            zh: `请向厂商询问并在参数表中填写：${blank.join('、')}`,
            en: `Ask the vendor for these values and set them in the table of parameters: ${blank.join(', ')}`,
          },
        ]
      : []),
  ]
}
