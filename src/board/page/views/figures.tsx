import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { FigureGroup, FigureMeaning, FiguresView, FigureView } from '../../api.js'
import { useAsked } from '../board-context.js'
import { clockNow, daysBefore, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Chart } from '../parts/chart.js'
import { Filter, type FilterField } from '../parts/filter.js'
import { Answered, Empty, Scroll } from '../parts/states.js'
import { linkTo } from '../route.js'
import { MISSED } from './figure-words.js'

const T = {
  title: words('指标', 'Figures'),
  none: words('此期间没有数据', 'Nothing in this period'),
  uncounted: words('另有 {n} 例尚未计入', '{n} values are not counted yet'),
  cut: words('分组过多，请缩短期间', 'Too many groups: choose a shorter period'),
  of: words('{numerator} / {denominator}', '{numerator} of {denominator}'),
  open: words('未到期 {n}', '{n} may still be done'),
  excluded: words('未计入 {n}', '{n} left out'),
  missed: words('未达标 {n} 例', '{n} missed'),
  share: words('算法', 'Counted'),
  source: words('来源', 'Source'),
  chart: words('{name}，各组', '{name}, by group'),
  caption: words('各组指标；数字可点开查看登记', 'Figures by group; each leads to its rows'),
  group: words('分组', 'Group'),
  unknown: words('不明', 'not known'),
}

const DAYS = 30
const GROUPS: readonly (readonly [FigureGroup, ReturnType<typeof words>])[] = [
  ['day', words('日', 'day')],
  ['month', words('月', 'month')],
  ['quarter', words('季', 'quarter')],
  ['year', words('年', 'year')],
  ['department', words('科室', 'department')],
  ['shift', words('班次', 'shift')],
]

const FIELDS: readonly FilterField[] = [
  { name: 'from', label: words('从', 'From'), kind: 'date' },
  { name: 'until', label: words('到', 'To'), kind: 'date' },
  { name: 'by', label: words('分组', 'Grouped by'), kind: 'choice', options: GROUPS },
  { name: 'department', label: words('科室', 'Department'), kind: 'text' },
  { name: 'shift', label: words('班次', 'Shift'), kind: 'text' },
]

type Query = Readonly<Record<'from' | 'until' | 'by', string> & Record<string, string>>

/** The share in percent, or so many for each value; null = there was nothing to count. */
export function valueOf(figure: FigureView | undefined, isShare: boolean): number | null {
  if (!figure || figure.denominator === 0) return null
  return (figure.numerator / figure.denominator) * (isShare ? 100 : 1)
}

/** Late for good; those that may still be done are not among them. */
const missedOf = (figure: FigureView | undefined): number =>
  figure ? figure.denominator - figure.numerator - figure.open : 0

const shown = (value: number | null, isShare: boolean): string =>
  value === null ? '–' : isShare ? `${value.toFixed(1)}%` : value.toFixed(2)

export function Figures(props: { readonly query: Readonly<Record<string, string>> }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const today = times.day(clockNow())
  const query: Query = { from: daysBefore(today, DAYS), until: today, by: 'day', ...props.query }
  const asked = useAsked('figures', query)
  return (
    <>
      <h1 tabIndex={-1}>{say(T.title)}</h1>
      <Filter place="figures" fields={FIELDS} values={query} />
      <Answered asked={asked}>{(view) => <Shown view={view} query={query} />}</Answered>
    </>
  )
}

function Shown({ view, query }: { readonly view: FiguresView; readonly query: Query }): VNode {
  const say = useSay()
  const [chosen, setChosen] = useState('receivedOnTime')
  const meaning = view.meanings.find(({ code }) => code === chosen) ?? view.meanings[0]
  if (!meaning || view.whole.every(({ denominator }) => denominator === 0)) {
    return <Empty>{say(T.none)}</Empty>
  }
  return (
    <>
      {view.uncounted > 0 && <p class="stale">{say(T.uncounted, { n: view.uncounted })}</p>}
      {view.isCut && <p class="stale">{say(T.cut)}</p>}
      <div class="figures">
        {view.meanings.map((one) => (
          <FigureCard
            key={one.code}
            meaning={one}
            figure={view.whole.find(({ code }) => code === one.code)}
            isChosen={one === meaning}
            choose={() => setChosen(one.code)}
            query={query}
          />
        ))}
      </div>
      <section>
        <h2>{say(meaning.name)}</h2>
        <Chart
          label={say(T.chart, { name: say(meaning.name) })}
          labels={view.groups.map(({ label }) => label || say(T.unknown))}
          values={view.groups.map(({ figures }) =>
            valueOf(
              figures.find(({ code }) => code === meaning.code),
              meaning.isShare,
            ),
          )}
          isShare={meaning.isShare}
          isTime={!['department', 'shift'].includes(query.by)}
        />
        <dl class="meaning">
          <dt>{say(T.share)}</dt>
          <dd>
            {say(meaning.numerator)} / {say(meaning.denominator)}
          </dd>
          <dt>{say(T.source)}</dt>
          <dd>{meaning.source}</dd>
        </dl>
      </section>
      <GroupTable view={view} query={query} />
    </>
  )
}

