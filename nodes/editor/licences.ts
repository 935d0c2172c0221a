import { text } from './page.js'

const label = (key: string): string => text(`crisis-service.label.${key}`)

/** A licence as it is kept, in a list that is JSON in one credential. */
interface Licence {
  readonly application: string
  readonly licence: string
  /** The first and the last day, as `2026-01-31`. */
  readonly from?: string
  readonly until?: string
}

/** The licences that a service has issued, as rows. */
export class Licences {
  readonly #list = $('#hospital-crisis-licences')

  constructor() {
    const addItem = (item: JQuery, _index: number, row: object) => addRow(item, row)
    this.#list.editableList({
      addButton: label('addLicence'),
      removable: true,
      height: 200,
      addItem,
    })
  }

  /** The list with its frame and its button. */
  get area(): JQuery {
    return this.#list.closest('.red-ui-editableList')
  }

  fill(json: string): void {
    let issued: object[] = []
    try {
      issued = JSON.parse(json || '[]') as object[]
    } catch {
      // A list that cannot be read stands for no licence; the runtime says so in red.
    }
    for (const licence of issued) this.#list.editableList('addItem', licence)
  }

  /** The rows as they are kept, '' for none; a licence without days as the first version wrote it. */
  read(): string {
    const typed = (item: JQuery, name: string): string =>
      String(item.find(`.hospital-crisis-${name}`).val()).trim()
    const day = (item: JQuery, name: 'from' | 'until'): object =>
      typed(item, name) === '' ? {} : { [name]: typed(item, name) }
    const issued = this.#list
      .editableList('items')
      .toArray()
      .map((item) => ({
        application: typed(item, 'application'),
        licence: typed(item, 'secret'),
        ...day(item, 'from'),
        ...day(item, 'until'),
      }))
      .filter(({ application, licence }) => application !== '' || licence !== '')
    return issued.length > 0 ? JSON.stringify(issued) : ''
  }
}

function addRow(
  item: JQuery,
  { application = '', licence = '', from = '', until = '' }: Partial<Licence>,
): void {
  const row = $('<div class="hospital-crisis-cells">').appendTo(item)
  $('<input type="text" class="hospital-crisis-application">')
    .attr('placeholder', label('application'))
    .val(application)
    .appendTo(row)
  const secret = $(
    '<input type="password" class="hospital-crisis-secret" autocomplete="new-password">',
  )
    .attr('placeholder', label('licence'))
    .val(licence)
    .appendTo(row)
  const eye = $('<button type="button" class="red-ui-button">')
    .attr('title', label('show'))
    .appendTo(row)
  const icon = $('<i class="fa fa-eye">').appendTo(eye)
  eye.on('click', () => {
    const isHidden = secret.attr('type') === 'password'
    secret.attr('type', isHidden ? 'text' : 'password')
    icon.attr('class', isHidden ? 'fa fa-eye-slash' : 'fa fa-eye')
  })
  const days = $('<div class="hospital-crisis-cells hospital-crisis-days">').appendTo(item)
  for (const [name, day] of Object.entries({ from, until })) {
    const cell = $('<label class="hospital-crisis-day">').appendTo(days)
    $('<span>').text(label(name)).appendTo(cell)
    $('<input type="date">').addClass(`hospital-crisis-${name}`).val(day).appendTo(cell)
  }
}
