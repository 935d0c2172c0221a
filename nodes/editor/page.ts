const MODULE = '@hospital-flows/node-red-crisis/'

/** A text of one of our catalogues; the key begins with the name of its node. */
export const text = (key: string, options?: object): string =>
  RED._(`${MODULE}${key.split('.')[0]}:${key}`, options)

/** Adds rows to a table, which then shows the first of them: the editor shows the one that was added last. */
export function fillList(list: JQuery, rows: readonly object[]): void {
  for (const row of rows) list.editableList('addItem', { ...row })
  setTimeout(() => list.closest('.red-ui-editableList-container').scrollTop(0))
}

/** A reason as the runtime gives it. */
export interface Reason {
  readonly zh: string
  readonly en: string
}

/** Of what the runtime says in both languages, the one of the editor. */
export const inOwnLanguage = (said: Reason | undefined): string =>
  (RED.i18n.lang().startsWith('zh') ? said?.zh : said?.en) ?? ''

/** Why a request of the editor failed, in the editor's language. */
export function reasonOf(request: JQuery.jqXHR): string {
  const given = (request.responseJSON as { reason?: Reason } | undefined)?.reason
  if (given) return inOwnLanguage(given)
  if (request.status === 401 || request.status === 403) return text('crisis-store.error.permission')
  if (request.status === 404) return text('crisis-store.error.notDeployed')
  return text('crisis-store.error.request', { status: request.status })
}

/** Asks the runtime, which answers those who may change flows. */
export const post = (path: string, body: object): JQuery.jqXHR =>
  $.ajax({
    url: `hospital-flows-crisis/${path}`,
    method: 'POST',
    contentType: 'application/json; charset=utf-8',
    dataType: 'json',
    data: JSON.stringify(body),
  })

/** Posts for a button, which turns meanwhile and cannot be pressed twice. */
export function ask(button: JQuery, path: string, body: object): JQuery.jqXHR {
  const icon = button.prop('disabled', true).find('i')
  const before = icon.attr('class') ?? ''
  icon.attr('class', 'fa fa-spinner fa-spin')
  return post(path, body).always(() => {
    button.prop('disabled', false)
    icon.attr('class', before)
  })
}

/** An icon and words as a line: `good` is green, `bad` is red, `note` says it without a judgement. */
export function line(kind: 'good' | 'bad' | 'note', message: string): JQuery {
  const icon = { good: 'fa-check', bad: 'fa-times', note: 'fa-info-circle' }[kind]
  const look = { good: 'good', bad: 'error', note: 'note' }[kind]
  return $('<div>')
    .addClass(`hospital-crisis-${look}`)
    .append($('<i class="fa">').addClass(icon), document.createTextNode(` ${message}`))
}
