import { inOwnLanguage, line, post, reasonOf, text } from './page.js'
import type { LedgerState, SeenLedger } from './shared.js'

const TAB = 'hospital-crisis-state'

/** Interval between two questions while the tab is seen, in ms. */
const ASK_MS = 5_000
/** Interval at which it is looked whether the tab is seen, in ms: versions of Node-RED tell of that differently. */
const LOOK_MS = 1_000

/** Adds the tab with the state of the ledgers, once the editor knows our nodes and their texts. */
export function addSidebar(): void {
  if (RED.nodes.getType('crisis store')) return start()
  const added = (type: string): void => {
    if (type !== 'crisis store') return
    RED.events.off('registry:node-type-added', added)
    start()
  }
  RED.events.on('registry:node-type-added', added)
}

function start(): void {
  const words = text('crisis-store.state.refresh')
  const button = $('<button type="button" class="red-ui-button red-ui-button-small">')
    .attr({ title: words, 'aria-label': words })
    .append('<i class="fa fa-refresh">')
  const body = $('<div>').append(note('loading', 'fa-spinner fa-spin'))
  const place = $('<div class="hospital-crisis-state">').append(button, body)
  RED.sidebar.addTab({
    id: TAB,
    label: text('crisis-store.state.tab'),
    name: text('crisis-store.state.name'),
    iconClass: 'fa fa-heartbeat',
    content: place,
    enableOnEdit: false,
  })
  const panel = new Panel(body)
  button.on('click', () => panel.ask())
  setInterval(() => {
    if (place.is(':visible') && document.visibilityState === 'visible') panel.askInTime()
    else panel.forget()
  }, LOOK_MS)
}

/** The part of the tab that tells of the ledgers. */
class Panel {
  readonly #place: JQuery
  #askedAt = -ASK_MS
  #isAsking = false
  #shown = ''

  constructor(place: JQuery) {
    this.#place = place
  }

