import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'
import {
  freePort,
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
  type NodeRedPackage,
  type RunningNodeRed,
} from '../support/node-red.js'
import { catalogueOf } from '../nodes/editor-half.js'
import { EditorPage, findChromium, type Look } from './editor-page.js'
import { flowsFor, isConfig, LICENCE, NODES } from './flows.js'
import { describeLedgerDialogs } from './ledger-dialogs.js'
import { describeLoading } from './loading.js'
import { describePeerDialog } from './peer-dialog.js'
import { describeServiceDialog } from './service-dialog.js'
import { describeSidebar } from './sidebar.js'

const given = process.env['NODE_RED_PKG']
const packages: readonly NodeRedPackage[] =
  given === 'node-red' || given === 'node-red-4' ? [given] : ['node-red', 'node-red-4']
const LOOKS = [
  ['zh-CN', 'light'],
  ['en-US', 'dark'],
] as const satisfies readonly (readonly [string, Look])[]

/** Kinds of channels, and those fields that each has. */
const CHANNELS = {
  wecomRobot: ['webhook'],
  wecomApp: ['corpId'],
  dingtalk: ['webhook', 'signSecret'],
  feishu: ['webhook', 'signSecret'],
  ntfy: ['login'],
  gateway: ['url'],
  snpp: ['host', 'user'],
  tap: ['host'],
  espa: ['host', 'station'],
  flow: [],
} as const satisfies Readonly<Record<string, readonly string[]>>

