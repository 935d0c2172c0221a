import { generateKeyPairSync, sign } from 'node:crypto'

/**
 * A key and a certificate for `localhost` and 127.0.0.1 that signs itself (X.509 v3, ECDSA with SHA-256),
 * made anew for each test so that no private key need be kept.
 * @param until its last second, as UTCTime writes it
 */
export function selfSigned(until = '491231235959Z'): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(der(0x06, hex('2a8648ce3d040302')))
  const commonName = sequence(der(0x06, hex('550403')), der(0x0c, Buffer.from('localhost')))
  const name = sequence(der(0x31, commonName))
  const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, hex('7f000001')))
  const alternativeName = sequence(der(0x06, hex('551d11')), der(0x04, names))
  const toBeSigned = sequence(
    der(0xa0, der(0x02, hex('02'))),
    der(0x02, hex('01')),
    algorithm,
    name,
    sequence(utcTime('200101000000Z'), utcTime(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeName)),
  )
  const signature = sign('sha256', toBeSigned, privateKey)
  const certificate = sequence(toBeSigned, algorithm, der(0x03, hex('00'), signature))
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  }
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const utcTime = (text: string): Buffer => der(0x17, Buffer.from(text))
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)

/** Tag, length and content (X.690 section 8.1); no content here reaches 64 KiB. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}