  askInTime(): void {
    if (performance.now() - this.#askedAt >= ASK_MS) this.ask()
  }

  /** Whoever looks again is told at once. */
  forget(): void {
    this.#askedAt = -ASK_MS
  }

  ask(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    this.#askedAt = performance.now()
    void post('state', {})
      .then(
        ({ ledgers }: { ledgers: readonly LedgerState[] }) =>
          this.#show(() => sectionsOf(ledgers), saidOf(ledgers)),
        (failed: JQuery.jqXHR) =>
          this.#show(() => [line('bad', reasonOf(failed))], reasonOf(failed)),
      )
      .always(() => {
        this.#isAsking = false
      })
  }

  /** A row that has not changed stays, and with it the focus of whoever is in there. */
  #show(parts: () => readonly JQuery[], said: string): void {
    if (said === this.#shown) return
    this.#shown = said
    const focused = this.#place.find(':focus').attr('data-jump')
    this.#place.empty().append(...parts())
    if (focused === undefined) return
    this.#place
      .find(`[data-jump="${CSS.escape(focused)}"]`)
      .first()
      .trigger('focus')
  }
}

/** All that is shown, the names of nodes too, as one text. The ledger's own time goes on without a change. */
const saidOf = (ledgers: readonly LedgerState[]): string =>
  JSON.stringify([
    ledgers.map(({ seen, ...rest }) => ({ ...rest, seen: seen && { ...seen, at: 0 } })),
    namesIn(ledgers),
  ])

/** The names of all that is named: people may change them at any time. */
const namesIn = (ledgers: readonly LedgerState[]): readonly string[] =>
  ledgers.flatMap(({ store, seen }) => [
    labelOf(store),
    ...(seen?.owed.map(({ peer }) => labelOf(peer)) ?? []),
    ...(seen?.stuck.map(({ node }) => labelOf(node)) ?? []),
  ])

function sectionsOf(ledgers: readonly LedgerState[]): readonly JQuery[] {
  if (ledgers.length === 0) return [note('none', 'fa-info-circle')]
  return ledgers.map((ledger) =>
    $('<section>').append($('<h3>').append(nameOf(ledger.store)), ...bodyOf(ledger)),
  )
}

const nameOf = (store: string): JQuery =>
  store === '' ? $('<span>').text(text('crisis-store.option.file')) : jump(store)

function bodyOf({ state, reason, seen }: LedgerState): readonly JQuery[] {
  if (seen) return [tableOf(seen)]
  if (state === 'failing') {
    return [line('bad', inOwnLanguage(reason ?? undefined) || text('crisis-store.state.failing'))]
  }
  return [note(state === 'opening' ? 'opening' : 'unused', 'fa-info-circle')]
}

function note(key: string, icon: string): JQuery {
  const words = document.createTextNode(` ${text(`crisis-store.state.${key}`)}`)
  return $('<div class="hospital-crisis-note">').append($('<i class="fa">').addClass(icon), words)
}

function tableOf({ open, overdue, owed, stuck, lastTrouble }: SeenLedger): JQuery {
  const table = $('<table class="hospital-crisis-table">')
  row(table, 'open', String(open), open > 0 ? 'note' : 'good')
  const late = (['received', 'processed'] as const).filter((until) => overdue[until] > 0)
  const said = late.map((until) =>
    text(`crisis-store.state.late.${until}`, { count: overdue[until] }),
  )
  row(
    table,
    'overdue',
    said.join(text('crisis-store.state.between')) || '0',
    late.length > 0 ? 'bad' : 'good',
  )
  const waiting = owed.reduce((sum, { count }) => sum + count, 0)
  row(table, 'owed', String(waiting), waiting > 0 ? 'note' : 'good')
  for (const { peer, count, oldestAt } of owed) {
    const since =
      oldestAt === null ? '' : text('crisis-store.state.since', { time: timeOf(oldestAt) })
    below(table, jump(peer), `${count}${since}`)
  }
  const needs = stuck.reduce((sum, { count }) => sum + count, 0)
  row(table, 'stuck', String(needs), needs > 0 ? 'bad' : 'good')
  for (const { kind, node, count } of stuck) {
    const what = $('<span>').text(text(`crisis-store.state.kind.${kind}`))
    if (node !== '') what.append(document.createTextNode(' '), jump(node))
    below(table, what, String(count))
  }
  if (!lastTrouble) return table
  const { reason, code, at, node } = lastTrouble
  const words = $('<span>').text(`${inOwnLanguage(reason)} [${code}] `)
  if (node !== '') words.append(jump(node))
  below(table, $('<span>').text(text('crisis-store.state.lastTrouble')), timeOf(at))
  table.append($('<tr>').append($('<td colspan="2">').append(words)))
  return table
}

/** A number by its name, with a sign of how it stands: colour alone would not tell everybody. */
function row(table: JQuery, key: string, number: string, look: 'good' | 'note' | 'bad'): void {
  const name = $('<th scope="row">').text(text(`crisis-store.state.${key}`))
  table.append($('<tr>').append(name, $('<td>').append(line(look, number))))
}

function below(table: JQuery, name: JQuery, said: string): void {
  table.append(
    $('<tr class="hospital-crisis-below">').append($('<td>').append(name), $('<td>').text(said)),
  )
}

/** The node of an id as it is in the flows; that of a subflow by the one that stands in the flow. */
const nodeOf = (id: string) => [id, ...id.split('-')].flatMap((one) => RED.nodes.node(one) ?? [])[0]

function labelOf(id: string): string {
  const node = nodeOf(id)
  return node ? RED.utils.getNodeLabel(node, id) : id
}

/** The name of a node, which leads to it; one that is in no flow any more is only named. */
function jump(id: string): JQuery {
  const node = nodeOf(id)
  if (!node) return $('<code>').text(id)
  return $('<button type="button" class="hospital-crisis-jump">')
    .attr('data-jump', id)
    .text(labelOf(id))
    .on('click', () => {
      if (node._def.category === 'config') RED.editor.editConfig('', node.type, node.id)
      else RED.view.reveal(node.id)
    })
}

/** As short as it is clear: without the day when it is of today. */
function timeOf(at: number): string {
  const time = new Date(at)
  const clock = { hour: '2-digit', minute: '2-digit', hour12: false } as const
  const isToday = time.toDateString() === new Date().toDateString()
  const day = isToday ? {} : ({ month: '2-digit', day: '2-digit' } as const)
  return time.toLocaleString(RED.i18n.lang(), { ...day, ...clock })
}
