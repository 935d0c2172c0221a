import type { VNode } from 'preact'
import { useId } from 'preact/hooks'
import type { Field } from '../acts/forms.js'
import { clockNow, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { typedIn } from './typed.js'

const REQUIRED = words('必填', 'required')

/** One field of a form, with its label and hint. */
export function FormField(props: {
  readonly field: Field
  readonly initial?: string
  /** Of a choice. */
  readonly options?: readonly { readonly id: string; readonly name: string }[]
}): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { field, initial = '', options = [] } = props
  const id = useId()
  const hint = field.hint ? `${id}-hint` : undefined
  const common = { id, name: field.name, required: field.isRequired, 'aria-describedby': hint }
  if (field.kind === 'tick') {
    return (
      <label class="tick">
        <input type="checkbox" name={field.name} value="yes" required={field.isRequired} />
        <span>{say(field.label)}</span>
      </label>
    )
  }
  return (
    <div class="field">
      <label for={id}>
        {say(field.label)}
        {field.isRequired && <span class="required"> {say(REQUIRED)}</span>}
      </label>
      {field.kind === 'area' ? (
        <textarea {...common} rows={field.name === 'document' ? 12 : 3} defaultValue={initial} />
      ) : field.kind === 'choice' ? (
        <select {...common}>
          {options.map((option) => (
            <option key={option.id} value={option.id}>
              {option.name || option.id}
            </option>
          ))}
        </select>
      ) : field.kind === 'time' ? (
        <input {...common} type="datetime-local" defaultValue={times.field(clockNow())} />
      ) : field.kind === 'password' ? (
        <input {...common} type="password" autocomplete="off" />
      ) : (
        <input {...common} autocomplete="off" defaultValue={initial} />
      )}
      {field.hint && (
        <small id={hint} class="quiet">
          {say(field.hint)}
        </small>
      )}
    </div>
  )
}

/** The fields of a form as texts; an unticked box says `no`, times are ISO 8601 in the zone of the hospital. */
export function fieldsOf(
  form: HTMLFormElement,
  fields: readonly Field[],
  iso: (field: string) => string,
): Readonly<Record<string, string>> {
  const typed = typedIn(form)
  return Object.fromEntries(
    fields.map(({ name, kind }) => {
      const text = typed(name)
      if (kind === 'tick') return [name, text === 'yes' ? 'yes' : 'no']
      return [name, kind === 'time' && text !== '' ? iso(text) : text.trim()]
    }),
  )
}
