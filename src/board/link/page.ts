import type { ActKind } from '../../loop/index.js'
import type { Crisis, Person, Reason } from '../../messages/index.js'
import { Html, html } from '../html.js'
import { said, type PageLanguage } from './language.js'
import { STYLE } from './style.js'
import { ACT_TEXTS, DONE_TEXTS, MARKS, STATES, T } from './texts.js'

/*
 * The pages behind a one-time link, as texts: who asks is shown no more than the message has said, until they have said
 * who they are. No script, no picture, nothing from elsewhere.
 */

export interface PageFrame {
  readonly language: PageLanguage
  /** The name of the hospital; '' = none. */
  readonly hospital: string
}

/** A time as people read it, in the zone of the hospital. */
export type ShowTime = (at: string | number) => string

export interface SafeAbout {
  readonly examNo: string
  readonly level: string
  readonly setAt: string | null
  readonly openedAt: number
  readonly flags: readonly (keyof typeof MARKS)[]
}

/** Exam numbers are known at many places of a hospital; only their end is shown. */
const SHOWN_DIGITS = 4

interface Frame extends PageFrame {
  /** The other language: a link, or within a form a button. */
  readonly other?: Html
}

const document = ({ language, hospital, other }: Frame, heading: string, body: readonly Html[]) =>
  html`
    <!doctype html>
    <html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${said(language, T.title)}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          <header>
            <p>${hospital}</p>
            ${other ?? linkTo(language)}
          </header>
          <h1>${heading}</h1>
          ${body}
        </main>
      </body>
    </html>
  `.text.trim()

/** To the character, since a browser takes no other style. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`)

const linkTo = (language: PageLanguage): Html => html`
  <a href="?lang=${language === 'zh' ? 'en' : 'zh'}">${said(language, T.other)}</a>
`

const marks = (language: PageLanguage, flags: SafeAbout['flags']): readonly Html[] =>
  (Object.keys(MARKS) as (keyof typeof MARKS)[])
    .filter((mark) => flags.includes(mark))
    .map(
      (mark) => html`
        <p class="mark">${said(language, MARKS[mark])}</p>
      `,
    )

const entry = (term: string, value: string): Html | null =>
  value.trim() === ''
    ? null
    : html`
        <dt>${term}</dt>
        <dd>${value}</dd>
      `

const timeEntry = (
  language: PageLanguage,
  about: Pick<SafeAbout, 'setAt' | 'openedAt'>,
  time: ShowTime,
) =>
  about.setAt === null
    ? entry(said(language, T.cameAt), time(about.openedAt))
    : entry(said(language, T.setAt), time(about.setAt))

const hidden = (name: string, value: string): Html => html`
  <input type="hidden" name="${name}" value="${value}" />
`

/** The first page: whoever has the link sees what the message has said, and says who they are. */
export function askPage(
  frame: PageFrame,
  ask: {
    readonly about: SafeAbout
    readonly proof: string
    readonly problem: Reason | null
    readonly time: ShowTime
  },
): string {
  const { language } = frame
  const { about, proof, problem, time } = ask
  const examNo = about.examNo.length > SHOWN_DIGITS ? `…${about.examNo.slice(-SHOWN_DIGITS)}` : ''
  return document(frame, said(language, T.safe), [
    ...marks(language, about.flags),
    html`
      <section>
        <dl>
          ${[
            entry(said(language, T.level), about.level),
            entry(said(language, T.exam), examNo),
            timeEntry(language, about, time),
          ]}
        </dl>
      </section>
    `,
    html`
      <section>
        <form method="post" autocomplete="off">
          ${[hidden('lang', language), hidden('step', 'who'), hidden('proof', proof)]}
          <p><strong>${said(language, T.who)}</strong></p>
          ${
            problem &&
            html`
              <p class="mark" role="alert">${said(language, problem)}</p>
            `
          }
          <label>
            ${said(language, T.typed)}
            <input
              type="text"
              name="typed"
              required
              maxlength="64"
              autocapitalize="off"
              autocorrect="off"
              spellcheck="false"
            />
          </label>
          <button class="main">${said(language, T.go)}</button>
        </form>
      </section>
    `,
  ])
}

export interface ActPage {
  readonly about: SafeAbout
  readonly crisis: Crisis
  readonly person: Person
  readonly isTakenOver: boolean
  readonly receivedBy: Person | null
  /** Others to whom it can be passed on; none = a name is typed. */
  readonly people: readonly Person[]
  readonly who: string
  readonly proof: string
  readonly problem: Reason | null
  readonly time: ShowTime
}

