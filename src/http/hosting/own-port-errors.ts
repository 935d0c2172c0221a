import { HttpError } from '../errors.js'

/** Why a port cannot be listened on. */
export function portError(error: NodeJS.ErrnoException): HttpError {
  const options = { cause: error }
  switch (error.code) {
    case 'EADDRINUSE':
      return new HttpError(
        'PORT_IN_USE',
        {
          zh: '端口已被其他程序占用，请换一个端口或停止该程序',
          en: 'The port is in use by another program; choose another or stop that program',
        },
        '503',
        options,
      )
    case 'EACCES':
    case 'EPERM':
      return new HttpError(
        'PORT_DENIED',
        {
          zh: '没有权限监听该端口，请使用 1024 以上的端口',
          en: 'Not permitted to listen on this port; use one above 1024',
        },
        '503',
        options,
      )
    default:
      return new HttpError(
        'PORT_UNAVAILABLE',
        {
          zh: '无法监听该地址和端口，请检查监听地址是否属于本机、端口号是否有效',
          en: 'Cannot listen on this host and port; check that the address is of this machine and the port is valid',
        },
        '503',
        options,
      )
  }
}

export const unusableTls = (cause: unknown): HttpError =>
  new HttpError(
    'PORT_TLS',
    {
      zh: '证书或私钥无法使用，请检查格式、口令以及两者是否配对',
      en: 'The certificate or key cannot be used; check their format, the passphrase and that they belong together',
    },
    '503',
    { cause },
  )

export const noCertificate = (): HttpError =>
  new HttpError(
    'PORT_TLS',
    {
      zh: '所选的 TLS 配置没有证书和私钥，无法提供 HTTPS',
      en: 'The TLS configuration that was chosen has no certificate and key, so it cannot serve HTTPS',
    },
    '503',
  )

export const otherTls = (): HttpError =>
  new HttpError(
    'PORT_TLS',
    {
      zh: '同一端口上的服务必须使用相同的 TLS 设置',
      en: 'Services on one port must have the same TLS settings',
    },
    '409',
  )
