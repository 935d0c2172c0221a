// Takes the pictures of the README anew, in both languages: example 01 in the editor after the sample went round,
// and who may call one of its services. Needs Chromium (Debian: apt-get install chromium fonts-noto-cjk) and a build (`npm run build`).
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { assertNode } from './node-version.mjs'

assertNode()
const root = resolve(fileURLToPath(import.meta.url), '../..')
const support = await import('../dist/test/support/node-red.js')
const { followLoop } = await import('../dist/test/support/loop.js')
const { EditorPage, findChromium } = await import('../dist/test/browser/editor-page.js')

const examples = join(root, 'examples')
const file = readdirSync(examples).find((name) => name.startsWith('01'))
const flows = JSON.parse(readFileSync(join(examples, file), 'utf8'))
const images = join(root, 'docs', 'images')
mkdirSync(images, { recursive: true })

const userDir = support.makeUserDir(support.packPackage(), 'screenshots-')
const running = await support.startNodeRed({ userDir })
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
try {
  const { closed } = await followLoop(running, flows, () => {})
  if (!closed) throw new Error('the loop was not closed')
  for (const [language, end] of [
    ['zh-CN', 'zh.png'],
    ['en-US', 'en.png'],
  ]) {
    const editor = await EditorPage.open(browser, running.url, {
      language,
      scheme: 'light',
      label: end,
    })
    await editor.page.setViewportSize({ width: 1600, height: 900 })
    // Node-RED remembers for its user, on the server, what the visit before has closed.
    await editor.page.evaluate(() => {
      const open = document.querySelector('#red-ui-sidebar')?.getBoundingClientRect().width > 20
      if (open) globalThis.RED.actions.invoke('core:toggle-sidebar')
    })
    await editor.page.waitForFunction(
      () => document.querySelectorAll('.red-ui-flow-node-status-label').length > 3,
    )
    await editor.page.evaluate(() =>
      document.querySelector('#red-ui-palette-header-crisis').parentElement.scrollIntoView(),
    )
    // The statuses and the sidebar move into place.
    await editor.page.waitForTimeout(1000)
    await editor.page.screenshot({ path: join(images, `loop-${end}`) })
    await editor.page.setViewportSize({ width: 1100, height: 1050 })
    await editor.openDialog('c01svpacs', 'crisis service', true)
    await editor.unfold()
    await editor.page.locator('#node-config-input-allow').scrollIntoViewIfNeeded()
    await editor.page
      .locator('.red-ui-tray')
      .last()
      .screenshot({ path: join(images, `guard-${end}`) })
    await editor.close()
  }
} finally {
  await browser.close()
  await running.stop()
  support.removeFolder(userDir)
}
