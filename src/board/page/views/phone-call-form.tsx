import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Field } from '../acts/forms.js'
import { useSubmit } from '../acts/submit.js'
import { useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { FormField, fieldsOf } from '../parts/field.js'

const T = { send: words('补录', 'Enter'), sending: words('正在提交…', 'Sending…') }

const required = { kind: 'text', isRequired: true } as const
const optional = { kind: 'text', isRequired: false } as const

const FIELDS: readonly Field[] = [
  { name: 'at', label: words('通话时间', 'Time of the call'), kind: 'time', isRequired: true },
  { name: 'ExamNo', label: words('检查流水号', 'Exam no.'), ...optional },
  { name: 'SickNo', label: words('病人号', 'Patient no.'), ...required },
  { name: 'callerCode', label: words('报告人工号', 'Caller, staff no.'), ...optional },
  { name: 'callerName', label: words('报告人姓名', 'Caller, name'), ...required },
  { name: 'calledCode', label: words('接听人工号', 'Called, staff no.'), ...optional },
  { name: 'calledName', label: words('接听人姓名', 'Called, name'), ...required },
  { name: 'text', label: words('危急值内容', 'What was said'), kind: 'area', isRequired: true },
  {
    name: 'readBack',
    label: words('接听人已复述，核对无误', 'The person called read it back, and it was confirmed'),
    kind: 'tick',
    isRequired: false,
  },
  { name: 'note', label: words('备注', 'Remark'), kind: 'area', isRequired: false },
]

/** A telephone call as it was written on paper. */
export function PhoneCallForm({ done }: { readonly done: () => void }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { isBusy, reason, submit } = useSubmit()
  const [turn, setTurn] = useState(0)
  const send = async (form: HTMLFormElement): Promise<void> => {
    const fields = fieldsOf(form, FIELDS, (field) => times.iso(field))
    if (!(await submit({ kind: 'phoneCall', fields }))) return
    setTurn(turn + 1)
    done()
  }
  return (
    <form
      key={turn}
      class="grid"
      data-act="phoneCall"
      onSubmit={(event) => {
        event.preventDefault()
        void send(event.currentTarget)
      }}
    >
      {FIELDS.map((field) => (
        <FormField key={field.name} field={field} />
      ))}
      {reason && (
        <p class="refused" role="alert">
          {say(reason)}
        </p>
      )}
      <footer>
        <button type="submit" class="main" disabled={isBusy}>
          {say(isBusy ? T.sending : T.send)}
        </button>
      </footer>
    </form>
  )
}
