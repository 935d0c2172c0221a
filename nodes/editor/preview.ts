import { post, reasonOf, text } from './page.js'

const DEBOUNCE_MS = 400

/** The settings of a sending node that its document depends on. */
export interface Shown {
  readonly source: string
  readonly fields: readonly object[]
  readonly omitEmpty: boolean
  readonly omitEmptyProcess: boolean
  readonly peer: string
}

/** The XML that a sample message would become. It is made by the runtime, so that it is what would be sent. */
export class Preview {
  readonly #operation: string
  readonly #sampleOf: (source: string) => object
  readonly #read: () => Shown
  readonly #fold: JQuery
  readonly #sample: JQuery
  readonly #icon: JQuery
  readonly #note: JQuery
  readonly #xml: JQuery
  #latest = 0
  #timer: number | undefined
  /** The sample as it was filled in, until a person changes it. */
  #untouched: string | undefined

  constructor(
    container: JQuery,
    operation: string,
    sampleOf: (source: string) => object,
    read: () => Shown,
  ) {
    this.#operation = operation
    this.#sampleOf = sampleOf
    this.#read = read
    this.#fold = $('<details class="hospital-crisis-fold">').appendTo(container)
    $('<summary>').text(text('crisis-out.preview.title')).appendTo(this.#fold)
    $('<label class="hospital-crisis-title" for="hospital-crisis-sample">')
      .text(text('crisis-out.preview.sample'))
      .appendTo(this.#fold)
    this.#sample = $(
      '<textarea id="hospital-crisis-sample" class="hospital-crisis-code" rows="9" spellcheck="false">',
    ).appendTo(this.#fold)
    const bar = $('<div class="hospital-crisis-cells">').appendTo(this.#fold)
    const button = $('<button type="button" class="red-ui-button" id="hospital-crisis-preview">')
    this.#icon = $('<i class="fa fa-refresh">').appendTo(button)
    button.append(document.createTextNode(` ${text('crisis-out.preview.refresh')}`)).appendTo(bar)
    this.#note = $('<span class="hospital-crisis-note" aria-live="polite">').appendTo(bar)
    this.#xml = $('<pre class="hospital-crisis-code" id="hospital-crisis-xml">').appendTo(
      this.#fold,
    )
    this.#xml.hide()
    this.fillSample()
    const refresh = (): void => this.#refresh()
    button.on('click', refresh)
    this.#fold.on('toggle', refresh)
    this.#sample.on('input', () => this.later())
  }

  /** Refreshes once a person has stopped typing. */
  later(): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.#refresh(), DEBOUNCE_MS)
  }

  fillSample(): void {
    if (this.#untouched !== undefined && this.#sample.val() !== this.#untouched) return
    this.#untouched = JSON.stringify(this.#sampleOf(this.#read().source), null, 2)
    this.#sample.val(this.#untouched)
  }

  #refresh(): void {
    clearTimeout(this.#timer)
    // An answer that is still on its way speaks of what was there before.
    this.#latest += 1
    const mine = this.#latest
    if (this.#fold.prop('open') !== true) return
    let msg: unknown
    try {
      msg = JSON.parse(String(this.#sample.val()))
    } catch {
      this.#fail(text('crisis-out.preview.notJson'))
      return
    }
    this.#icon.addClass('fa-spin')
    post('preview', { operation: this.#operation, config: this.#read(), msg })
      .done(({ shown }: { shown: string }) => {
        if (mine !== this.#latest) return
        this.#icon.removeClass('fa-spin')
        this.#xml.text(shown).show()
        this.#note.text('').removeClass('hospital-crisis-error')
      })
      .fail((request: JQuery.jqXHR) => {
        if (mine === this.#latest) this.#fail(reasonOf(request))
      })
  }

  #fail(message: string): void {
    this.#icon.removeClass('fa-spin')
    this.#xml.hide()
    this.#note.text(message).addClass('hospital-crisis-error')
  }
}
