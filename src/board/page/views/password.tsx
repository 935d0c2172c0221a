import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useSubmit } from '../acts/submit.js'
import { useBoard } from '../board-context.js'
import { useSay, words } from '../language.js'
import { PasswordField } from '../parts/inputs.js'
import { typedIn } from '../parts/typed.js'

const T = {
  title: words('修改密码', 'Your password'),
  old: words('当前密码', 'The password until now'),
  password: words('新密码', 'The new password'),
  repeat: words('再次输入新密码', 'The new password again'),
  differs: words('两次输入的新密码不同', 'The two new passwords differ'),
  send: words('修改密码', 'Change the password'),
}

/** Everybody changes their own password. */
export function Password(): VNode {
  const say = useSay()
  const { session } = useBoard()
  const { isBusy, reason, submit } = useSubmit()
  const [differs, setDiffers] = useState(false)
  const [turn, setTurn] = useState(0)
  const send = async (form: HTMLFormElement): Promise<void> => {
    const typed = typedIn(form)
    const password = typed('password')
    const isSame = password === typed('repeat')
    setDiffers(!isSame)
    if (!isSame) return
    const fields = { action: 'ownPassword', oldPassword: typed('oldPassword'), password }
    if (await submit({ kind: 'account', fields })) setTurn(turn + 1)
  }
  return (
    <>
      <h1 tabIndex={-1}>{say(T.title)}</h1>
      <form
        key={turn}
        class="narrow"
        data-account="ownPassword"
        onSubmit={(event) => {
          event.preventDefault()
          void send(event.currentTarget)
        }}
      >
        <input
          class="hidden"
          name="user"
          autocomplete="username"
          value={session.person.code}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <PasswordField name="oldPassword" label={say(T.old)} />
        <PasswordField name="password" label={say(T.password)} isNew />
        <PasswordField name="repeat" label={say(T.repeat)} isNew />
        {(differs || reason) && (
          <p class="refused" role="alert">
            {say(differs || !reason ? T.differs : reason)}
          </p>
        )}
        <footer>
          <button type="submit" class="main" disabled={isBusy}>
            {say(T.send)}
          </button>
        </footer>
      </form>
    </>
  )
}
