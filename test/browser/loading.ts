import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { EditorPage } from './editor-page.js'

/** The editor and the code of the dialogs, which comes by itself, late or not at all. */
export function describeLoading(
  place: () => { readonly browser: Browser; readonly url: string; readonly nodeRed: string },
): void {
  it('loads without the code of the dialogs, says so, and loses no setting', async () => {
    const { browser, url, nodeRed } = place()
    const look = { language: 'en-US', scheme: 'light', label: `${nodeRed}-without` } as const
    const code = '**/resources/@hospital-flows/**'
    for (const without of ['all of it', 'a part of it']) {
      const editor = await EditorPage.open(browser, url, look, async (page) => {
        const missing = without === 'all of it' ? code : '**/nodes/editor/service.js'
        await page.route(missing, (route) => route.fulfill({ status: 404 }))
      })
      try {
        const told = editor.page.getByText('could not be loaded (resources/@hospital-flows')
        await told.first().waitFor()
        await editor.screenshot('missing')
        assert.equal((await editor.settingsOf('service'))['valid'], true)
        await editor.openDialog('out', 'crisis out', false)
        assert.equal(await editor.page.locator('.form-tips.hospital-crisis-error').count(), 1)
        await editor.page.fill('#node-input-name', 'Without')
        await editor.save(false)
        assert.equal((await editor.settingsOf('out'))['name'], 'Without')
      } finally {
        await editor.close()
      }
    }
  })

  it('loads before the code of the dialogs, and looks at all nodes when that has come', async () => {
    const { browser, url, nodeRed } = place()
    const look = { language: 'en-US', scheme: 'light', label: `${nodeRed}-late` } as const
    let come = (): void => {}
    const asked = new Promise<void>((resolve) => {
      come = resolve
    })
    const editor = await EditorPage.open(browser, url, look, async (page) => {
      await page.route('**/nodes/editor/main.js', (route) => asked.then(() => route.continue()))
    })
    try {
      assert.equal((await editor.settingsOf('badregister'))['valid'], true)
      come()
      await editor.page.waitForFunction("RED.nodes.node('badregister').valid === false")
      assert.equal((await editor.settingsOf('register'))['valid'], true)
    } finally {
      await editor.close()
    }
  })
}
