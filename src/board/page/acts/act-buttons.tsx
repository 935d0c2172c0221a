import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { ActKind } from '../../api.js'
import { useSay } from '../language.js'
import { ActDialog, type ActOn } from './act-dialog.js'
import { ACT_FORMS } from './forms.js'

/** A button for each thing that may be done, and the dialog of the one that was chosen. */
export function ActButtons(props: {
  readonly acts: readonly ActKind[]
  readonly on: Omit<ActOn, 'kind'>
  readonly done: () => void
}): VNode | null {
  const say = useSay()
  const [chosen, setChosen] = useState<ActKind | null>(null)
  const shown = props.acts.flatMap((kind) => {
    const form = ACT_FORMS[kind]
    return form ? [{ kind, form }] : []
  })
  if (shown.length === 0) return null
  return (
    <div class="acts">
      {shown.map(({ kind, form }, n) => (
        <button
          key={kind}
          type="button"
          class={form.isGrave ? 'grave-quiet' : n === 0 ? 'main' : ''}
          data-act={kind}
          onClick={() => setChosen(kind)}
        >
          {say(form.title)}
        </button>
      ))}
      {chosen && (
        <ActDialog
          on={{ ...props.on, kind: chosen }}
          close={() => setChosen(null)}
          done={props.done}
        />
      )}
    </div>
  )
}
