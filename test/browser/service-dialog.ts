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
    const broken = (names: string): string =>
      text('crisis-service.guard.broken').replace('__names__', names)
    const good = (...names: string[]): string =>
      text('crisis-service.guard.good').replace('__names__', names.map(label).join(' · '))
    await says(good('allow'))
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
    await says(good('allow'))
    await page.fill('#node-config-input-allow', '10.1.2')
    await says(broken(label('allow')))
    await page.fill('#node-config-input-allow', '10.1.0.0/16，fd00::/8')
    await page.selectOption('#node-config-input-auth', 'basic')
    assert.equal(await page.locator('#node-config-input-user').isVisible(), true)
    await says(broken(label('auth')))
    await page.fill('#node-config-input-secret', 'typed-0005')
    await says(broken(label('auth')))
    await page.fill('#node-config-input-user', 'pacs')
    await says(good('allow', 'auth'))
    await page.fill('#node-config-input-pathSecret', 'short')
    await says(broken(label('pathSecret')))
    await editor.screenshot('service-broken')
    await page.selectOption('#node-config-input-auth', 'bearer')
    assert.equal(await page.locator('#node-config-input-user').isVisible(), false)
    assert.equal(await page.locator('#hospital-crisis-secret-label').innerText(), label('token'))
    await page.click('#hospital-crisis-new-path')
    await says(good('allow', 'auth', 'pathSecret'))
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

  it('takes rules for calls of other shapes, as rows and as JSON', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('service', 'crisis service', true)
    await page.click('#hospital-crisis-service-inbound > summary')
    await page.click('#hospital-crisis-service-inbound .red-ui-editableList-addButton')
    const wrong = page.locator('#hospital-crisis-inbound-wrong')
    await wrong.getByText('elements').waitFor()
    const part = (name: string) => page.locator(`#hospital-crisis-inbound [data-part="${name}"]`)
    await part('elements').fill('HIPMessageServer')
    await part('crisisValues').fill('PushCrisis，Push')
    await part('shape').selectOption('template')
    await part('template').fill('<R>${code}</S>')
    await wrong.getByText('answer/document').waitFor()
    await editor.screenshot('service-inbound')
    await part('template').fill('<R>${code}</R>')
    await wrong.locator(':scope:empty').waitFor({ state: 'attached' })
    await editor.save(true)
    const rule = {
      ...{ elements: ['HIPMessageServer'], parameters: ['action', 'message'], document: 'message' },
      operation: {
        parameter: 'action',
        values: { PushCrisis: 'SynCrisisInfo', Push: 'SynCrisisInfo' },
      },
      answer: { result: '*Result', document: '<R>${code}</R>' },
    }
    assert.deepEqual((await editor.settingsOf('service'))['inbound'], [rule])

    await editor.openDialog('service', 'crisis service', true)
    assert.equal(await part('shape').inputValue(), 'template')
    const json = page.locator('#hospital-crisis-inbound-json')
    await json.locator('summary').click()
    assert.deepEqual(JSON.parse(await json.locator('textarea').inputValue()), [rule])
    await json.locator('textarea').fill('{}')
    await json.locator('button').click()
    await json.getByText(text('crisis-parser.error.jsonList'), { exact: true }).waitFor()
    await json.locator('textarea').fill('[]')
    await json.locator('button').click()
    assert.equal(await part('elements').count(), 0)
    await editor.save(true)
    assert.deepEqual((await editor.settingsOf('service'))['inbound'], [])
  })

  it('opens the fold of any setting that is not as it comes', async () => {
    const editor = open()
    const { page } = editor
    const folds = page.locator('details[open] > summary')
    await editor.openDialog('service', 'crisis service', true)
    assert.equal(await folds.count(), 1)
    await editor.unfold()
    await page.fill('#node-config-input-ignoredElements', 'SendTime')
    await editor.save(true)
    await editor.openDialog('service', 'crisis service', true)
    assert.equal(await page.locator('#node-config-input-ignoredElements').isVisible(), true)
    await page.fill('#node-config-input-ignoredElements', '')
    await editor.save(true)
  })

  it('is content with licences where a service takes feedback only', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('feedbackservice', 'crisis service', true)
    const guarded = page.locator('#hospital-crisis-guarded')
    await guarded.getByText(text('crisis-service.guard.licence'), { exact: true }).waitFor()
    assert.equal(await guarded.locator('.hospital-crisis-good').count(), 1)
    await page.uncheck('#node-config-input-licenceCheck')
    await guarded.getByText(text('crisis-service.guard.none'), { exact: true }).waitFor()
    await page.click('#node-config-dialog-cancel')
    await page.waitForSelector('.red-ui-tray', { state: 'detached' })
  })

  it('says who can reach an own port, and opens none to all by itself', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('_ADD_', 'crisis service', true)
    const reach = page.locator('#hospital-crisis-reach')
    assert.equal(await reach.isVisible(), false)
    await page.selectOption('#node-config-input-mount', 'port')
    const host = page.locator('#node-config-input-host')
    assert.equal(await host.inputValue(), '127.0.0.1')
    await reach.getByText(text('crisis-service.reach.local'), { exact: true }).waitFor()
    await editor.screenshot('service-reach')
    for (const all of ['', '0.0.0.0', '::']) {
      await host.fill(all)
      await reach.getByText(text('crisis-service.reach.all'), { exact: true }).waitFor()
    }
    await host.fill('10.1.2.3')
    const one = text('crisis-service.reach.one').replace('__host__', '10.1.2.3')
    await reach.getByText(one, { exact: true }).waitFor()
    await page.click('#node-config-dialog-cancel')
    await page.waitForSelector('.red-ui-tray', { state: 'detached' })

    // A service that was saved before there was an address listens on all of them, and goes on to.
    await editor.openDialog('oldservice', 'crisis service', true)
    await reach.getByText(text('crisis-service.reach.all'), { exact: true }).waitFor()
    await editor.save(true)
    assert.equal((await editor.settingsOf('oldservice'))['host'], '')
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
