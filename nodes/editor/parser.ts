import type { Dialog } from './dialog.js'
import { address, blankOr, fhirBase, numbers, where, zone } from './rules.js'
import { PARSER_NUMBERS } from './shared.js'

export const parser: Dialog = {
  rules: {
    zone,
    fhirBase: where((setting) => setting('action') === 'fhir', fhirBase),
    pagingMinutes: blankOr(numbers(PARSER_NUMBERS).pagingMinutes),
    pagingLink: address,
  },

  prepare(form) {
    form.input('property').typedInput({ default: 'msg', types: ['msg'] })
    form.watch(['action', 'document'], () => {
      // A row names the actions and documents that it is for; one that names none is for all.
      const isFor = (row: Element, attribute: string, chosen: string): boolean =>
        ($(row).attr(attribute) ?? chosen).split(' ').includes(chosen)
      $('[data-actions]').each((_, row) => {
        const isShown =
          isFor(row, 'data-actions', form.text('action')) &&
          isFor(row, 'data-documents', form.text('document'))
        $(row).toggle(isShown)
      })
    })
  },
}
