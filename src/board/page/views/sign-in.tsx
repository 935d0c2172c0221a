import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Reason, SessionView } from '../../api.js'
import { problemOf } from '../board-context.js'
import { signIn } from '../http.js'
import { useSay, words } from '../language.js'
import { typedIn } from '../parts/typed.js'

const T = {
  title: words('危急值看板', 'Critical value board'),
  user: words('账号', 'Account'),
  password: words('密码', 'Password'),
  send: words('登录', 'Sign in'),
  sending: words('正在登录…', 'Signing in…'),
  nodeRed: words('使用 Node-RED 的账号登录', 'Sign in with your account of Node-RED'),
  proxy: words(
    '由统一登录代理登录。代理没有传来您的身份，请从统一入口打开本页。',
    'A proxy signs you in, and has not said who you are: open this page by way of the proxy.',
  ),
}

export function SignInPage(props: {
  readonly session: SessionView
  readonly done: () => void
}): VNode {
  const say = useSay()
  const { session } = props
  const [isBusy, setIsBusy] = useState(false)
  const [reason, setReason] = useState<Reason | null>(null)
  const send = async (form: HTMLFormElement): Promise<void> => {
    const typed = typedIn(form)
    const [user, password] = [typed('user').trim(), typed('password')]
    setIsBusy(true)
    setReason(null)
    try {
      await signIn({ user, password }, session.formToken)
      props.done()
    } catch (thrown) {
      setReason(problemOf(thrown).reason)
      form.querySelector<HTMLInputElement>('[name=password]')?.select()
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <main id="main" class="sign-in" tabIndex={-1}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send(event.currentTarget)
        }}
      >
        <p class="hospital">{session.hospital}</p>
        <h1>{say(T.title)}</h1>
        {session.signIn === 'proxy' ? (
          <p>{say(T.proxy)}</p>
        ) : (
          <>
            {session.signIn === 'node-red' && <p class="quiet">{say(T.nodeRed)}</p>}
            <div class="field">
              <label for="user">{say(T.user)}</label>
              <input id="user" name="user" required autocomplete="username" autoFocus />
            </div>
            <div class="field">
              <label for="password">{say(T.password)}</label>
              <input
                id="password"
                name="password"
                type="password"
                required
                autocomplete="current-password"
              />
            </div>
            {reason && (
              <p class="refused" role="alert">
                {say(reason)}
              </p>
            )}
            <button type="submit" class="main" disabled={isBusy}>
              {say(isBusy ? T.sending : T.send)}
            </button>
          </>
        )}
      </form>
    </main>
  )
}
