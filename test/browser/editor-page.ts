import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'

/** What these tests use of the editor's own objects, inside the page. */
interface EditorNode {
  readonly id: string
  readonly type: string
  readonly valid: boolean
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
    createCompleteNodeSet(): unknown
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

/** The editor in a browser, in one language and look. */
export class EditorPage {
  readonly #page: Page
  readonly #label: string
  /** Errors that no script caught, and what the editor logs when a dialog's own code throws. */
  readonly errors: string[] = []

  constructor(page: Page, label: string) {
    this.#page = page
    this.#label = label
    page.on('pageerror', (error) => this.errors.push(String(error)))
    page.on('console', (message) => {
      const text = message.text()
      if (/^oneditprepare|^oneditsave|^Validation error/.test(text)) this.errors.push(text)
    })
  }

  static async open(
    browser: Browser,
    url: string,
    look: { readonly language: string; readonly scheme: Look; readonly label: string },
  ): Promise<EditorPage> {
    const context = await browser.newContext({
      locale: look.language,
      colorScheme: look.scheme,
      viewport: { width: 1400, height: 1000 },
    })
    const editor = new EditorPage(await context.newPage(), look.label)
    await editor.#page.goto(url)
    await editor.#page.waitForSelector('.red-ui-palette-node[data-palette-type="crisis parser"]')
    await editor.#page.waitForSelector('.red-ui-flow-node-label', { state: 'attached' })
    return editor
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
    return (await entry.getAttribute('data-palette-label')) ?? ''
  }

  categoryLabel(): Promise<string> {
    return this.#page.locator('#red-ui-palette-header-crisis span').innerText()
  }

  helpOf(type: string): Promise<string> {
    return this.#page.evaluate((name) => RED.nodes.getNodeHelp(name), type)
  }

  settingsOf(id: string): Promise<Record<string, unknown>> {
    return this.#page.evaluate((name) => {
      const { _def, users: _users, ...rest } = RED.nodes.node(name)
      return JSON.parse(
        JSON.stringify(rest, (key, value: unknown) => (key === '_config' ? undefined : value)),
      ) as Record<string, unknown>
    }, id)
  }

  exported(): Promise<string> {
    return this.#page.evaluate(() => JSON.stringify(RED.nodes.createCompleteNodeSet()))
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
    await this.#page.waitForFunction(
      "!document.querySelector('#red-ui-main-container.ui-tray-moving')",
    )
  }

  async save(isConfig: boolean): Promise<void> {
    await this.#page.click(isConfig ? '#node-config-dialog-ok' : '#node-dialog-ok')
    await this.#page.waitForSelector('.red-ui-tray', { state: 'detached' })
  }

  /** Opens every fold of the dialog. */
  async unfold(): Promise<void> {
    for (const summary of await this.#page.locator('details:not([open]) > summary').all()) {
      await summary.click()
    }
  }

  async screenshot(name: string): Promise<void> {
    const folder = process.env['SCREENSHOT_DIR']
    if (folder === undefined) return
    mkdirSync(folder, { recursive: true })
    await this.#page.screenshot({ path: path.join(folder, `${this.#label}-${name}.png`) })
  }
}
