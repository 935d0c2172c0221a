export type SoapVersion = '1.1' | '1.2'

/** The namespace of the Envelope element tells the version (SOAP 1.1 section 4.1.2, SOAP 1.2 part 1 section 5.1). */
export const SOAP_NAMESPACES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
}
