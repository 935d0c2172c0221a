import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { useSay, words } from '../language.js'
import { Icon } from './icon.js'

const CLOSE = words('关闭', 'Close')

/** A dialog over the page: the browser keeps the focus in it, and Esc closes it. */
export function Dialog(props: {
  readonly title: string
  readonly close: () => void
  /** While something is on its way nothing may close it. */
  readonly isBusy?: boolean
  readonly children: ComponentChildren
}): VNode {
  const say = useSay()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const from = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (from instanceof HTMLElement) from.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        if (!props.isBusy) props.close()
      }}
    >
      <header>
        <h2 id={id}>{props.title}</h2>
        <button
          type="button"
          class="plain"
          aria-label={say(CLOSE)}
          disabled={props.isBusy ?? false}
          onClick={props.close}
        >
          <Icon name="cross" />
        </button>
      </header>
      {props.children}
    </dialog>
  )
}
