import { text } from './page.js'
import { replyTable, type ReplyRow } from './rules.js'

const ACTIONS = {
  hold: 'crisis-peer.option.hold',
  retry: 'crisis-peer.option.retry',
  deliver: 'crisis-peer.option.deliver',
}

/** The table of a peer that says what its replies mean. */
export class Replies {
  readonly #list = $('#hospital-crisis-replies')

  constructor(saved: readonly ReplyRow[]) {
    const changed = (): void => void this.#list.trigger('change')
    this.#list.editableList({
      addButton: text('crisis-peer.label.addReply'),
      removable: true,
      height: 200,
      addItem: (item, _index, row) => {
        addRow(item, row)
        changed()
      },
      removeItem: changed,
    })
    for (const { code, words, action } of saved) {
      this.#list.editableList('addItem', { code, words, action })
    }
    this.#list.on('change input', () => {
      const verdict = replyTable(this.read(), () => undefined)
      const said = verdict === true ? '' : text(verdict.key, verdict.options)
      $('#hospital-crisis-replies-wrong').text(said)
    })
    changed()
  }

  /** The rows that say something: one without a code was begun and left. */
  read(): ReplyRow[] {
    const typed = (item: JQuery, name: string): string =>
      String(item.find(`.hospital-crisis-reply-${name}`).val()).trim()
    return this.#list
      .editableList('items')
      .toArray()
      .map((item) => {
        const words = typed(item, 'words')
        const action = typed(item, 'action')
        return { code: typed(item, 'code'), ...(words !== '' && { words }), action }
      })
      .filter(({ code }) => code !== '')
  }
}

function addRow(item: JQuery, { code = '', words = '', action = 'hold' }: Partial<ReplyRow>): void {
  const row = $('<div class="hospital-crisis-cells">').appendTo(item)
  const input = (name: string, value: string, said: string): JQuery =>
    $('<input type="text">')
      .addClass(`hospital-crisis-reply-${name}`)
      .attr({ placeholder: said, 'aria-label': said })
      .val(value)
      .appendTo(row)
  const written = input('code', code, text('crisis-peer.label.replyCode'))
  input('words', words, text('crisis-peer.label.replyWords'))
  const choice = $('<select class="hospital-crisis-reply-action">')
    .attr('aria-label', text('crisis-peer.label.replyAction'))
    .appendTo(row)
  for (const [name, key] of Object.entries(ACTIONS)) {
    $('<option>').val(name).text(text(key)).appendTo(choice)
  }
  const warning = $('<div class="hospital-crisis-error">').appendTo(item)
  const refresh = (): void => {
    const isZero = String(written.val()).trim() === '0'
    const key = isZero ? 'crisis-peer.tip.replyZero' : 'crisis-peer.tip.deliver'
    warning.text(text(key)).toggle(isZero || choice.val() === 'deliver')
  }
  choice.val(action).on('change', refresh)
  written.on('input', refresh)
  refresh()
}
