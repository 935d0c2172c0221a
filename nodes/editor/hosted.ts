import type { Form } from './form.js'
import { reachOf } from './shared.js'

/** The address at which this browser, or anybody in its network, reaches what a node hosts at a path. */
export function addressAt(form: Form, path: string): string {
  if (form.text('mount') !== 'port') {
    const root = `/${(RED.settings.httpNodeRoot || '').replace(/^\/+|\/+$/g, '')}`
    return location.origin + (root === '/' ? '' : root) + path
  }
  const host = form.text('host')
  const named = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const shown = reachOf(host) === 'all' ? location.hostname : named
  const scheme = form.chosen('tls') === '' ? 'http' : 'https'
  return `${scheme}://${shown}:${form.text('port')}${path}`
}
