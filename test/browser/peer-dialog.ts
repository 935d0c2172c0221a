import assert from 'node:assert/strict'
import { body, escape, returning, serve, TestPeer, wsdl } from '../soap/remote-peer.js'
import type { EditorPage } from './editor-page.js'

/** What the dialog of a peer does besides holding settings: the WSDL button, the login, the form of the answer. */
export function describePeerDialog(
  open: () => EditorPage,
  text: (key: string) => string,
  language: string,
): void {
  it('fills in what a WSDL says, warns of its address, and lets each be changed', async () => {
    const editor = open()
    const { page } = editor
    const remote = await TestPeer.open()
    try {
      const description = wsdl({
        form: 'qualified',
        parameter: 'inputString',
        soapAction: 'http://tempuri.org/SynCrisisInfo',
        address: 'http://127.0.0.1:9/PacsService.asmx',
      })
      remote.answer = serve({ '/PacsService.asmx?wsdl': description }, body(''))
      const before = await editor.settingsOf('peer')
      await editor.openDialog('peer', 'crisis peer', true)
      await page.fill('#node-config-input-wsdl', `${remote.origin}/PacsService.asmx?wsdl`)
      await page.click('#hospital-crisis-fetch')
      const warning = page.locator('#hospital-crisis-wsdl .hospital-crisis-error')
      await warning.waitFor()
      assert.match(await warning.innerText(), /NAT/)
      assert.equal(/[\u4e00-\u9fff]/.test(await warning.innerText()), language === 'zh-CN')
      await editor.screenshot('wsdl-proposed')
      await page.click('.hospital-crisis-use')
      await page.getByText(text('crisis-peer.wsdl.used')).waitFor()
      await editor.screenshot('wsdl-used')
      await page.fill('#node-config-input-parameter', 'changed')
      await editor.save(true)
      const saved = await editor.settingsOf('peer')
      const { address, soapVersion, style, namespace, parameter, soapAction, valid } = saved
      assert.deepEqual(
        { address, soapVersion, style, namespace, parameter, soapAction, valid },
        {
          address: `${remote.origin}/PacsService.asmx`,
          soapVersion: '1.1',
          style: 'qualified',
          namespace: 'http://pacs.example/',
          parameter: 'changed',
          soapAction: 'http://tempuri.org/SynCrisisInfo',
          valid: true,
        },
      )
      // What was filled in is seen when the dialog opens again.
      await editor.openDialog('peer', 'crisis peer', true)
      await page.locator('#node-config-input-parameter').waitFor()
      for (const name of ['namespace', 'parameter', 'soapAction', 'wsdl']) {
        await page.fill(`#node-config-input-${name}`, '')
      }
      for (const name of ['soapVersion', 'style']) {
        await page.selectOption(`#node-config-input-${name}`, '')
      }
      await page.fill('#node-config-input-address', String(before['address']))
      await editor.save(true)
    } finally {
      await remote.close()
    }
  })

  it('keeps the WSDL where its operations differ in what they want', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('peer', 'crisis peer', true)
    assert.equal(await page.locator('#node-config-input-wsdl').inputValue(), '')
    const address = await page.locator('#node-config-input-address').inputValue()
    await page.click('#hospital-crisis-fetch')
    await page.locator('.hospital-crisis-use').last().click()
    await page.getByText(text('crisis-peer.wsdl.used')).waitFor()
    assert.equal(await page.locator('#node-config-input-wsdl').inputValue(), `${address}?wsdl`)
    assert.equal(await page.locator('#node-config-input-parameter').inputValue(), '')
    assert.equal(await page.locator('#node-config-input-soapVersion').inputValue(), '1.2')
    await page.click('#node-config-dialog-cancel')
    await page.waitForSelector('.red-ui-tray', { state: 'detached' })
  })

  it('asks for user and password only with a login, and keeps the password to itself', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('peer', 'crisis peer', true)
    await page.locator('#hospital-crisis-login > summary').click()
    const password = page.locator('#node-config-input-password')
    assert.equal(await password.isVisible(), false)
    await page.selectOption('#node-config-input-login', 'token-digest')
    await password.waitFor()
    assert.equal(await password.getAttribute('type'), 'password')
    await page.fill('#node-config-input-user', 'pacs')
    await password.fill('typed-0004')
    await editor.screenshot('login')
    await editor.save(true)
    assert.equal((await editor.settingsOf('peer'))['login'], 'token-digest')
    assert.ok(!(await editor.exported('out')).includes('typed-0004'))

    await editor.openDialog('peer', 'crisis peer', true)
    await password.waitFor()
    await page.selectOption('#node-config-input-login', '')
    await editor.save(true)
  })

  it('moves a login in an address into the credentials, and overwrites none', async () => {
    const editor = open()
    const { page } = editor
    const before = String((await editor.settingsOf('peer'))['address'])
    await editor.openDialog('peer', 'crisis peer', true)
    const address = page.locator('#node-config-input-address')
    const query = page.locator('#node-config-input-query')
    const withLogin = (login: string): string =>
      `${before.replace('//', `//${login}@`)}?pwd=typed-0006&a=1`
    await address.fill(withLogin('pacs:typed-0005'))
    await address.press('Tab')
    await page.getByText(text('crisis-peer.tip.queryMoved')).waitFor()
    assert.equal(await address.inputValue(), `${before}?a=1`)
    assert.equal(await query.inputValue(), 'pwd=typed-0006')
    assert.equal(await page.locator('#node-config-input-login').inputValue(), 'basic')
    assert.equal(await page.locator('#node-config-input-user').inputValue(), 'pacs')
    assert.equal(await page.locator('#node-config-input-password').inputValue(), 'typed-0005')
    await editor.screenshot('login-moved')
    await editor.save(true)
    assert.doesNotMatch(await editor.exported('out'), /typed-000[56]/)

    await editor.openDialog('peer', 'crisis peer', true)
    await address.fill(withLogin('another:typed-0007'))
    await address.press('Tab')
    await page.getByText(text('crisis-peer.tip.query')).waitFor()
    assert.equal(await address.inputValue(), withLogin('another:typed-0007'))
    assert.equal(await page.locator('#node-config-input-user').inputValue(), 'pacs')
    await query.fill('')
    await page.fill('#node-config-input-user', '')
    await page.fill('#node-config-input-password', '')
    await page.selectOption('#node-config-input-login', '')
    await address.fill(before)
    await editor.save(true)
  })

  it('warns of times that are moved, as long as they are', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('peer', 'crisis peer', true)
    await page.locator('#hospital-crisis-advanced > summary').click()
    const offset = page.locator('#node-config-input-clockOffset')
    const warning = page.getByText(text('crisis-peer.tip.clockOffset'))
    assert.equal(await warning.isVisible(), false)
    await offset.fill('-90')
    await warning.waitFor()
    await editor.screenshot('clock-offset')
    await editor.save(true)
    const { clockOffset, valid } = await editor.settingsOf('peer')
    assert.deepEqual([clockOffset, valid], ['-90', true])

    await editor.openDialog('peer', 'crisis peer', true)
    await warning.waitFor()
    await offset.fill('0')
    assert.equal(await warning.isVisible(), false)
    await editor.save(true)
  })

  it('warns of every form of answer that is not the document’s', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('peer', 'crisis peer', true)
    await page.locator('#hospital-crisis-answers > summary').click()
    const profile = page.locator('#node-config-input-replyProfile')
    const warning = page.getByText(text('crisis-peer.tip.replyProfile'))
    const codes = page.locator('#node-config-input-jsonSuccess')
    assert.equal(await warning.isVisible(), false)
    const values = await profile
      .locator('option')
      .evaluateAll((options) =>
        options.map((option) => (option as unknown as { value: string }).value),
      )
    for (const value of values) {
      await profile.selectOption(value)
      assert.equal(await warning.isVisible(), value !== '', value)
      assert.equal(await codes.isVisible(), value === 'json', value)
    }
    await profile.selectOption('json')
    await page.locator('#node-config-input-jsonSuccess.input-error').waitFor()
    await editor.screenshot('profile')
    await codes.fill('1')
    await codes.press('Tab')
    await page.locator('#node-config-input-jsonSuccess:not(.input-error)').waitFor()
    await editor.save(true)
    const { replyProfile, jsonSuccess, valid } = await editor.settingsOf('peer')
    assert.deepEqual([replyProfile, jsonSuccess, valid], ['json', '1', true])

    await editor.openDialog('peer', 'crisis peer', true)
    await codes.fill('')
    await profile.selectOption('')
    await editor.save(true)
  })

  it('makes a rule of an answer, of one that was pasted and of one to a test value', async () => {
    const editor = open()
    const { page } = editor
    const remote = await TestPeer.open()
    try {
      const answered = (code: string): string =>
        `<ESB><Data>${escape(`<R><Flag>${code}</Flag></R>`)}</Data></ESB>`
      remote.answer = body(returning(`<return>${escape(answered('Y'))}</return>`))
      const before = await editor.settingsOf('peer')
      await editor.openDialog('peer', 'crisis peer', true)
      await page.fill('#node-config-input-wsdl', '')
      await page.fill('#node-config-input-address', `${remote.origin}/esb`)
      await page.locator('#hospital-crisis-trial > summary').click()
      await page.fill('#hospital-crisis-trial-answer', answered('E1'))
      await page.click('#hospital-crisis-trial-judge')
      await page.locator('.hospital-crisis-means-rejected').first().click()
      await page.getByText(text('crisis-peer.trial.taken')).waitFor()
      await page.locator('#hospital-crisis-rule-wrong:not(:empty)').waitFor()
      await page.click('#hospital-crisis-trial-send')
      assert.equal(remote.posts.length, 0, 'it asks first')
      await page.click('#hospital-crisis-trial-confirm')
      await page
        .getByText(/SETTING_INVALID|\/delivered/)
        .first()
        .waitFor()
      assert.equal(remote.posts.length, 0, 'nothing is sent under a rule that is none')
      await page.fill('#hospital-crisis-answer-delivered', '0, 1')
      await page
        .locator('#hospital-crisis-rule-wrong')
        .getByText(/0 (?:与|and) 1/)
        .waitFor()
      await page.fill('#hospital-crisis-answer-delivered', 'Y')
      await page.locator('#hospital-crisis-rule-wrong:empty').waitFor({ state: 'attached' })
      await page.click('#hospital-crisis-trial-send')
      await page.click('#hospital-crisis-trial-confirm')
      await page.getByText(text('crisis-peer.trial.done')).waitFor()
      assert.equal(remote.posts.length, 1)
      await editor.screenshot('peer-tried')
      await editor.save(true)
      const { replyProfile, replyRule, valid } = await editor.settingsOf('peer')
      assert.deepEqual([replyProfile, valid], ['rule', true])
      assert.deepEqual(replyRule, {
        returned: '',
        unwrap: [{ step: 'xml', at: 'ESB/Data' }],
        form: 'xml',
        code: 'R/Flag',
        delivered: ['Y'],
        rejected: ['E1'],
        retry: [],
        words: '',
      })
      // It stands there when the dialog opens again.
      await editor.openDialog('peer', 'crisis peer', true)
      assert.equal(await page.inputValue('#hospital-crisis-answer-code'), 'R/Flag')
      assert.equal(await page.inputValue('#hospital-crisis-answer-unwrap input'), 'ESB/Data')
      await editor.screenshot('peer-rule')
      await page.selectOption('#node-config-input-replyProfile', '')
      await page.fill('#node-config-input-address', String(before['address']))
      await editor.save(true)
    } finally {
      await remote.close()
    }
  })

  it('takes the request of a kind of counterpart, and says what it still needs', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('peer', 'crisis peer', true)
    await page.locator('#hospital-crisis-request > summary').click()
    const choice = page.locator('#hospital-crisis-dialect-file')
    await choice.locator('option[value="call-interface.json"]').waitFor({ state: 'attached' })
    await choice.selectOption('call-interface.json')
    const wrong = page.locator('#hospital-crisis-request-wrong .hospital-crisis-error')
    await page.waitForFunction(() =>
      document
        .querySelector('#hospital-crisis-request-wrong')
        ?.textContent?.includes('secret:user'),
    )
    assert.match(await wrong.first().innerText(), /\/parameters\/0\/value/)
    await editor.screenshot('dialect')
    await page.fill('#node-config-input-secrets', 'CERTIFICATE=typed-0008')
    const wrapping = page.locator('#node-config-input-wrapper')
    await wrapping.fill('<a>{{dokument}}</a>')
    await wrapping.press('End')
    await page.locator('#node-config-input-wrapper.input-error').waitFor()
    await wrapping.fill('<a>{{document}}</a>')
    await wrapping.press('End')
    await page.locator('#node-config-input-wrapper:not(.input-error)').waitFor()
    await editor.save(true)
    const { parameters, wrapper, element, valid } = await editor.settingsOf('peer')
    assert.deepEqual(
      (parameters as { name: string; from: string }[]).map(({ name, from }) => [name, from]),
      [
        ['msgHeader', 'template'],
        ['msgBody', 'document'],
      ],
    )
    assert.deepEqual([wrapper, element, valid], ['<a>{{document}}</a>', 'CallInterface', true])
    assert.ok(!(await editor.exported('out')).includes('typed-0008'))

    await editor.openDialog('peer', 'crisis peer', true)
    await page.locator('.hospital-crisis-cell-name').first().waitFor()
    const download = page.waitForEvent('download')
    await page.click('#hospital-crisis-dialect-export')
    assert.match((await download).suggestedFilename(), /\.json$/)
    await choice.selectOption('interface-document.json')
    await page.waitForFunction(() => !document.querySelector('.hospital-crisis-cell-name'))
    await page.fill('#node-config-input-secrets', '')
    await editor.save(true)
    const after = await editor.settingsOf('peer')
    assert.deepEqual([after['parameters'], after['wrapper'], after['element']], [[], '', ''])
  })
}
