import { fillList, text } from './page.js'
import type { Rule, Wrong } from './rules.js'
import {
  READY_RULES,
  readReplyRule,
  UNWRAP_STEPS,
  type ReplyRule,
  type UnwrapStep,
} from './shared.js'

const LISTS = ['delivered', 'rejected', 'retry'] as const
export type RuleList = (typeof LISTS)[number]
const TEXTS = ['returned', 'code', 'words'] as const

/** The first fault of a rule, by the same code that the runtime refuses it by. */
function wrongIn(rule: unknown): Wrong | undefined {
  const [problem] = readReplyRule(rule).problems ?? []
  if (!problem) return undefined
  const { pointer, reason } = problem
  // The catalogue of each language takes its own.
  return {
    key: 'crisis-peer.error.replyRule',
    options: { place: pointer, zh: reason.zh, en: reason.en },
  }
}

export const replyRule: Rule = (value, setting) =>
  setting('replyProfile') !== 'rule' || (wrongIn(value) ?? true)

const field = (name: string): JQuery => $(`#hospital-crisis-answer-${name}`)

/** The rule of a peer for its answers, as it stands in the dialog. */
export class RuleFields {
  readonly #steps = $('#hospital-crisis-answer-unwrap')
  readonly #place = $('#hospital-crisis-rule')

  constructor(saved: Partial<ReplyRule> | null | undefined) {
    this.#steps.editableList({
      addButton: text('crisis-peer.label.addStep'),
      removable: true,
      sortable: true,
      height: 110,
      addItem: (item, _index, row) => {
        addStep(item, row)
        this.#changed()
      },
      removeItem: () => this.#changed(),
      sortItems: () => this.#changed(),
    })
    const ready = field('ready')
    for (const [index, { name }] of READY_RULES.entries()) {
      $('<option>').val(String(index)).text(name).appendTo(ready)
    }
    ready.on('change', () => {
      const chosen = READY_RULES[Number(ready.val())]
      if (ready.val() !== '' && chosen) this.put(chosen.rule)
    })
    this.#place.on('change input', () => this.#check())
    this.put(saved ?? {})
  }

  read(): ReplyRule {
    const texts = TEXTS.map((name) => [name, typed(field(name))])
    const lists = LISTS.map((name) => [name, valuesIn(typed(field(name)))])
    return {
      ...Object.fromEntries(texts),
      ...Object.fromEntries(lists),
      form: typed(field('form')),
      unwrap: this.#readSteps(),
    } as ReplyRule
  }

  put(rule: Partial<ReplyRule>): void {
    for (const name of TEXTS) field(name).val(rule[name] ?? '')
    for (const name of LISTS) field(name).val((rule[name] ?? []).join(', '))
    field('form').val(rule.form ?? 'xml')
    this.#steps.editableList('empty')
    fillList(this.#steps, rule.unwrap ?? [])
    this.#changed()
  }

  /** Takes a value at a place into a list; of another place than that of the rule, a rule is begun. */
  take(place: ReplyRule, list: RuleList, value: string): void {
    const before = this.read()
    const kept = isSamePlace(before, place) ? before : { ...place, words: '' }
    const without = LISTS.map((name) => [name, kept[name].filter((one) => one !== value)])
    const lists = Object.fromEntries(without) as Record<RuleList, readonly string[]>
    this.put({ ...kept, ...lists, [list]: [...lists[list], value] })
  }

  onChange(listener: () => void): void {
    this.#place.on('change input', listener)
  }

  #readSteps(): readonly UnwrapStep[] {
    return this.#steps
      .editableList('items')
      .toArray()
      .map((item) => {
        const step = typed(item.find('select')) as UnwrapStep['step']
        return { step, at: hasPlace(step) ? typed(item.find('input')) : '' }
      })
  }

  #changed(): void {
    this.#place.trigger('change')
  }

  #check(): void {
    const isText = typed(field('form')) === 'text'
    for (const name of ['code', 'words']) field(name).closest('.form-row').toggle(!isText)
    if (isText) for (const name of ['code', 'words']) field(name).val('')
    const wrong = wrongIn(this.read())
    $('#hospital-crisis-rule-wrong').text(wrong ? text(wrong.key, wrong.options) : '')
  }
}

const typed = (input: JQuery): string => String(input.val() ?? '').trim()

const valuesIn = (written: string): readonly string[] =>
  written
    .split(/[,，]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')

const hasPlace = (step: unknown): boolean => step === 'xml' || step === 'json'

const isSamePlace = (one: ReplyRule, other: ReplyRule): boolean =>
  one.form === other.form &&
  one.code === other.code &&
  one.returned === other.returned &&
  JSON.stringify(one.unwrap) === JSON.stringify(other.unwrap)

function addStep(item: JQuery, { step = 'text', at = '' }: Partial<UnwrapStep>): void {
  const row = $('<div class="hospital-crisis-cells">').appendTo(item)
  const choice = $('<select>').attr('aria-label', text('crisis-peer.label.unwrap')).appendTo(row)
  for (const name of UNWRAP_STEPS) {
    $('<option>')
      .val(name)
      .text(text(`crisis-peer.step.${name}`))
      .appendTo(choice)
  }
  const place = $('<input type="text">')
    .attr({ 'aria-label': text('crisis-peer.label.stepAt'), placeholder: 'Envelope/Data' })
    .val(at)
    .appendTo(row)
  choice.val(step).on('change', () => {
    const isDocument = choice.val() === 'xml' || choice.val() === 'json'
    place
      .toggle(isDocument)
      .attr('placeholder', choice.val() === 'json' ? '/data' : 'Envelope/Data')
  })
  choice.trigger('change')
}
