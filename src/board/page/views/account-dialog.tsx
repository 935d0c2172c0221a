import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { AccountRow, Reason } from '../../api.js'
import { useSubmit } from '../acts/submit.js'
import { useSay, words } from '../language.js'
import { Dialog } from '../parts/dialog.js'
import { PasswordField, SelectField, TextField, TickField } from '../parts/inputs.js'
import { typedIn } from '../parts/typed.js'
import { ROLE_WORDS } from './role-words.js'

export type AccountAction = 'add' | 'change' | 'password' | 'lock' | 'unlock' | 'delete'

const TITLES: Readonly<Record<AccountAction, Reason>> = {
  add: words('新增账号', 'Add an account'),
  change: words('修改账号 {user}', 'Change {user}'),
  password: words('重设 {user} 的密码', 'Reset the password of {user}'),
  lock: words('停用 {user}', 'Lock {user}'),
  unlock: words('启用 {user}', 'Unlock {user}'),
  delete: words('删除 {user}', 'Delete {user}'),
}

const EXPLAINED: Readonly<Partial<Record<AccountAction, Reason>>> = {
  password: words('对方须用新密码重新登录。', 'They sign in again with the new password.'),
  lock: words('立即退出，且不能再登录。', 'Signed out at once, and cannot sign in.'),
  delete: words(
    '立即退出并删除；审计记录保留。',
    'Signed out at once and deleted; the audit stays.',
  ),
}

const T = {
  user: words('账号', 'Account'),
  name: words('姓名', 'Name'),
  code: words('工号', 'Staff number'),
  role: words('权限', 'Role'),
  patients: words('可以看到病人姓名和号码', 'May see names and numbers of patients'),
  password: words('密码', 'Password'),
  repeat: words('再次输入密码', 'The password again'),
  differs: words('两次输入的密码不同', 'The two passwords differ'),
  cancel: words('取消', 'Cancel'),
  send: words('确定', 'Confirm'),
  sending: words('正在提交…', 'Sending…'),
}

/** Adds, changes or ends an account. */
export function AccountDialog(props: {
  readonly action: AccountAction
  readonly row: AccountRow | null
  readonly close: () => void
  readonly done: () => void
}): VNode {
  const say = useSay()
  const { isBusy, reason, submit } = useSubmit()
  const [differs, setDiffers] = useState(false)
  const { action, row } = props
  const explained = EXPLAINED[action]
  const hasPerson = action === 'add' || action === 'change'
  const hasPassword = action === 'add' || action === 'password'
  const isGrave = action === 'delete' || action === 'lock'
  const send = async (form: HTMLFormElement): Promise<void> => {
    const field = typedIn(form)
    setDiffers(hasPassword && field('password') !== field('repeat'))
    if (hasPassword && field('password') !== field('repeat')) return
    const fields = {
      action,
      ...(hasPerson && {
        name: field('name').trim(),
        code: field('code').trim(),
        role: field('role'),
        patients: field('patients') === 'yes' ? 'yes' : 'no',
      }),
      ...(hasPassword && { password: field('password') }),
    }
    if (!(await submit({ kind: 'account', id: row?.user ?? field('user').trim(), fields }))) return
    props.done()
    props.close()
  }
  return (
    <Dialog
      title={say(TITLES[action], { user: row?.user ?? '' })}
      close={props.close}
      isBusy={isBusy}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send(event.currentTarget)
        }}
      >
        {explained && <p class={isGrave ? 'grave' : 'quiet'}>{say(explained)}</p>}
        {action === 'add' && <TextField name="user" label={say(T.user)} />}
        {hasPerson && (
          <>
            <TextField name="name" label={say(T.name)} initial={row?.person.name ?? ''} />
            <TextField name="code" label={say(T.code)} initial={row?.person.code ?? ''} />
            <SelectField
              name="role"
              label={say(T.role)}
              initial={row?.role ?? 'look'}
              options={Object.entries(ROLE_WORDS).map(([value, text]) => [value, say(text)])}
            />
            <TickField
              name="patients"
              label={say(T.patients)}
              isTicked={row?.seesPatients ?? false}
            />
          </>
        )}
        {hasPassword && (
          <>
            <PasswordField name="password" label={say(T.password)} isNew />
            <PasswordField name="repeat" label={say(T.repeat)} isNew />
          </>
        )}
        {(differs || reason) && (
          <p class="refused" role="alert">
            {say(differs || !reason ? T.differs : reason)}
          </p>
        )}
        <footer>
          <button type="button" disabled={isBusy} onClick={props.close}>
            {say(T.cancel)}
          </button>
          <button type="submit" class={isGrave ? 'grave' : 'main'} disabled={isBusy}>
            {say(isBusy ? T.sending : T.send)}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