for (const nodeRed of packages) {
  describe(`the editor of ${nodeRed}`, function () {
    this.timeout(120_000)
    let browser: Browser
    let runtime: RunningNodeRed
    let port: number

    before(async function () {
      const executablePath = findChromium()
      if (executablePath === undefined) {
        console.log('      no Chromium found (apt-get install chromium, or set CHROMIUM_PATH)')
        this.skip()
      }
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
      const tarball = packPackage()
      const userDir = makeUserDir(tarball, 'editor-')
      rmSync(tarball)
      port = await freePort()
      runtime = await startNodeRed({ nodeRed, userDir, port, flows: flowsFor(port) })
      // The editor shows its first tip one second after it has begun to load, also where the place for it is not
      // made by then; on a busy machine that is an error of its own in a page of ours.
      const quiet = await fetch(`${runtime.url}/settings/user`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ editor: { view: { 'view-show-tips': false } } }),
      })
      assert.ok(quiet.ok)
    })

    after(async () => {
      await browser?.close()
      await runtime?.stop()
      if (runtime) removeFolder(runtime.userDir)
    })

    describeLoading(() => ({ browser, url: runtime.url, nodeRed }))

    // On Node-RED 4.1 one language is enough: its dialogs have the same words.
    for (const [language, scheme] of nodeRed === 'node-red' ? LOOKS : LOOKS.slice(0, 1)) {
      describe(`in ${language}, ${scheme}`, () => {
        let editor: EditorPage
        const widths = new Set<number>()
        const text = (key: string) => catalogueOf(key.split('.')[0]!, language).get(key)!

        before(async () => {
          const label = `${nodeRed}-${language}-${scheme}`
          editor = await EditorPage.open(browser, runtime.url, { language, scheme, label })
        })

        after(async () => {
          await editor?.close()
        })

        afterEach(async function () {
          const errors = editor.errors.splice(0)
          if (this.currentTest?.state === 'failed') {
            await editor.screenshot('failed')
            await editor.reload()
          }
          assert.deepEqual(errors, [])
        })

        it('shows the palette', async () => {
          for (const [id, type, set] of NODES) {
            if (isConfig(id)) continue
            const label = await editor.paletteLabel(type)
            assert.equal(label.replace(/ /g, ''), text(`${set}.paletteLabel`).replace(/ /g, ''))
          }
          const category = catalogueOf('crisis-in', language).get('palette.label.crisis')
          assert.equal(await editor.categoryLabel(), category)
          await editor.page.locator('#red-ui-palette-container-crisis').scrollIntoViewIfNeeded()
          await editor.screenshot('palette')
        })

        it('finds every node in the palette by what people call it', async () => {
          const ours = NODES.filter(([id]) => !isConfig(id)).map(([, type]) => type)
          for (const word of ['危急值', '通知', 'PACS', 'his', 'soap']) {
            const found = await editor.searchPalette(word)
            for (const type of ours) assert.ok(found.includes(type), `${word}: ${type}`)
          }
          assert.ok((await editor.searchPalette('')).includes('inject'))
        })

        for (const [id, type, set] of NODES) {
          it(`opens and saves ${type}`, async () => {
            assert.equal((await editor.settingsOf(id))['valid'], true)
            await editor.openDialog(id, type, isConfig(id))
            await editor.screenshot(`${set}-1`)
            await editor.unfold()
            for (const look of ['light', 'dark'] as const) {
              await editor.page.emulateMedia({ colorScheme: look })
              await editor.screenshot(`${set}-2-${look}`)
              const { cut, astray, trayWidth } = await editor.layout()
              assert.deepEqual({ cut, astray }, { cut: [], astray: [] })
              widths.add(Math.round(trayWidth))
            }
            await editor.page.emulateMedia({ colorScheme: scheme })
            assert.equal(widths.size, 1, `all dialogs are as wide: ${[...widths].join(', ')}`)
            const prefix = isConfig(id) ? 'node-config-input' : 'node-input'
            await editor.page.fill(`#${prefix}-name`, `Named ${set}`)
            await editor.save(isConfig(id))
            const saved = await editor.settingsOf(id)
            assert.equal(saved['name'], `Named ${set}`)
            assert.equal(saved['valid'], true)
            const help = await editor.helpOf(type)
            assert.ok(help.length > 500)
            assert.equal(/[\u4e00-\u9fff]{12}/.test(help), language === 'zh-CN')
          })
        }

        describeSidebar(() => editor, text, language)

        it('fetches a WSDL and says what it found', async () => {
          const { page } = editor
          await editor.openDialog('peer', 'crisis peer', true)
          await page.click('#hospital-crisis-fetch')
          await page.waitForSelector('.red-ui-tray .hospital-crisis-table')
          const found = await page
            .locator('#hospital-crisis-wsdl .hospital-crisis-good')
            .allInnerTexts()
          const expected = ['SynCrisisInfo', 'SynCrisisResponseInfo'].map((name) =>
            text('crisis-peer.wsdl.found').replace('__name__', name),
          )
          assert.deepEqual(
            found.map((line) => line.trim()),
            expected,
          )
          await editor.screenshot('wsdl-found')

          await page.fill('#node-config-input-wsdl', `http://127.0.0.1:${port}/nothing-here?wsdl`)
          await page.click('#hospital-crisis-fetch')
          const error = page.locator('#hospital-crisis-wsdl .hospital-crisis-error')
          await error.waitFor()
          assert.equal(/[\u4e00-\u9fff]/.test(await error.innerText()), language === 'zh-CN')
          await editor.screenshot('wsdl-error')
          await page.fill('#node-config-input-wsdl', '')
          await editor.save(true)
        })

        it('previews the XML of a critical value, from the payload and from fields', async () => {
          const { page } = editor
          await editor.openDialog('out', 'crisis out', false)
          await editor.unfold()
          const xml = page.locator('#hospital-crisis-xml')
          await xml.getByText('<ExamNo>00000001</ExamNo>').waitFor()
          assert.match(
            await xml.innerText(),
            /\n {4}<CrisisSettor code="040002">管理员<\/CrisisSettor>\n/,
          )

          await page.selectOption('#node-input-source', 'fields')
          await xml.getByText('<CrisisSetTime>16:33:27</CrisisSetTime>').waitFor()
          await page.fill(
            '#hospital-crisis-sample',
            '{"payload":{"ExamNo":"00000077","CrisisSettor":{}}}',
          )
          await xml.getByText('<ExamNo>00000077</ExamNo>').waitFor()
          await editor.screenshot('preview-fields')

          await page.fill('#hospital-crisis-sample', '{"payload":')
          await page.getByText(text('crisis-out.preview.notJson')).waitFor()
          assert.equal(await xml.isVisible(), false)
          await page.fill('#hospital-crisis-sample', '{"payload":{"CrisisSettor":{}}}')
          await page.locator('.hospital-crisis-error', { hasText: 'ExamNo' }).waitFor()
          await editor.screenshot('preview-refused')

          await editor.save(false)
          const { fields, source, valid } = await editor.settingsOf('out')
          assert.equal(source, 'fields')
          assert.equal(valid, true)
          assert.deepEqual((fields as object[])[8], {
            name: 'CrisisSettor.code',
            type: 'msg',
            value: 'payload.CrisisSettor.code',
          })
          assert.equal((fields as object[]).length, 11)
          await editor.openDialog('out', 'crisis out', false)
          await page.selectOption('#node-input-source', 'payload')
          await editor.save(false)
          assert.deepEqual((await editor.settingsOf('out'))['fields'], [])
        })

        it('previews the XML of feedback without its licence', async () => {
          const { page } = editor
          await editor.openDialog('feedbackout', 'crisis feedback out', false)
          await editor.unfold()
          const xml = page.locator('#hospital-crisis-xml')
          await xml.getByText('<License>●●●●</License>').waitFor()
          assert.ok(!(await xml.innerText()).includes(LICENCE))
          await editor.save(false)
        })

        it('keeps licences as rows, and out of every export', async () => {
          const { page } = editor
          await editor.openDialog('service', 'crisis service', true)
          assert.equal(
            await page.locator('#hospital-crisis-service-wsdl').innerText(),
            `http://127.0.0.1:${port}/test/pacs?wsdl`,
          )
          assert.equal(await page.locator('.hospital-crisis-secret').inputValue(), LICENCE)
          assert.equal(
            await page.locator('.hospital-crisis-secret').getAttribute('type'),
            'password',
          )
          await page.click('#hospital-crisis-licence-rows .red-ui-editableList-addButton')
          await page.locator('.hospital-crisis-application').last().fill('EMR')
          await page.locator('.hospital-crisis-secret').last().fill('another-0002')
          await editor.screenshot('licences')
          await page.selectOption('#node-config-input-mount', 'port')
          await page.fill('#node-config-input-port', '18088')
          assert.equal(
            await page.locator('#hospital-crisis-address').innerText(),
            'http://127.0.0.1:18088/test/pacs',
          )
          await page.uncheck('#node-config-input-licenceCheck')
          await page.locator('#hospital-crisis-unchecked').waitFor()
          await editor.screenshot('service-port')
          await page.check('#node-config-input-licenceCheck')
          await page.selectOption('#node-config-input-mount', 'node-red')
          await editor.save(true)
          const { credentials } = await editor.settingsOf('service')
          assert.deepEqual(JSON.parse((credentials as { licences: string }).licences), [
            { application: 'HIS', licence: LICENCE },
            { application: 'EMR', licence: 'another-0002' },
          ])
          const exported = await editor.exported('in')
          assert.ok(exported.includes('crisis service'))
          assert.ok(!exported.includes(LICENCE) && !exported.includes('another-0002'))
        })

        it('refuses a failure code that could be taken for a success', async () => {
          const { page } = editor
          await editor.openDialog('response', 'generic response', false)
          assert.equal(await page.locator('#node-input-code').isVisible(), false)
          await page.selectOption('#node-input-outcome', 'failure')
          await page.fill('#node-input-code', '200')
          await page.press('#node-input-code', 'Tab')
          await page.locator('#node-input-code.input-error').waitFor()
          await page.hover('#node-input-code')
          await page.getByText(text('generic-response.error.codeSuccess')).waitFor()
          await editor.screenshot('failure-code')
          await page.fill('#node-input-code', '500')
          await page.press('#node-input-code', 'Tab')
          await page.locator('#node-input-code:not(.input-error)').waitFor()
          await page.selectOption('#node-input-outcome', 'auto')
          await editor.save(false)
        })

        describeLedgerDialogs(() => editor, text, language)
        describePeerDialog(() => editor, text, language)
        describeServiceDialog(() => editor, text, language)

        it('shows what each kind of channel has, and what is wrong with it', async () => {
          const { page } = editor
          await editor.openDialog('channel', 'crisis channel', true)
          const kind = page.locator('#node-config-input-kind')
          const wrong = page.locator('#hospital-crisis-channel-wrong .hospital-crisis-error')
          await editor.unfold()
          const names = [...new Set(Object.values(CHANNELS).flat())]
          const fields = page.locator(names.map((name) => `#node-config-input-${name}`).join())
          for (const [name, expected] of Object.entries(CHANNELS)) {
            await kind.selectOption(name)
            const shown = await fields
              .filter({ visible: true })
              .evaluateAll((inputs) =>
                (inputs as unknown as { id: string }[]).map(({ id }) => id.split('-').at(-1)),
              )
            assert.deepEqual(new Set(shown), new Set(expected), name)
            await editor.screenshot(`channel-${name}`)
          }
          await wrong.waitFor({ state: 'detached' })
          await kind.selectOption('gateway')
          await wrong.nth(1).waitFor()
          await page.fill('#node-config-input-url', `http://127.0.0.1:${port}/sms/{{to}}`)
          await page.locator('#hospital-crisis-rules-fold .red-ui-editableList-addButton').click()
          await page.fill('input.hospital-crisis-rule-pointer', '/code')
          await page.locator('#hospital-crisis-channel-preview', { hasText: '/sms/138' }).waitFor()
          await wrong.waitFor({ state: 'detached' })
          await page.fill('#hospital-crisis-channel-to', '13800000000')
          await page.click('#hospital-crisis-channel-test')
          const result = page.locator('#hospital-crisis-channel-result')
          await result.getByText('[ANSWER_UNREADABLE]').waitFor()
          await result.scrollIntoViewIfNeeded()
          await editor.screenshot('channel-tested')
          await editor.save(true)
          const saved = await editor.settingsOf('channel')
          const rules = [{ verdict: 'accepted', status: '', pointer: '/code', equals: '' }]
          assert.deepEqual([saved['rules'], saved['valid']], [rules, true])
          assert.ok(!(await editor.exported('channel')).includes(LICENCE))
        })

        it('shows the rows that an action of the parser needs', async () => {
          const { page } = editor
          await editor.openDialog('parser', 'crisis parser', false)
          const rows = { fhir: 'fhirBase', hl7: 'hl7Sender', paging: 'channel', write: 'licence' }
          for (const [action, shown] of Object.entries(rows)) {
            await page.selectOption('#node-input-action', action)
            for (const name of Object.values(rows)) {
              const visible = await page.locator(`#node-input-${name}`).isVisible()
              assert.equal(visible, name === shown, `${action}: ${name}`)
            }
            await editor.screenshot(`parser-${action}`)
          }
          await page.selectOption('#node-input-action', 'auto')
          await editor.save(false)
        })

        it('shows what a mapping makes of a sample while it is typed', async () => {
          const { page } = editor
          await editor.openDialog('parser', 'crisis parser', false)
          await page.selectOption('#node-input-action', 'mapIn')
          await page.fill('#hospital-crisis-mapping-sample', '<R><n>007</n></R>')
          const note = page.locator('#hospital-crisis-mapping-note')
          await note.getByText('/rows').waitFor()
          await page.click(
            '.red-ui-editableList:has(#hospital-crisis-mapping) .red-ui-editableList-addButton',
          )
          const part = (name: string) =>
            page.locator(`#hospital-crisis-mapping [data-part="${name}"]`)
          await part('field').selectOption('ExamNo')
          await part('at').fill('R/n')
          const shown = page.locator('#hospital-crisis-mapping-shown')
          await shown.getByText('"ExamNo": "007"').waitFor()
          await part('required').check()
          await page.fill('#hospital-crisis-mapping-sample', '<R/>')
          await note.getByText('R/n').waitFor()
          await editor.screenshot('parser-mapping')
          await page.selectOption('#node-input-action', 'mapOut')
          await editor.save(false)
          const { mapping, valid } = await editor.settingsOf('parser')
          const rows = [{ field: 'ExamNo', at: 'R/n', required: true }]
          assert.deepEqual([mapping, valid], [{ document: 'crisis', format: 'xml', rows }, true])

          await editor.openDialog('parser', 'crisis parser', false)
          await shown.getByText('<n>00000001</n>').waitFor()
          await page.selectOption('#node-input-action', 'auto')
          await editor.save(false)
        })
      })
    }
  })
}
