import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { ActScene } from './board-acts.js'
import type { Look } from './editor-page.js'

const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8')

export type Language = 'zh-CN' | 'en-US'

export const LOOK_ZH = { language: 'zh-CN', scheme: 'light', width: 1280, height: 800 } as const

interface Measured {
  readonly wide: number
  readonly ground: string
  readonly violations: readonly unknown[]
}

/** Runs in the page. */
const MEASURE = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => ({
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  ground: getComputedStyle(document.documentElement).backgroundColor,
  violations: violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 160))]),
}))`

/** The board of a server, real or invented, by the address of its page. */
export interface Hosted {
  readonly url: string
}

/** One person at one screen. */
export class Visit {
  readonly #faults: string[] = []
  readonly #asked: string[] = []

  private constructor(
    readonly page: Page,
    readonly scheme: Look,
  ) {
    page.on('request', (request) => this.#asked.push(request.url()))
    page.on('pageerror', (error) => this.#faults.push(error.message))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#faults.push(message.text())
    })
  }

  static async begin(
    browser: Browser,
    {
      language,
      scheme,
      width,
      height,
    }: Readonly<{ language: Language; scheme: Look; width: number; height: number }>,
  ): Promise<Visit> {
    const context = await browser.newContext({
      ...{ locale: language, colorScheme: scheme, viewport: { width, height } },
      ...{ reducedMotion: 'reduce' },
    })
    return new Visit(await context.newPage(), scheme)
  }

  async goTo(server: Hosted, place: string, shown = 'h1'): Promise<void> {
    await this.page.evaluate(`location.hash = '#/${place}'`)
    await this.page.locator(shown).first().waitFor()
    await this.page.locator('.loading').first().waitFor({ state: 'detached' })
    assert.ok(this.page.url().startsWith(server.url))
  }

  /** Whether anything is wrong with the page for anybody, and a picture where one is wanted. */
  async look(name: string): Promise<void> {
    if (!(await this.page.evaluate(`'axe' in window`))) await this.page.evaluate(AXE)
    const { wide, ground, violations } = (await this.page.evaluate(MEASURE)) as Measured
    assert.deepEqual([violations, wide], [[], 0], name)
    assert.equal(Number(/\d+/.exec(ground)?.[0]) > 128, this.scheme === 'light', name)
    const folder = process.env['SCREENSHOT_DIR']
    if (folder === undefined) return
    const fullPage = !/wall|act/.test(name)
    await this.page.screenshot({ path: join(folder, `board-${name}.png`), fullPage })
  }

  async fill(server: Hosted, { place, button, fill, tick = [] }: ActScene): Promise<void> {
    await this.goTo(server, place)
    if (button !== null) await this.page.locator(button).first().click()
    const form = this.page.locator(button === null ? 'main form' : 'dialog form')
    for (const [name, value] of Object.entries(fill)) {
      const field = form.locator(`[name=${name}]`)
      const isChoice = (await form.locator(`select[name=${name}]`).count()) > 0
      await (isChoice ? field.selectOption(value) : field.fill(value))
    }
    for (const name of tick) await form.locator(`[name=${name}]`).check()
  }

  async act(server: Hosted, scene: ActScene, name: string | null): Promise<void> {
    const form = scene.button === null ? 'main form' : 'dialog form'
    await this.fill(server, scene)
    if (name !== null) await this.look(name)
    const answered = this.page.waitForResponse('**/api/act')
    await this.page.click(`${form} [type=submit]`)
    await answered
    await this.page.locator('.told[data-shown=true]').waitFor()
    await this.page.locator('dialog').waitFor({ state: 'detached' })
  }

  /** Ends the visit: nothing was asked of anybody else, and nothing went wrong but what was meant to. */
  async end(server: Hosted, meant = /^$/): Promise<void> {
    const { origin } = new URL(server.url)
    const elsewhere = this.#asked.filter(
      (url) => !url.startsWith(origin) && !url.startsWith('data:'),
    )
    assert.deepEqual(elsewhere, [])
    assert.deepEqual(
      this.#faults.filter((fault) => !meant.test(fault)),
      [],
    )
    await this.page.context().close()
  }
}
