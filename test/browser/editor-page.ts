import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Browser, ConsoleMessage, Page } from 'playwright-core'

/** How long a dialog takes to close at the most. */
const SAVE_MS = 5_000

/** What these tests use of the editor's own objects, inside the page. */
interface EditorNode {
  readonly id: string
  readonly type: string
  readonly valid: boolean
  readonly _def: { readonly defaults: object }
  readonly [setting: string]: unknown
}

interface Editor {
  readonly editor: {
    edit(node: EditorNode): void
    editConfig(name: string, type: string, id: string): void
  }
  readonly nodes: {
    node(id: string): EditorNode
    getType(type: string): unknown
    getNodeHelp(type: string): string
    createExportableNodeSet(nodes: readonly EditorNode[]): unknown
  }
}

declare const RED: Editor

/** Chromium as Debian, or the site, installs it. */
export function findChromium(): string | undefined {
  const places = [
    process.env['CHROMIUM_PATH'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ]
  return places.find((place) => place !== undefined && existsSync(place))
}

export type Look = 'light' | 'dark'

/** What a browser logs without a fault of ours: the catalogue of nodes is out of reach, and questions are refused. */
const isExpected = (message: ConsoleMessage): boolean =>
  /catalogue\.nodered\.org|\/hospital-flows-crisis\//.test(message.location().url + message.text())

export interface Layout {
  readonly trayWidth: number
  /** Labels and choices whose text does not fit. */
  readonly cut: readonly string[]
  /** Inputs that do not begin or end where the others do. */
  readonly astray: readonly string[]
}

/** Runs in the page, which the tests have no types for. */
const MEASURE = `(() => {
  const tray = [...document.querySelectorAll('.red-ui-tray')].at(-1)
  const seen = (one) => one.checkVisibility()
  const nameOf = (one) => one.id || one.className || one.textContent.trim()
  const isWider = (one) => one.scrollWidth > one.clientWidth + 1
  const labels = [...tray.querySelectorAll('.form-row > label, .hospital-crisis-day > span, summary, .form-tips, .hospital-crisis-note')]
  const choices = [...tray.querySelectorAll('.form-row select')].filter((one) => {
    const text = document.createElement('span')
    text.style.cssText = 'position:absolute; white-space:nowrap; font:' + getComputedStyle(one).font
    text.textContent = one.selectedOptions[0]?.textContent ?? ''
    document.body.append(text)
    const isCut = text.getBoundingClientRect().width > one.clientWidth - 24
    text.remove()
    return isCut
  })
  // A label that is broken into lines fits; one that is broken in the middle of a word does not.
  const cut = [...labels.filter((one) => seen(one) && isWider(one)), ...choices.filter(seen)]
  const rows = [...tray.querySelectorAll('.form-row')].filter((row) => seen(row) && !row.matches('.hospital-crisis-check'))
  const firsts = rows.flatMap((row) => {
    const label = row.querySelector(':scope > label')
    const field = [...row.children].find((one) => one !== label && seen(one))
    return label && field ? [field] : []
  })
  const lefts = firsts.map((one) => one.getBoundingClientRect().left)
  const middle = lefts.toSorted((a, b) => a - b)[lefts.length >> 1]
  const astray = firsts.filter((one, index) => Math.abs(lefts[index] - middle) > 1)
  const right = tray.querySelector('.red-ui-tray-body').getBoundingClientRect().right
  const outside = firsts.filter((one) => one.getBoundingClientRect().right > right)
  return {
    trayWidth: tray.getBoundingClientRect().width,
    cut: cut.map((one) => nameOf(one) + ': ' + one.textContent.trim().slice(0, 60)),
    astray: [...astray, ...outside].map(nameOf),
  }
})()`

/** The editor in a browser, in one language and look. */
export class EditorPage {
  readonly #page: Page
  readonly #label: string
  /** Errors that no script caught, and what the editor logs when a dialog's own code throws. */
  readonly errors: string[] = []

  constructor(page: Page, label: string) {
    this.#page = page
    this.#label = label
    // Leaving with unsaved changes is asked about.
    page.on('dialog', (dialog) => void dialog.accept())
    page.on('pageerror', (error) => this.errors.push(error.stack ?? String(error)))
    page.on('console', (message) => {
      const text = message.text()
      const isTold = /^oneditprepare|^oneditsave|^Validation error/.test(text)
      if (isTold || (message.type() === 'error' && !isExpected(message))) this.errors.push(text)
    })
  }

  static async open(
    browser: Browser,
    url: string,
    look: { readonly language: string; readonly scheme: Look; readonly label: string },
    before: (page: Page) => Promise<void> = () => Promise.resolve(),
  ): Promise<EditorPage> {
    const context = await browser.newContext({
      locale: look.language,
      colorScheme: look.scheme,
      viewport: { width: 1400, height: 1000 },
    })
    // Node-RED 5 is light unless a user has chosen otherwise; `auto` is the browser's look. 4.1 has one look.
    await context.addInitScript("localStorage.setItem('view-dark-theme', 'auto')")
    const editor = new EditorPage(await context.newPage(), look.label)
    editor.#page.setDefaultTimeout(15_000)
    await before(editor.#page)
    await editor.#page.goto(url)
    await editor.#ready()
    return editor
  }

  /** Throws away what was edited, for instance by a test that failed half-way. */
  async reload(): Promise<void> {
    await this.#page.reload()
    await this.#ready()
  }

  async #ready(): Promise<void> {
    await this.#page.waitForSelector('.red-ui-palette-node[data-palette-type="crisis parser"]')
    await this.#page.waitForSelector('.red-ui-flow-node-label', { state: 'attached' })
  }

  get page(): Page {
    return this.#page
  }

  close(): Promise<void> {
    return this.#page.context().close()
  }

  /** The label of a palette entry, which the editor may have broken into lines. */
  async paletteLabel(type: string): Promise<string> {
    const entry = this.#page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`)
    const lines = await entry.locator('.red-ui-palette-label').innerHTML()
    return lines.replaceAll('<br>', ' ')
  }

  /** The types that the palette shows for a word in its search. */
  async searchPalette(word: string): Promise<string[]> {
    const search = this.#page.locator('#red-ui-palette-search input[type="text"]')
    await search.fill(word)
    // It listens to keys.
    await search.press('End')
    // The editor waits until nobody types any more.
    await this.#page.waitForFunction(
      `document.querySelector('.red-ui-palette-node[data-palette-type="inject"]').dataset.filter ${word === '' ? '===' : '!=='} undefined`,
    )
    const shown = this.#page.locator('.red-ui-palette-node:not([data-filter])')
    return shown.evaluateAll((entries) =>
      (entries as unknown as { dataset: { paletteType: string } }[]).map(
        ({ dataset }) => dataset.paletteType,
      ),
    )
  }

  categoryLabel(): Promise<string> {
    return this.#page.locator('#red-ui-palette-header-crisis span').innerText()
  }

  helpOf(type: string): Promise<string> {
    return this.#page.evaluate((name) => RED.nodes.getNodeHelp(name), type)
  }

  settingsOf(id: string): Promise<Record<string, unknown>> {
    return this.#page.evaluate((name) => {
      const node = RED.nodes.node(name)
      // A node also holds the editor's own objects, which point back at it.
      const names = [...Object.keys(node._def.defaults), 'valid', 'credentials']
      return Object.fromEntries(names.map((setting) => [setting, node[setting]]))
    }, id)
  }

  /** A node as the editor exports it, with the config nodes that it uses. */
  exported(id: string): Promise<string> {
    return this.#page.evaluate(
      (name) => JSON.stringify(RED.nodes.createExportableNodeSet([RED.nodes.node(name)])),
      id,
    )
  }

  /** Opens a node's dialog and waits until it can be used. */
  async openDialog(id: string, type: string, isConfig: boolean): Promise<void> {
    await this.#page.evaluate(
      ([name, kind, config]) => {
        if (config) RED.editor.editConfig('', kind, name)
        else RED.editor.edit(RED.nodes.node(name))
      },
      [id, type, isConfig] as const,
    )
    await this.#page.waitForSelector(`#node-${isConfig ? 'config-' : ''}input-name`)
    // The editor slides a dialog in and then moves the focus to its first input, so that what is typed meanwhile
    // goes into the wrong one. The last thing it does is to raise the stack of dialogs.
    await this.#page.waitForFunction(
      "document.querySelector('#red-ui-editor-stack').style.zIndex === '13'",
    )
  }

  async save(isConfig: boolean): Promise<void> {
    const ok = this.#page.locator(isConfig ? '#node-config-dialog-ok' : '#node-dialog-ok')
    const tray = this.#page.locator('.red-ui-tray')
    await ok.click()
    // Seen in Node-RED 4.1: now and then a click does nothing, and whoever sees that clicks again. Where the dialog
    // closes just then, there is no button any more, and the last line tells.
    await tray
      .waitFor({ state: 'detached', timeout: SAVE_MS })
      .catch(() => ok.click({ timeout: SAVE_MS }).catch(() => undefined))
    await tray.waitFor({ state: 'detached' })
  }

  /** Opens every fold of the dialog. */
  async unfold(): Promise<void> {
    const folded = this.#page.locator('details:not([open]) > summary:visible')
    // One that is opened is no longer among them.
    while ((await folded.count()) > 0) await folded.first().click()
  }

  /** The open dialog as it is laid out: its width, and what is cut off or stands out of line. */
  layout(): Promise<Layout> {
    return this.#page.evaluate<Layout>(MEASURE)
  }

  async screenshot(name: string): Promise<void> {
    const folder = process.env['SCREENSHOT_DIR']
    if (folder === undefined) return
    mkdirSync(folder, { recursive: true })
    await this.#page.screenshot({ path: path.join(folder, `${this.#label}-${name}.png`) })
  }
}
