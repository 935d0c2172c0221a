import type { Dialog } from './dialog.js'
import { MappingList } from './mapping.js'
import { address, blankOr, fhirBase, mapping, numbers, where, zone } from './rules.js'
import { PARSER_NUMBERS } from './shared.js'

const isMapping = (action: unknown): boolean => action === 'mapIn' || action === 'mapOut'

let table: MappingList | undefined

export const parser: Dialog = {
  rules: {
    zone,
    fhirBase: where((setting) => setting('action') === 'fhir', fhirBase),
    pagingMinutes: blankOr(numbers(PARSER_NUMBERS).pagingMinutes),
    pagingLink: address,
    mapping: where((setting) => isMapping(setting('action')), mapping),
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
    table = new MappingList(form)
  },

  save(node) {
    if (table) node['mapping'] = table.read()
    table = undefined
  },
}
