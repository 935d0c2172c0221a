import assert from 'node:assert/strict'
import { encodeText } from '../../src/messages/index.js'
import type { EditorPage } from './editor-page.js'

const TEST_PATH = '**/hospital-flows-crisis/store-test'

/** What the dialogs say and save of the ledger and of delivery. */
export function describeLedgerDialogs(
  open: () => EditorPage,
  text: (key: string) => string,
  language: string,
): void {
  const place = (row: number, column: string): string =>
    text('crisis-roster.label.place')
      .replace('__row__', String(row))
      .replace('__column__', column === 'name' ? text('crisis-roster.column.name') : column)
      .trim()

  it('tests a store with the settings of the open dialog, and says what came of it', async () => {
    const editor = open()
    const { page } = editor
    const bodies: Record<string, unknown>[] = []
    let answer: { status: number; json: object } = {
      status: 200,
      json: {
        engine: 'postgres',
        version: 'PostgreSQL 18.4',
        detail: { zh: '建议核对一项设置', en: 'One setting should be looked at' },
      },
    }
    // What the runtime finds is tried elsewhere; here it is what the dialog asks and shows.
    await page.route(TEST_PATH, async (route) => {
      bodies.push(route.request().postDataJSON() as Record<string, unknown>)
      await route.fulfill(answer)
    })
    const result = page.locator('#hospital-crisis-store-result')

    await editor.openDialog('store', 'crisis store', true)
    assert.equal(await page.locator('#node-config-input-file').isVisible(), true)
    assert.equal(await page.locator('#node-config-input-host').isVisible(), false)
    await editor.unfold()
    assert.equal(await page.locator('#node-config-input-backupHours').isVisible(), true)

    await page.selectOption('#node-config-input-engine', 'postgres')
    assert.equal(await page.locator('#node-config-input-file').isVisible(), false)
    assert.equal(await page.locator('#node-config-input-backupHours').isVisible(), false)
    await page.locator('#node-config-input-user.input-error').waitFor()
    await page.fill('#node-config-input-user', 'crisis')
    await page.press('#node-config-input-user', 'Tab')
    await page.locator('#node-config-input-user:not(.input-error)').waitFor()
    await page.click('#hospital-crisis-store-test')
    const good = result.locator('.hospital-crisis-good')
    await good.waitFor()
    const works = text('crisis-store.test.good').replace('__version__', 'PostgreSQL 18.4')
    assert.equal((await good.innerText()).trim(), works)
    const note = await result.locator('.hospital-crisis-note').innerText()
    assert.equal(/[\u4e00-\u9fff]/.test(note), language === 'zh-CN')
    await editor.screenshot('store-tested')
    // A saved password is known to the runtime only, and stays there.
    const asked = { id: 'store', engine: 'postgres', file: '', host: '127.0.0.1', port: '5432' }
    assert.deepEqual(bodies[0], { ...asked, database: 'crisis', user: 'crisis', tls: '' })

    await page.fill('#node-config-input-password', 'typed-0003')
    assert.equal(await result.isVisible(), false, 'the result was of other settings')
    answer = {
      status: 422,
      json: { code: 'LEDGER_DENIED', reason: { zh: '数据库拒绝访问', en: 'Access was refused' } },
    }
    await page.click('#hospital-crisis-store-test')
    const bad = result.locator('.hospital-crisis-error')
    await bad.waitFor()
    const reason = language === 'zh-CN' ? '数据库拒绝访问' : 'Access was refused'
    assert.equal((await bad.innerText()).trim(), reason)
    assert.equal(bodies[1]?.['password'], 'typed-0003')
    await editor.screenshot('store-refused')

    await page.selectOption('#node-config-input-engine', 'file')
    await page.fill('#node-config-input-file', '//server/share/ledger.db')
    await page.press('#node-config-input-file', 'Tab')
    await page.locator('#node-config-input-file.input-error').waitFor()
    await page.fill('#node-config-input-file', '')
    await editor.save(true)
    await page.unroute(TEST_PATH)
    const { engine, valid } = await editor.settingsOf('store')
    assert.deepEqual([engine, valid], ['file', true])
    assert.ok(!(await editor.exported('register')).includes('typed-0003'))
  })

  it('keeps what replies mean as rows, and warns of counting one as delivered', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('peer', 'crisis peer', true)
    await page.locator('#hospital-crisis-answers > summary').click()
    const codes = page.locator('.hospital-crisis-reply-code')
    const actions = page.locator('.hospital-crisis-reply-action')
    const warning = page.getByText(text('crisis-peer.tip.deliver'))
    const wrong = page.locator('#hospital-crisis-replies-wrong')
    // The other list there is that of layers.
    const add = page.locator('#hospital-crisis-answers .red-ui-editableList-addButton').last()
    await add.click()
    await codes.last().fill('1')
    assert.equal(await warning.isVisible(), false)
    await actions.last().selectOption('deliver')
    await warning.waitFor()
    await add.click()
    await codes.last().fill('0')
    await page.getByText(text('crisis-peer.tip.replyZero')).waitFor()
    await codes.last().fill('1')
    const twice = text('crisis-peer.error.replyTwice').replace('__code__', '1')
    assert.equal(await wrong.innerText(), twice)
    await codes.last().fill('E10')
    assert.equal(await wrong.innerText(), '')
    await actions.last().selectOption('retry')
    await add.click()
    await page.locator('#node-config-input-allowGbk').scrollIntoViewIfNeeded()
    await editor.screenshot('replies')
    await editor.save(true)
    const saved = await editor.settingsOf('peer')
    assert.deepEqual(saved['replyTable'], [
      { code: '1', action: 'deliver' },
      { code: 'E10', action: 'retry' },
    ])
    assert.equal(saved['valid'], true)

    // What is not the default is seen at once, and goes as it came.
    await editor.openDialog('peer', 'crisis peer', true)
    await codes.first().waitFor()
    assert.equal(await actions.first().inputValue(), 'deliver')
    for (const left of [1, 0]) {
      await page
        .locator('#hospital-crisis-answers .red-ui-editableList-item-remove')
        .first()
        .click()
      await page.waitForFunction(
        `document.querySelectorAll('.hospital-crisis-reply-code').length === ${left}`,
      )
    }
    await editor.save(true)
    assert.deepEqual((await editor.settingsOf('peer'))['replyTable'], [])
  })

  it('takes a table of WPS into a roster, and names what it cannot read', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('roster', 'crisis roster', true)
    const names = page.locator('input.hospital-crisis-roster-name')
    const loaded = page.locator('#hospital-crisis-roster-loaded')
    const week = page.locator('.hospital-crisis-week')
    await week.waitFor()
    assert.ok((await week.locator('b').count()) >= 2, 'nobody is there at week-end nights')
    await page.click('#hospital-crisis-roster-paste')
    await page.fill('#hospital-crisis-roster-pasted', '角色\t姓名\t日期\n护士\t甲\t国庆')
    await loaded.getByText(place(2, '日期')).waitFor()
    await editor.screenshot('roster-refused')
    assert.equal(await names.count(), 4)
    const table = '角色,姓名,工号,sms\r\n护士,甲,0001,13800000001\r\n医生,乙,,\r\n'
    const buffer = Buffer.from(encodeText(table, 'GBK'))
    await page.setInputFiles('#hospital-crisis-roster-chosen', {
      ...{ name: 'wps.csv', mimeType: 'text/csv', buffer },
    })
    await loaded.locator('.hospital-crisis-good').waitFor()
    await names.last().fill('')
    await page.locator('#hospital-crisis-roster-faults').getByText(place(2, 'name')).waitFor()
    await page.locator('input.hospital-crisis-roster-name.input-error').waitFor()
    await names.last().fill('乙')
    await week.waitFor()
    await editor.screenshot('roster-loaded')
    await editor.save(true)
    const { rows, valid } = await editor.settingsOf('roster')
    const [first] = rows as readonly { readonly code: string; readonly addresses: object }[]
    assert.deepEqual([first?.code, first?.addresses], ['0001', { sms: '13800000001' }])
    assert.equal(valid, true)
  })

  it('shows the defaults of what a flow of an earlier version does not have', async () => {
    const editor = open()
    const { page } = editor
    assert.equal((await editor.settingsOf('before'))['valid'], true)
    await editor.openDialog('before', 'crisis peer', true)
    await editor.unfold()
    assert.equal(await page.locator('#node-config-input-parallel').inputValue(), '4')
    assert.equal(await page.locator('#node-config-input-troubleMinutes').inputValue(), '5')
    assert.equal(await page.locator('#node-config-input-expireHours').inputValue(), '')
    await editor.save(true)
    const { parallel, replyTable, valid } = await editor.settingsOf('before')
    assert.deepEqual([parallel, replyTable, valid], ['4', [], true])
  })

  for (const [id, type, set] of [
    ['in', 'crisis in', 'crisis-in'],
    ['feedbackin', 'crisis feedback in', 'crisis-feedback-in'],
  ] as const) {
    it(`says when ${type} answers`, async () => {
      const editor = open()
      const { page } = editor
      await editor.openDialog(id, type, false)
      const tip = page.locator('#hospital-crisis-answer-tip')
      assert.equal(await page.locator('#node-input-answer').inputValue(), 'stored')
      assert.equal(await tip.innerText(), text(`${set}.tip.stored`))
      await page.selectOption('#node-input-answer', 'flow')
      assert.equal(await tip.innerText(), text(`${set}.tip.flow`))
      await editor.screenshot(`${set}-flow`)
      await editor.save(false)
      assert.equal((await editor.settingsOf(id))['answer'], 'flow')
      await editor.openDialog(id, type, false)
      await page.selectOption('#node-input-answer', 'stored')
      await editor.save(false)
    })
  }

  it('says what each question of the register needs', async () => {
    const editor = open()
    const { page } = editor
    await editor.openDialog('register', 'crisis register', false)
    const queries =
      'open trace dead replay cancel parked holds lift cancelAlert passOn giveUp depth verify figures register reconcile'
    for (const query of queries.split(' ')) {
      await page.selectOption('#node-input-query', query)
      const tip = await page.locator('#hospital-crisis-query-tip').innerText()
      assert.equal(tip, text(`crisis-register.tip.${query}`), query)
      const limited = await page.locator('#node-input-limit').isVisible()
      assert.equal(limited, ['open', 'dead', 'parked', 'holds', 'register'].includes(query), query)
      const warned = await page.locator('#hospital-crisis-query-warning').isVisible()
      assert.equal(
        warned,
        'replay cancel lift cancelAlert passOn giveUp'.split(' ').includes(query),
        query,
      )
      const asksPeriod = await page.locator('#node-input-period').isVisible()
      assert.equal(asksPeriod, ['figures', 'register', 'reconcile'].includes(query), query)
      if (limited || warned || asksPeriod) await editor.screenshot(`register-${query}`)
    }
    await page.selectOption('#node-input-query', 'open')
    await editor.save(false)
  })
}
