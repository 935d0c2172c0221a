import type { VNode } from 'preact'
import type { Act, ActKind } from '../../api.js'
import { useAsked } from '../board-context.js'
import { useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Dialog } from '../parts/dialog.js'
import { FormField, fieldsOf } from '../parts/field.js'
import { Answered } from '../parts/states.js'
import { ACT_FORMS, PERSON_ACTS, type ActForm, type Field } from './forms.js'
import { useSubmit } from './submit.js'

const T = {
  reason: words('原因', 'Reason'),
  send: words('提交', 'Send'),
  sending: words('正在提交…', 'Sending…'),
  cancel: words('取消', 'Cancel'),
  second: words('第二人确认', 'A second person confirms'),
  secondHint: words(
    '请另一位同事在此输入其账号和密码。密码不会被保存。',
    'Another person enters their own account and password here. The password is not kept.',
  ),
}

const REASON: Field = { name: 'reason', label: T.reason, kind: 'area', isRequired: true }
const SECOND: readonly Field[] = [
  { name: 'secondUser', label: words('账号', 'Account'), kind: 'text', isRequired: true },
  { name: 'secondPassword', label: words('密码', 'Password'), kind: 'password', isRequired: true },
]

export interface ActOn {
  readonly kind: ActKind
  readonly alert: number | null
  readonly id: string | null
  /** The content that the person has before them; a newer one must not be acted on unseen. */
  readonly revision: number | null
  /** The nodes that messages can be passed on to. */
  readonly targets?: readonly { readonly id: string; readonly name: string }[]
  /** The thing it is done to, in a few words. */
  readonly about: string
}

interface Props {
  readonly on: ActOn
  readonly close: () => void
  readonly done: () => void
}

/** Asks for what an act needs, says what follows from it, and sends it. */
export function ActDialog(props: Props): VNode | null {
  const form = ACT_FORMS[props.on.kind]
  if (!form) return null
  return props.on.kind === 'editAndSend' ? (
    <Editing {...props} form={form} />
  ) : (
    <Asking {...props} form={form} initial={{}} />
  )
}

/** An edit begins with the document as it is. */
function Editing(props: Props & { readonly form: ActForm }): VNode {
  const say = useSay()
  const asked = useAsked('raw', { kind: 'dead', id: props.on.id ?? '' })
  if (asked.value) return <Asking {...props} initial={{ document: asked.value.text }} />
  return (
    <Dialog title={say(props.form.title)} close={props.close}>
      <Answered asked={asked}>{() => null}</Answered>
    </Dialog>
  )
}

function Asking(
  props: Props & { readonly form: ActForm; readonly initial: Readonly<Record<string, string>> },
): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { on, form, initial } = props
  const { isBusy, reason, submit } = useSubmit()
  const fields = [
    ...form.fields,
    ...(form.needsReason ? [REASON] : []),
    ...(form.needsSecond ? SECOND : []),
  ]
  const send = async (element: HTMLFormElement): Promise<void> => {
    const { reason: why, ...given } = fieldsOf(element, fields, (field) => times.iso(field))
    const own = PERSON_ACTS.has(on.kind)
      ? { how: 'board', revision: String(on.revision ?? '') }
      : {}
    const one: Act = {
      kind: on.kind,
      ...(on.alert === null ? {} : { alert: on.alert }),
      ...(on.id === null ? {} : { id: on.id }),
      ...(why === undefined ? {} : { reason: why }),
      fields: { ...own, ...given },
    }
    if (!(await submit(one))) return
    props.done()
    props.close()
  }
  return (
    <Dialog title={say(form.title)} close={props.close} isBusy={isBusy}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send(event.currentTarget)
        }}
      >
        <p class="about">{on.about}</p>
        <p class={form.isGrave ? 'grave' : 'quiet'}>{say(form.explain)}</p>
        {form.fields.map((field) => (
          <FormField
            key={field.name}
            field={field}
            initial={initial[field.name] ?? ''}
            options={on.targets ?? []}
          />
        ))}
        {form.needsReason && <FormField field={REASON} />}
        {form.needsSecond && (
          <fieldset>
            <legend>{say(T.second)}</legend>
            <p class="quiet">{say(T.secondHint)}</p>
            {SECOND.map((field) => (
              <FormField key={field.name} field={field} />
            ))}
          </fieldset>
        )}
        {reason && (
          <p class="refused" role="alert">
            {say(reason)}
          </p>
        )}
        <footer>
          <button type="button" disabled={isBusy} onClick={props.close}>
            {say(T.cancel)}
          </button>
          <button type="submit" class={form.isGrave ? 'grave' : 'main'} disabled={isBusy}>
            {say(isBusy ? T.sending : form.title)}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