function FigureCard(props: {
  readonly meaning: FigureMeaning
  readonly figure: FigureView | undefined
  readonly isChosen: boolean
  readonly choose: () => void
  readonly query: Query
}): VNode {
  const say = useSay()
  const { meaning, figure, query } = props
  const missed = missedOf(figure)
  const { from, until, department = '', shift = '' } = query
  return (
    <div class="figure" data-chosen={props.isChosen}>
      <button type="button" aria-pressed={props.isChosen} onClick={props.choose}>
        <span>{say(meaning.name)}</span>
        <strong>{shown(valueOf(figure, meaning.isShare), meaning.isShare)}</strong>
      </button>
      <p>
        <span>
          {say(T.of, {
            numerator: figure?.numerator ?? 0,
            denominator: figure?.denominator ?? 0,
          })}
        </span>
        {(figure?.open ?? 0) > 0 && <span>{say(T.open, { n: figure?.open ?? 0 })}</span>}
        {(figure?.excluded ?? 0) > 0 && (
          <span>{say(T.excluded, { n: figure?.excluded ?? 0 })}</span>
        )}
        {meaning.isShare && missed > 0 && meaning.code in MISSED && (
          <a
            href={linkTo('register', '', { from, until, department, shift, missed: meaning.code })}
          >
            {say(T.missed, { n: missed })}
          </a>
        )}
      </p>
    </div>
  )
}

/** The days that a period such as `2026-01`, `2026-Q1` or `2026` has; the last day is as late as can be. */
export function daysOf(label: string): Readonly<{ from: string; until: string }> | null {
  const [, year = '', rest = ''] = /^(\d{4})-?(.*)$/.exec(label) ?? []
  if (year === '') return null
  if (rest === '') return { from: `${year}-01-01`, until: `${year}-12-31` }
  if (/^\d\d-\d\d$/.test(rest)) return { from: label, until: label }
  const quarter = /^Q([1-4])$/.exec(rest)?.[1]
  const last = quarter ? Number(quarter) * 3 : Number(rest)
  const first = quarter ? last - 2 : last
  const end = new Date(Date.UTC(Number(year), last, 0)).toISOString().slice(0, 10)
  return { from: `${year}-${String(first).padStart(2, '0')}-01`, until: end }
}

function GroupTable({ view, query }: { readonly view: FiguresView; readonly query: Query }): VNode {
  const say = useSay()
  const { from, until, department = '', shift = '', by } = query
  const isTime = !['department', 'shift'].includes(by)
  // Over time people look for the latest first.
  const rows = [...view.groups]
  if (isTime) rows.reverse()
  const rowsOf = (label: string, missed: string): string => {
    const own = isTime ? (daysOf(label) ?? {}) : { [by]: label }
    return linkTo('register', '', { from, until, department, shift, ...own, missed })
  }
  return (
    <Scroll label={say(T.caption)}>
      <table class="groups">
        <caption class="hidden">{say(T.caption)}</caption>
        <thead>
          <tr>
            <th scope="col">{say(T.group)}</th>
            {view.meanings.map(({ code, name }) => (
              <th key={code} scope="col">
                {say(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, figures }) => (
            <tr key={label}>
              <th scope="row">
                {label === '' ? say(T.unknown) : <a href={rowsOf(label, '')}>{label}</a>}
              </th>
              {view.meanings.map(({ code, isShare }) => {
                const figure = figures.find((one) => one.code === code)
                // No filter asks for rows of which the group is not known.
                const isMissed = label !== '' && isShare && missedOf(figure) > 0
                const value = shown(valueOf(figure, isShare), isShare)
                return (
                  <td key={code} class="number">
                    {isMissed && code in MISSED ? <a href={rowsOf(label, code)}>{value}</a> : value}
                    <small>
                      {' '}
                      {figure?.numerator ?? 0}/{figure?.denominator ?? 0}
                    </small>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
