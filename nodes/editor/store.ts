import type { Dialog } from './dialog.js'
import { SAVED, type Form } from './form.js'
import { ask, inOwnLanguage, line, reasonOf, text, type Reason } from './page.js'
import { departments, given, local, numbers, shifts, where } from './rules.js'
import { STORE_NUMBERS } from './shared.js'

const NUMBERS = numbers(STORE_NUMBERS)

const isServer = (setting: (name: string) => unknown): boolean => setting('engine') === 'postgres'
const isFile = (setting: (name: string) => unknown): boolean => !isServer(setting)

/** The settings that the test button asks about, besides the password. */
const PLACE = ['engine', 'file', 'host', 'port', 'database', 'user', 'tls'] as const

export const store: Dialog = {
  rules: {
    ...NUMBERS,
    file: where(isFile, local),
    host: where(isServer, given),
    port: where(isServer, NUMBERS.port),
    database: where(isServer, given),
    user: where(isServer, given),
    shifts,
    departments,
  },

  prepare(form) {
    form.watch(['engine'], () => {
      const atServer = form.text('engine') === 'postgres'
      $('#hospital-crisis-file-rows, #hospital-crisis-backup-rows').toggle(!atServer)
      $('#hospital-crisis-postgres-rows').toggle(atServer)
      // The engine decides whether these are needed.
      form.recheck('host', 'port', 'database', 'user')
    })
    prepareTest(form)
  },
}

function prepareTest(form: Form): void {
  const place = $('#hospital-crisis-store-result')
  const button = $('#hospital-crisis-store-test')
  let latest = 0
  const forget = (): number => {
    place.empty().hide()
    latest += 1
    return latest
  }
  // A result speaks of the settings it was made with.
  form.input(...PLACE, 'password').on('change input', forget)
  button.on('click', () => {
    const mine = forget()
    const asked = Object.fromEntries(PLACE.map((name) => [name, form.value(name)]))
    const password = form.value('password')
    const show = (kind: 'good' | 'bad', message: string, note = ''): void => {
      if (mine !== latest) return
      place.append(line(kind, message), $('<div class="hospital-crisis-note">').text(note)).show()
    }
    ask(button, 'store-test', {
      id: form.node.id,
      ...asked,
      tls: form.chosen('tls'),
      // A saved password is known to the runtime only.
      ...(password !== SAVED && { password }),
    })
      .done(({ version, detail }: { version: string; detail: Reason }) =>
        show('good', text('crisis-store.test.good', { version }), inOwnLanguage(detail)),
      )
      .fail((request: JQuery.jqXHR) => show('bad', reasonOf(request)))
  })
}
