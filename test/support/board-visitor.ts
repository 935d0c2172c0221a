import type { AccountsView, Act, ActAnswer, Problem, SessionView } from '../../src/board/api.js'

/** As much of an answer as tests look at. */
type Shown = Partial<Problem & SessionView & AccountsView>

/** A browser at a board: it keeps the cookie, and sends the form token of its session along. */
export class BoardVisitor {
  cookie = ''
  session: SessionView | undefined

  constructor(
    readonly base: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(this.base + path, {
      redirect: 'manual',
      ...init,
      headers: {
        ...(this.cookie !== '' && { Cookie: this.cookie }),
        ...this.headers,
        ...(init.headers as Record<string, string> | undefined),
      },
    })
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      const name = pair.slice(0, pair.indexOf('=') + 1)
      const others = this.cookie.split('; ').filter((one) => one !== '' && !one.startsWith(name))
      this.cookie = [...others, pair].join('; ')
    }
    return response
  }

  /** Status and JSON of a GET. */
  async get(path: string): Promise<{ readonly status: number; readonly body: Shown }> {
    const response = await this.fetch(path)
    return { status: response.status, body: (await response.json()) as Shown }
  }

  post(path: string, body: object | string, headers: object = {}): Promise<Response> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const own = {
      'Content-Type': 'application/json',
      'X-Crisis-Form': this.session?.formToken ?? '',
      ...headers,
    }
    return this.fetch(path, { method: 'POST', body: text, headers: own })
  }

  async signIn(user: string, password: string): Promise<number> {
    const response = await this.post('/api/sign-in', { user, password })
    const body = (await response.json()) as SessionView
    if (response.status === 200) this.session = body
    return response.status
  }

  /** Status, and the answer or the problem. */
  async act(
    act: Act,
    headers: object = {},
  ): Promise<{ readonly status: number; readonly body: ActAnswer & Problem }> {
    const response = await this.post('/api/act', act, headers)
    return { status: response.status, body: (await response.json()) as ActAnswer & Problem }
  }
}
