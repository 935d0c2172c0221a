import {
  looksLikeSuccess,
  placeIn,
  SUCCESS_CODE,
  Template,
  writeGenericResponse,
  type GenericResponse,
  type SectionObject,
  type SectionReader,
} from '../../messages/index.js'
import type { ReplyForm } from '../reply-form.js'

export const REPLY_SETTINGS =
  'response result resultNamespace document success failure fault'.split(' ')

/** Ready answer documents, by their names. All else is a template of one's own. */
export const REPLY_DOCUMENTS: Readonly<Record<string, string>> = {
  resultCode:
    '<Response><ResultCode>${code}</ResultCode><ResultContent>${desc}</ResultContent></Response>',
  json: '{"code":"${code}","desc":"${desc}"}',
  code: '${code}',
}
const PLACES = ['code', 'desc']

// `*` stands for the name of the element that was called.
const PATTERN = /^[\p{L}_*][\p{L}\p{N}_.*-]*$/u
const NAMESPACE = /^[^\s<>"{}|\\^`]+$/

/** Reads the shape of an answer. An absent one is ours, in the element that was called. */
export function readReplyForm(reader: SectionReader, object: SectionObject | undefined): ReplyForm {
  if (!object) return {}
  const response = pattern(reader, object, 'response')
  const result = pattern(reader, object, 'result')
  const namespace = reader.text(object, 'resultNamespace')
  if (namespace !== '' && !NAMESPACE.test(namespace)) {
    reader.problem(placeIn(object.pointer, 'resultNamespace'), {
      zh: '命名空间应为不含空格的 URI，或 none（无命名空间）',
      en: 'A namespace should be a URI without spaces, or none',
    })
  }
  const fault = reader.flag(object, 'fault')
  const write = writerOf(reader, object)
  return {
    ...(response !== '' && { response }),
    ...(result !== '' && { result }),
    ...(namespace !== '' && { resultNamespace: namespace === 'none' ? '' : namespace }),
    ...(write && { write }),
    ...(fault && { fault }),
  }
}

function pattern(reader: SectionReader, object: SectionObject, setting: string): string {
  const text = reader.text(object, setting)
  if (text !== '' && !PATTERN.test(text)) {
    reader.problem(placeIn(object.pointer, setting), {
      zh: '应为元素名，可含 *（代表被调用的元素名）',
      en: 'This should be the name of an element, in which * stands for the one that was called',
    })
  }
  return text
}

type Writer = (answer: GenericResponse) => string

/** Writes the answer document; undefined = ours, as it is. */
function writerOf(reader: SectionReader, object: SectionObject): Writer | undefined {
  const success = reader.text(object, 'success') || SUCCESS_CODE
  const failure = reader.text(object, 'failure')
  refuseAlike(reader, object, success, failure)
  const wordOf = ({ code }: GenericResponse): string =>
    code === SUCCESS_CODE ? success : failure || code
  const written = reader.exactText(object, 'document').trim()
  if (written === '' || written === 'ours') {
    if (success === SUCCESS_CODE && failure === '') return undefined
    return (answer) => writeGenericResponse({ code: wordOf(answer), desc: answer.desc })
  }
  const template = new Template(REPLY_DOCUMENTS[written] ?? written)
  const place = placeIn(object.pointer, 'document')
  // Codes may stand without quotation marks in JSON, so they are tried as they will be.
  const samples = [success, failure || '503'].map((code) => ({ code }))
  const fault = template.fault(PLACES, samples)
  if (fault) reader.problem(place, fault)
  else if (!template.places.includes('code')) {
    reader.problem(place, {
      zh: '应答文档中没有 ${code}：对方无法区分成功与失败',
      en: 'The answer document has no ${code}, so that no caller could tell a success from a failure',
    })
  }
  return (answer) => template.fill((name) => (name === 'code' ? wordOf(answer) : answer.desc))
}

/** A caller must never take a failure of ours for a success (reading A2). */
function refuseAlike(
  reader: SectionReader,
  object: SectionObject,
  success: string,
  failure: string,
): void {
  const isOpposite =
    (success === '0' && failure === '1') ||
    (success === '1' && failure === '0') ||
    (/^true$/i.test(success) && /^false$/i.test(failure))
  if (failure === '' || isOpposite) {
    // The codes of our own are never near one that means success in the interface document.
    if (failure !== '' || looksLikeSuccess(success)) return
    reader.problem(placeIn(object.pointer, 'failure'), {
      zh: `成功写作“${success}”时，请同时填写失败的写法`,
      en: `Where a success is written "${success}", the word for a failure is needed too`,
    })
    return
  }
  const isAlike = success.toLowerCase() === failure.toLowerCase() || looksLikeSuccess(failure)
  if (!isAlike) return
  reader.problem(placeIn(object.pointer, 'failure'), {
    zh: `失败不能写作“${failure}”：可能被当作成功`,
    en: `A failure must not be written "${failure}", which could be taken for a success`,
  })
}
