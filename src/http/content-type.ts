import type { SoapVersion } from '../soap/index.js'

/** The media type of a Content-Type header in small letters, without its parameters; '' where there is none. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

export const isMultipart = (contentType: string | undefined): boolean =>
  mediaTypeOf(contentType).startsWith('multipart/')

/** The SOAP version that a Content-Type header tells (RFC 3902), be it in the `type` of a multipart. */
export const soapVersionOf = (contentType: string | undefined): SoapVersion =>
  /application\/soap\+xml/i.test(contentType ?? '') ? '1.2' : '1.1'

/** A parameter of a Content-Type header, without its quotes; undefined where it has none of that name. */
export function parameterOf(contentType: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(contentType)
  return match?.[1] ?? match?.[2]
}
