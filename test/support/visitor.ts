/** A browser without scripts, which sends the forms of a page back. */
export class Visitor {
  html = ''
  status = 0
  headers = new Headers()
  constructor(readonly url: string) {}

  async request(init: RequestInit = {}): Promise<this> {
    const response = await fetch(this.url, { redirect: 'error', ...init })
    this.html = await response.text()
    this.status = response.status
    this.headers = response.headers
    return this
  }

  hidden(name: string): string {
    // The form that changes the language stands first.
    const [found] = [
      ...this.html.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, 'g')),
    ].slice(-1)
    return (found?.[1] ?? '').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  }

  submit(fields: Readonly<Record<string, string>>, headers: HeadersInit = {}): Promise<this> {
    const kept = ['lang', 'who', 'proof'].map((name) => [name, this.hidden(name)])
    const body = new URLSearchParams({ ...Object.fromEntries(kept), ...fields })
    return this.request({ method: 'POST', body, headers })
  }
}
