import type { VNode } from 'preact'
import type { RevisionView } from '../../api.js'
import { clockNow, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Scroll } from '../parts/states.js'

const T = {
  caption: words('各次内容逐项对照', 'Contents field by field'),
  field: words('字段', 'Field'),
  first: words('首次', 'First'),
  nth: words('更正 {n}', 'Correction {n}'),
  changed: words('改', 'changed'),
}

/** The contents side by side in the document's own names; a field that differs from the one before is marked. */
export function Revisions({ revisions }: { readonly revisions: readonly RevisionView[] }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const names = [...new Set(revisions.flatMap(({ fields }) => fields.map(({ name }) => name)))]
  const valueOf = (revision: RevisionView | undefined, name: string): string | undefined =>
    revision?.fields.find((field) => field.name === name)?.value
  return (
    <Scroll label={say(T.caption)}>
      <table class="revisions">
        <caption class="hidden">{say(T.caption)}</caption>
        <thead>
          <tr>
            <th scope="col">{say(T.field)}</th>
            {revisions.map(({ revision, at }) => (
              <th key={revision} scope="col">
                {revision === 1 ? say(T.first) : say(T.nth, { n: revision - 1 })}
                <small> {times.moment(at, clockNow())}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {revisions.map((revision, n) => {
                const value = valueOf(revision, name) ?? ''
                const isChanged = n > 0 && value !== (valueOf(revisions[n - 1], name) ?? '')
                return (
                  <td key={revision.revision} class={isChanged ? 'changed' : ''}>
                    {value === '' ? <span class="quiet">–</span> : value}
                    {isChanged && <span class="mark corrected">{say(T.changed)}</span>}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