/** The second page: the critical value, and what the person can say of it. */
export function actPage(frame: PageFrame, page: ActPage): string {
  const { language } = frame
  const { about, crisis, person, receivedBy, time } = page
  const fields = [hidden('lang', language), hidden('who', page.who), hidden('proof', page.proof)]
  const isRevised = about.flags.includes('revised') || about.flags.includes('cancelled')
  const other = html`
    <form method="post">
      ${[
        hidden('lang', language === 'zh' ? 'en' : 'zh'),
        hidden('step', 'show'),
        hidden('who', page.who),
        hidden('proof', page.proof),
      ]}
      <button class="plain">${said(language, T.other)}</button>
    </form>
  `
  const settor = crisis.CrisisSettor ? nameOf(crisis.CrisisSettor) : ''
  return document({ ...frame, other }, said(language, T.value), [
    ...marks(language, about.flags),
    ...(page.problem
      ? [
          html`
            <p class="mark" role="alert">${said(language, page.problem)}</p>
          `,
        ]
      : []),
    html`
      <section>
        <p class="value">${crisis.CrisisName ?? ''}</p>
        <dl>
          ${[
            entry(said(language, T.memo), crisis.CrisisMemo ?? ''),
            entry(said(language, T.level), crisis.CrisisCode ?? ''),
            entry(said(language, T.type), crisis.CrisisType ?? ''),
            entry(said(language, T.sickNo), crisis.SickNo ?? ''),
            entry(said(language, T.examNo), crisis.ExamNo ?? ''),
            entry(said(language, T.applyNo), crisis.ApplyNo ?? ''),
            entry(said(language, T.settor), settor),
            timeEntry(language, about, time),
            entry(said(language, T.you), nameOf(person)),
          ]}
        </dl>
      </section>
    `,
    ...(receivedBy
      ? [
          html`
            <p class="good">
              ${filled(said(language, T.receivedBy), { name: nameOf(receivedBy) })}
            </p>
          `,
        ]
      : []),
    ...(page.isTakenOver && !isRevised
      ? [
          html`
            <p class="mark">${said(language, T.takenOver)}</p>
          `,
        ]
      : []),
    ...(isRevised ? [] : actForms(language, page, fields)),
  ])
}

function actForms(language: PageLanguage, page: ActPage, fields: readonly Html[]): readonly Html[] {
  const button = (kind: ActKind, isMain = false): Html => html`
    <button name="action" value="${kind}" class="${isMain ? 'main' : ''}">
      ${said(language, ACT_TEXTS[kind])}
    </button>
  `
  const isReceived = page.receivedBy !== null
  const acts = isReceived
    ? [button('processed', true)]
    : [button('received', true), button('processed')]
  return [
    html`
      <section>
        <form method="post">
          ${[...fields, hidden('step', 'act')]}
          <label class="tick">
            <input type="checkbox" name="readBack" value="yes" />
            <span>${said(language, T.readBack)}</span>
          </label>
          <label>
            ${said(language, T.note)}
            <textarea name="note" rows="2" maxlength="1000"></textarea>
          </label>
          ${acts}
        </form>
      </section>
    `,
    html`
      <section>
        <details>
          <summary>${said(language, T.more)}</summary>
          <form method="post">${[...fields, hidden('step', 'act')]}${button('refused')}</form>
          <form method="post">
            ${[...fields, hidden('step', 'act')]}
            <label>${said(language, T.to)}${whomOf(language, page)}</label>
            ${button('passedOn')}
          </form>
        </details>
      </section>
    `,
  ]
}

function whomOf(language: PageLanguage, { people, person }: ActPage): Html {
  const others = people.filter(({ code, name }) => code !== person.code || name !== person.name)
  if (others.length === 0)
    return html`
      <input type="text" name="to" required maxlength="64" />
    `
  return html`
    <select name="to" required>
      <option value="">${said(language, T.choose)}</option>
      ${others.map(
        (one) => html`
          <option value="${one.code || one.name}">${nameOf(one)}</option>
        `,
      )}
    </select>
  `
}

/** The last page: what was recorded, by whom and when. */
export function donePage(
  frame: PageFrame,
  done: {
    readonly kind: ActKind
    readonly person: Person
    readonly at: string
    /** The address of the link for the processing; null = there is none. */
    readonly next: string | null
  },
): string {
  const { language } = frame
  const next =
    done.next === null
      ? []
      : [
          html`
            <section>
              <p>${said(language, T.next)}</p>
              <a class="button" href="${done.next}">${said(language, T.recordNext)}</a>
            </section>
          `,
        ]
  return document({ ...frame, other: html`` }, said(language, T.recorded), [
    html`
      <section role="status">
        <p class="value good">${said(language, DONE_TEXTS[done.kind])}</p>
        <dl>
          ${[
            entry(said(language, T.you), nameOf(done.person)),
            entry(said(language, T.recordedAt), done.at),
          ]}
        </dl>
      </section>
    `,
    ...next,
  ])
}

/** Nothing was recorded, and why. */
export const refusedPage = (frame: PageFrame, reason: Reason): string =>
  document({ ...frame, other: html`` }, said(frame.language, T.nothing), [
    html`
      <section><p>${said(frame.language, reason)}</p></section>
    `,
  ])

/** A link that cannot be used, and what was recorded by it. */
export function statePage(
  frame: PageFrame,
  state: keyof typeof STATES,
  used: { readonly kind: ActKind; readonly at: string } | null,
): string {
  const { language } = frame
  const recorded = used
    ? [
        html`
          <section>
            <p>${said(language, T.recorded)}</p>
            <p class="value good">${said(language, DONE_TEXTS[used.kind])}</p>
            <p class="quiet">${used.at}</p>
          </section>
        `,
      ]
    : []
  return document(frame, said(language, T.title), [
    html`
      <p class="mark">${said(language, STATES[state])}</p>
    `,
    ...recorded,
  ])
}

/** @param values by their names in the text, in braces */
export const filled = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)

const nameOf = ({ code, name }: Person): string =>
  [name, code].filter((part) => part.trim() !== '').join(' ')
