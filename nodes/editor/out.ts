import type { Dialog } from './dialog.js'
import { FieldTable, fieldRule, type FieldRow, type Out } from './fields.js'
import type { Form } from './form.js'
import { Preview } from './preview.js'

/** The parts of a document and the document's own sample, in the two forms that a payload may have. */
interface Document {
  readonly set: Out
  readonly operation: 'SynCrisisInfo' | 'SynCrisisResponseInfo'
  readonly names: readonly string[]
  readonly sampleOf: (source: string) => object
}

const CRISIS: Document = {
  set: 'crisis-out',
  operation: 'SynCrisisInfo',
  names: [
    'ExamNo',
    'ApplyNo',
    'SickNo',
    'OrderNo',
    'CrisisType',
    'CrisisCode',
    'CrisisName',
    'CrisisMemo',
    'CrisisSettor.code',
    'CrisisSettor.name',
    'setAt',
  ],
  sampleOf: (source) => ({
    ExamNo: '00000001',
    ApplyNo: '00000001',
    SickNo: 'C0001',
    OrderNo: '123415',
    CrisisType: '',
    CrisisCode: '1',
    CrisisName: '胎盘早剥',
    CrisisMemo: '加急处理。',
    CrisisSettor: { code: '040002', name: '管理员' },
    ...(source === 'fields'
      ? { setAt: '2014-06-16T16:33:27+08:00' }
      : { CrisisSetDate: '2014-06-16', CrisisSetTime: '16:33:27' }),
  }),
}

const FEEDBACK: Document = {
  set: 'crisis-feedback-out',
  operation: 'SynCrisisResponseInfo',
  names: [
    'ExamNo',
    'ApplyNo',
    'CrisisReceiver.code',
    'CrisisReceiver.name',
    'receiveAt',
    'ProcessStaff.code',
    'ProcessStaff.name',
    'processAt',
    'ProcessSuggest',
    'ProcessResult',
  ],
  sampleOf: (source) => ({
    ExamNo: '00000001',
    ApplyNo: '00000001',
    CrisisReceiver: { code: '040002', name: '管理员' },
    ProcessStaff: { code: '040002', name: '管理员' },
    ...(source === 'fields'
      ? { receiveAt: '2014-06-16T16:43:27+08:00', processAt: '2014-06-16T16:43:27+08:00' }
      : {
          CrisisReceiveDate: '2014-06-16',
          CrisisReceiveTime: '16:43:27',
          ProcessDate: '2014-06-16',
          ProcessTime: '16:43:27',
        }),
    ProcessSuggest: ' ',
    ProcessResult: '已处理',
  }),
}

/** The dialog of a node that sends documents: the table of fields and the preview. */
function sending({ set, operation, names, sampleOf }: Document): Dialog {
  let table: FieldTable | undefined
  return {
    rules: { fields: fieldRule(set) },

    prepare(form: Form) {
      const saved = (form.node['fields'] ?? []) as readonly FieldRow[]
      const fields = new FieldTable($('#hospital-crisis-fields'), set, names, saved)
      table = fields
      const preview = new Preview(
        $('#hospital-crisis-preview-place'),
        operation,
        (source) => ({ payload: sampleOf(source) }),
        () => ({
          source: form.text('source'),
          fields: fields.read(),
          omitEmpty: form.isTicked('omitEmpty'),
          // Only feedback has it.
          omitEmptyProcess: form.isTicked('omitEmptyProcess'),
          peer: form.chosen('peer'),
        }),
      )
      form.watch(['source'], () => {
        const byFields = form.text('source') === 'fields'
        $('#hospital-crisis-fields').toggle(byFields)
        if (byFields && fields.read().length === 0) fields.fillDefaults()
        preview.fillSample()
      })
      fields.onChange(() => preview.later())
      form
        .input('source', 'omitEmpty', 'omitEmptyProcess', 'peer')
        .on('change', () => preview.later())
    },

    save(node, form) {
      if (table) node['fields'] = form.text('source') === 'fields' ? table.read() : []
    },
  }
}

export const DOCUMENTS = [CRISIS, FEEDBACK]
export const crisisOut = sending(CRISIS)
export const feedbackOut = sending(FEEDBACK)
