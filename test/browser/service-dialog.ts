import assert from 'node:assert/strict'
import type { EditorPage } from './editor-page.js'

/** What the dialog of a service says of who may call it. */
export function describeServiceDialog(
  open: () => EditorPage,
  text: (key: string) => string,
  language: string,
): void {
  it('says what guards a service, or that nothing does', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('service', 'crisis service', true)
    const guarded = page.locator('#hospital-crisis-guarded')
    const says = async (shown: string): Promise<void> => {
      await guarded.getByText(shown, { exact: true }).waitFor()
      assert.equal(await guarded.locator(':scope > *').count(), 1)
    }
    const label = (name: string): string => text(`crisis-service.label.${name}`)
    await says(label('allow'))
    await page.fill('#node-config-input-allow', '')
    await says(text('crisis-service.guard.licenceOnly'))
    await page.uncheck('#node-config-input-licenceCheck')
    await says(text('crisis-service.guard.none'))
    await page.check('#node-config-input-unguarded')
    await says(text('crisis-service.guard.open'))
    await editor.screenshot('service-unguarded')
    await page.uncheck('#node-config-input-unguarded')
    await page.check('#node-config-input-licenceCheck')

    await page.fill('#node-config-input-allow', '10.1.0.0/16，fd00::/8')
    await says(label('allow'))
    await page.selectOption('#node-config-input-auth', 'basic')
    await says(`${label('allow')} · ${label('auth')}`)
    assert.equal(await page.locator('#node-config-input-user').isVisible(), true)
    await page.selectOption('#node-config-input-auth', 'bearer')
    assert.equal(await page.locator('#node-config-input-user').isVisible(), false)
    assert.equal(await page.locator('#hospital-crisis-secret-label').innerText(), label('token'))
    await page.click('#hospital-crisis-new-path')
    await says(`${label('allow')} · ${label('auth')} · ${label('pathSecret')}`)
    const secret = await page.locator('#node-config-input-pathSecret').inputValue()
    assert.match(secret, /^[0-9a-f]{32}$/)
    assert.ok((await page.locator('#hospital-crisis-address').innerText()).endsWith(`/${secret}`))
    // Certificates can be asked for only where there is a port with TLS.
    assert.equal(await page.locator('#node-config-input-clientCert').isVisible(), false)
    assert.equal(/[\u4e00-\u9fff]/.test(await guarded.innerText()), language === 'zh-CN')
    await editor.screenshot('service-guarded')
    await page.click('#node-config-dialog-cancel')
    await page.waitForSelector('.red-ui-tray', { state: 'detached' })
  })

  it('marks addresses that the runtime would not understand', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('service', 'crisis service', true)
    for (const name of ['allow', 'proxies']) {
      const input = `#node-config-input-${name}`
      await page.fill(input, '10.1.2.3, pacs')
      await page.press(input, 'Tab')
      await page.locator(`${input}.input-error`).waitFor()
      await page.hover(input)
      await page.getByText(text('crisis-service.error.addresses')).waitFor()
      await editor.screenshot(`service-${name}`)
      await page.fill(input, '10.1.2.3')
      await page.press(input, 'Tab')
      await page.locator(`${input}:not(.input-error)`).waitFor()
      await page.mouse.move(0, 0)
      await page.getByText(text('crisis-service.error.addresses')).waitFor({ state: 'detached' })
    }
    await page.click('#node-config-dialog-cancel')
    await page.waitForSelector('.red-ui-tray', { state: 'detached' })
  })
}
