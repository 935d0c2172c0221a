import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { AccountRow } from '../../api.js'
import { useAsked } from '../board-context.js'
import { useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Person } from '../parts/exam-parts.js'
import { Icon } from '../parts/icon.js'
import { Answered, Empty, Scroll } from '../parts/states.js'
import { AccountDialog, type AccountAction } from './account-dialog.js'
import { ROLE_WORDS } from './role-words.js'

const T = {
  title: words('账号', 'Accounts'),
  none: words('还没有账号', 'There is no account yet'),
  add: words('新增账号', 'Add an account'),
  user: words('账号', 'Account'),
  person: words('人员', 'Person'),
  role: words('权限', 'Role'),
  patients: words('病人信息', 'Patients'),
  last: words('最近登录', 'Last sign-in'),
  state: words('状态', 'State'),
  acts: words('操作', 'Change'),
  shown: words('可见', 'shown'),
  masked: words('屏蔽', 'masked'),
  locked: words('已停用', 'locked'),
  active: words('正常', 'active'),
  never: words('从未', 'never'),
  first: words('首个管理员，在节点中设置', 'the first administrator, set in the node'),
  change: words('修改', 'Change'),
  password: words('重设密码', 'Reset the password'),
  lock: words('停用', 'Lock'),
  unlock: words('启用', 'Unlock'),
  delete: words('删除', 'Delete'),
}

interface Chosen {
  readonly action: AccountAction
  readonly row: AccountRow | null
}

export function Accounts(): VNode {
  const say = useSay()
  const asked = useAsked('accounts', {})
  const [chosen, setChosen] = useState<Chosen | null>(null)
  return (
    <>
      <h1 tabIndex={-1}>{say(T.title)}</h1>
      <p>
        <button
          type="button"
          class="main"
          data-account="add"
          onClick={() => setChosen({ action: 'add', row: null })}
        >
          {say(T.add)}
        </button>
      </p>
      <Answered asked={asked}>
        {({ rows }) =>
          rows.length === 0 ? <Empty>{say(T.none)}</Empty> : <Rows rows={rows} choose={setChosen} />
        }
      </Answered>
      {chosen && (
        <AccountDialog
          action={chosen.action}
          row={chosen.row}
          close={() => setChosen(null)}
          done={asked.again}
        />
      )}
    </>
  )
}

function Rows(props: {
  readonly rows: readonly AccountRow[]
  readonly choose: (chosen: Chosen) => void
}): VNode {
  const say = useSay()
  const columns = [T.user, T.person, T.role, T.patients, T.state, T.last, T.acts]
  return (
    <Scroll label={say(T.title)}>
      <table>
        <caption class="hidden">{say(T.title)}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.en} scope="col">
                {say(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <Row key={row.user} row={row} choose={props.choose} />
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Row(props: {
  readonly row: AccountRow
  readonly choose: (chosen: Chosen) => void
}): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { row } = props
  const actions = ['change', 'password', row.isLocked ? 'unlock' : 'lock', 'delete'] as const
  return (
    <tr>
      <th scope="row">{row.user}</th>
      <td>
        <Person person={row.person} />
      </td>
      <td>{say(ROLE_WORDS[row.role])}</td>
      <td>{say(row.seesPatients ? T.shown : T.masked)}</td>
      <td>
        <span class="page-state" data-state={row.isLocked ? 'failed' : 'accepted'}>
          <Icon name={row.isLocked ? 'cross' : 'check'} />
          {say(row.isLocked ? T.locked : T.active)}
        </span>
      </td>
      <td class="time">{row.lastSignIn === null ? say(T.never) : times.whole(row.lastSignIn)}</td>
      <td>
        {row.isFirst ? (
          <small class="quiet">{say(T.first)}</small>
        ) : (
          <div class="acts">
            {actions.map((action) => (
              <button
                key={action}
                type="button"
                data-account={action}
                class={action === 'delete' ? 'grave-quiet' : ''}
                onClick={() => props.choose({ action, row })}
              >
                {say(T[action])}
              </button>
            ))}
          </div>
        )}
      </td>
    </tr>
  )
}
