import type { VNode } from 'preact'
import { useId } from 'preact/hooks'

interface Named {
  readonly name: string
  readonly label: string
}

export function TextField(props: Named & { readonly initial?: string }): VNode {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        name={props.name}
        defaultValue={props.initial ?? ''}
        required
        autocomplete="off"
      />
    </div>
  )
}

/** @param isNew a password that is chosen now, and not one that a browser knows */
export function PasswordField(props: Named & { readonly isNew?: boolean }): VNode {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        name={props.name}
        type="password"
        required
        autocomplete={props.isNew ? 'new-password' : 'current-password'}
      />
    </div>
  )
}

export function SelectField(
  props: Named & {
    readonly initial: string
    readonly options: readonly (readonly [value: string, text: string])[]
  },
): VNode {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} name={props.name}>
        {props.options.map(([value, text]) => (
          <option key={value} value={value} selected={value === props.initial}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}

export function TickField(props: Named & { readonly isTicked: boolean }): VNode {
  return (
    <label class="tick">
      <input type="checkbox" name={props.name} value="yes" defaultChecked={props.isTicked} />
      <span>{props.label}</span>
    </label>
  )
}
