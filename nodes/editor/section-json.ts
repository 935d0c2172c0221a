import { text } from './page.js'

/** A fold with a setting as JSON, to be copied into a file or taken from one. */
export class SectionJson {
  readonly #fold = $('<details class="hospital-crisis-fold">')
  readonly #area = $('<textarea class="hospital-crisis-code" rows="12" spellcheck="false">')
  readonly #note = $('<span class="hospital-crisis-error" aria-live="polite">')

  /** @param take takes over what was typed, which is a list or an object as `read` gives one */
  constructor(read: () => object, take: (value: object) => void) {
    const title = text('crisis-parser.label.json')
    $('<summary>').text(title).appendTo(this.#fold)
    this.#area.attr('aria-label', title).appendTo(this.#fold)
    const bar = $('<div class="hospital-crisis-cells">').appendTo(this.#fold)
    $('<button type="button" class="red-ui-button">')
      .text(text('crisis-parser.label.takeJson'))
      .on('click', () => this.#take(Array.isArray(read()), take))
      .appendTo(bar)
    bar.append(this.#note)
    this.#fold.on('toggle', () => {
      this.#note.text('')
      this.#area.val(JSON.stringify(read(), null, 2))
    })
  }

  get fold(): JQuery {
    return this.#fold
  }

  #take(isList: boolean, take: (value: object) => void): void {
    try {
      const value: unknown = JSON.parse(String(this.#area.val()))
      if (typeof value === 'object' && value !== null && Array.isArray(value) === isList) {
        this.#note.text('')
        take(value)
        return
      }
    } catch {
      // The same words are said of what is JSON and of another kind.
    }
    this.#note.text(text(`crisis-parser.error.${isList ? 'jsonList' : 'jsonObject'}`))
  }
}
