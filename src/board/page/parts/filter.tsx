import type { ComponentChildren, VNode } from 'preact'
import { useId } from 'preact/hooks'
import type { Reason } from '../../api.js'
import { useSay, words } from '../language.js'
import { goTo, type Place } from '../route.js'
import { typedIn } from './typed.js'

const T = {
  apply: words('查询', 'Show'),
  clear: words('清除', 'Clear'),
}

export interface FilterField {
  readonly name: string
  readonly label: Reason
  readonly kind: 'text' | 'date' | 'choice'
  /** Of a choice: values with their words. */
  readonly options?: readonly (readonly [value: string, words: Reason])[]
}

/** A filter that stands in the address, so that it can be kept, sent and gone back to. */
export function Filter(props: {
  readonly place: Place
  readonly fields: readonly FilterField[]
  readonly values: Readonly<Record<string, string>>
  /** Focused by `/`. */
  readonly isSearch?: boolean
  readonly children?: ComponentChildren
}): VNode {
  const say = useSay()
  return (
    <form
      // The fields begin anew with each address.
      key={JSON.stringify(props.values)}
      class="filter"
      role={props.isSearch ? 'search' : undefined}
      onSubmit={(event) => {
        event.preventDefault()
        const typed = typedIn(event.currentTarget)
        const query = props.fields.map(({ name }) => [name, typed(name).trim()] as const)
        goTo(props.place, '', Object.fromEntries(query))
      }}
    >
      {props.fields.map((field) => (
        <FilterInput key={field.name} field={field} value={props.values[field.name] ?? ''} />
      ))}
      <div class="filter-buttons">
        <button type="submit" class="main">
          {say(T.apply)}
        </button>
        <button type="button" onClick={() => goTo(props.place)}>
          {say(T.clear)}
        </button>
        {props.children}
      </div>
    </form>
  )
}

function FilterInput(props: { readonly field: FilterField; readonly value: string }): VNode {
  const say = useSay()
  const id = useId()
  const { name, label, kind, options = [] } = props.field
  return (
    <div class="field">
      <label for={id}>{say(label)}</label>
      {kind === 'choice' ? (
        <select id={id} name={name} value={props.value}>
          {options.map(([value, text]) => (
            <option key={value} value={value} selected={value === props.value}>
              {say(text)}
            </option>
          ))}
        </select>
      ) : kind === 'date' ? (
        <input id={id} name={name} type="date" defaultValue={props.value} />
      ) : (
        <input id={id} name={name} defaultValue={props.value} autocomplete="off" />
      )}
    </div>
  )
}
