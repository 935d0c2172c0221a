import { CrisisError } from '../messages/index.js'

/** The troubles that a person has to be told of a critical value, although it was accepted. */
export function troublesOf(stored: {
  readonly wrongPatient: boolean
  readonly earlier: boolean
}): readonly CrisisError[] {
  return [
    ...(stored.wrongPatient ? [wrongPatient()] : []),
    ...(stored.earlier ? [earlierContent()] : []),
  ]
}

const wrongPatient = () =>
  new CrisisError('WRONG_PATIENT', {
    zh: '同一检查的病人号发生变化，可能是错误的病人：自动反馈已暂停，请人工核实并通知前后两位接收者，核实后用“危急值查询”解除暂停',
    en: 'The SickNo of an exam has changed, possibly the wrong patient: automatic feedback is held; check, tell both recipients, and lift the hold with crisis register',
  })

const earlierContent = () =>
  new CrisisError('EARLIER_CONTENT', {
    zh: '再次收到更正之前的旧内容：仍以更正后的内容为准，请向 PACS 核实是否已撤回更正',
    en: 'The content from before a correction was sent again: the correction stays; ask the PACS whether it is withdrawn',
  })
