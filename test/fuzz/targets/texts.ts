import assert from 'node:assert/strict'
import {
  damageFlags,
  examNumbersIn,
  joinDateTime,
  markForbidden,
  readCrisisDocument,
  splitInstant,
  TEXT_DAMAGED,
  writeCrisisDocument,
} from '../../../src/messages/index.js'
import { attempt } from '../checks.js'
import { Choices } from '../choices.js'
import { text } from '../texts.js'
import type { Target } from './target.js'

/** Three lines: a date, a time, and a text that may be damaged or hold control characters. */
export const texts: Target = {
  name: 'texts',
  fresh: (choices) => Buffer.from(`${writtenTime(choices).join('\n')}\n${damaged(choices)}`),
  run(bytes) {
    const said = bytes.toString()
    const [date = '', time = '', ...rest] = said.split('\n')
    for (const zone of ['+08:00', 'Asia/Shanghai', 'America/New_York']) {
      const { value } = attempt(said, () => joinDateTime(date, time, zone))
      assert.ok(value, 'a time that throws')
      assert.equal(value.at === null, value.epochMs === null)
      if (value.at === null) assert.ok(value.flag, 'no time, and no word why')
      else assert.equal(Date.parse(value.at), value.epochMs, value.at)
    }
    const choices = new Choices(bytes)
    const instant = Date.UTC(2026, 0, 1) + choices.below(65_536) * 1_000
    const { date: day, time: clock } = splitInstant(instant)
    for (const [one, other] of formsOf(day, clock)) {
      assert.equal(joinDateTime(one, other).epochMs, instant, `${one} ${other}`)
    }
    checkText(rest.join('\n'))
  },
}

function checkText(one: string): void {
  const written = writeCrisisDocument({ ExamNo: '1', CrisisMemo: one })
  const [read] = attempt(one, () => readCrisisDocument(written)).value?.crises ?? []
  if (read) {
    const flags = damageFlags([read.crisis.CrisisMemo ?? ''])
    assert.deepEqual(read.flags, flags, 'damage that is not looked for')
    assert.equal(flags.includes(TEXT_DAMAGED), flags.length > 0)
  }
  const marked = markForbidden(one)
  assert.equal(markForbidden(marked), marked, 'a mark that is marked again')
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(marked, /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/)
  const { ExamNo = '' } = examNumbersIn(Buffer.from(one), 'utf-8')
  assert.ok(ExamNo.length <= 64 && !/[<>&]/.test(ExamNo))
}

/** A time in forms that senders write, all of which mean the same. */
const formsOf = (
  day: string,
  clock: string,
): readonly (readonly [date: string, time: string])[] => [
  [day, clock],
  [day.replaceAll('-', '/'), clock],
  [day.replaceAll('-', ''), clock.replaceAll(':', '')],
  [`${day}T${clock}`, ''],
  [`${day} ${clock}`, clock],
  [day, `${day} ${clock}.0`],
  [`${day}T${clock}+08:00`, ''],
]

function writtenTime(choices: Choices): readonly [date: string, time: string] {
  const { date, time } = splitInstant(Date.UTC(2026, choices.below(12), 1 + choices.below(31)))
  const form = choices.pick(formsOf(date, time))
  return choices.once(4)
    ? [`${form[0]}${choices.pick(['日', ' 上午', ' PM', 'Z'])}`, form[1]]
    : form
}

function damaged(choices: Choices): string {
  const whole = `右肺下叶结节，未见气胸${text(choices)}`
  return choices.pick([
    (): string => whole,
    () => whole.replaceAll(/[\u4e00-\u9fff]/g, '?'),
    () => whole.replaceAll(/[\u4e00-\u9fff]/g, '锟斤拷'),
    () => Buffer.from(whole).toString('latin1'),
    () => new TextDecoder('gbk').decode(Buffer.from(whole)),
    () => `${whole}\u0001&#x1F;&amp;#0;`,
    () => `&lt;ExamNo&gt;${whole}&lt;/ExamNo&gt;`,
  ])()
}
