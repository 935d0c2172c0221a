import assert from 'node:assert/strict'
import { chromium, type Browser } from 'playwright-core'
import { BoardServer } from '../support/board-server.js'
import { openRow } from '../support/board-data.js'
import { ACT_SCENES } from './board-acts.js'
import { describeRealBoard } from './board-real.js'
import { LOOK_ZH, Visit, type Language } from './board-visit.js'
import { findChromium, type Look } from './editor-page.js'

/** The places of the board with their headings, and what stands in each when there is nothing and when it fails. */
const PLACES: readonly (readonly [place: string, zh: RegExp, en: RegExp, view?: string])[] = [
  ['open', /未闭环危急值/, /Open critical values/],
  ['exam/2', /主动脉夹层/, /主动脉夹层/, 'exam'],
  ['stuck', /需人工处理/, /Stuck/, 'stuck'],
  ['search?stage=received', /查找/, /Search/, 'search'],
  ['register', /登记本/, /Register/, 'register'],
  ['figures', /指标/, /Figures/, 'figures'],
  ['figures?by=department', /指标/, /Figures/],
  ['roster', /当前值班/, /On call now/, 'roster'],
  ['downtime', /停机登记/, /Downtime/, 'phone-calls'],
  ['accounts', /账号/, /Accounts/, 'accounts'],
  ['password', /修改密码/, /Your password/],
  ['wall', /危急值/, /Critical values/],
]

/** Each language meets each scheme, at the three widths in turn. */
const LOOKS: readonly (readonly [Language, Look, number, number])[] = [
  ['zh-CN', 'light', 1920, 1080],
  ['en-US', 'light', 1280, 800],
  ['zh-CN', 'dark', 1280, 800],
  ['en-US', 'dark', 390, 844],
]

describe('the board in a browser', function () {
  this.timeout(120_000)
  let browser: Browser
  let server: BoardServer

  before(async function () {
    const executablePath = findChromium()
    if (executablePath === undefined) this.skip()
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })
  after(() => browser?.close())
  beforeEach(async () => {
    server = await BoardServer.start()
  })
  afterEach(() => server.close())

  describeRealBoard(() => browser)

  for (const [language, scheme, width, height] of LOOKS) {
    it(`shows every page in ${language}, ${scheme}, ${width} wide`, async () => {
      server.language = language
      const visit = await Visit.begin(browser, { language, scheme, width, height })
      const label = `${language}-${scheme}-${width}`
      server.isSignedIn = false
      await visit.page.goto(server.url)
      await visit.page.locator('form').waitFor()
      await visit.look(`${label}-sign-in`)
      server.isSignedIn = true
      await visit.page.reload()
      for (const [place, zh, en] of PLACES) {
        await visit.goTo(server, place)
        const heading = await visit.page.innerText('h1')
        assert.match(heading, language === 'zh-CN' ? zh : en, place)
        await visit.look(`${label}-${place.replaceAll(/\W/g, '-')}`)
      }
      await visit.end(server)
    })
  }

  for (const [language, scheme, width, height] of LOOKS.slice(2)) {
    it(`does every act in ${language}, ${scheme}, ${width} wide`, async () => {
      server.language = language
      const visit = await Visit.begin(browser, { language, scheme, width, height })
      await visit.page.goto(server.url)
      for (const [n, scene] of ACT_SCENES.entries()) {
        // A form that stands in the page itself has been looked at with the page.
        const label = scene.button === null ? null : `${language}-act-${n}-${scene.sent.kind}`
        await visit.act(server, scene, label)
        assert.deepEqual(server.acts.at(-1), scene.sent)
        assert.equal(server.acts.length, n + 1, 'each act is sent once')
      }
      await visit.end(server)
    })
  }

  it('takes nothing for done that was not, and says when nobody knows', async () => {
    const visit = await Visit.begin(browser, LOOK_ZH)
    const { page } = visit
    await page.goto(server.url)
    server.answer = { isDone: false, reason: { zh: '需要第二人', en: 'A second person' } }
    const replay = ACT_SCENES.find(({ sent }) => sent.kind === 'replay')!
    await visit.fill(server, replay)
    await page.click('dialog [type=submit]')
    await page.locator('dialog [role=alert]', { hasText: '需要第二人' }).waitFor()
    server.isCut = true
    await page.click('dialog [type=submit]')
    await page.locator('dialog [role=alert]', { hasText: '无法确定是否已记录' }).waitFor()
    assert.equal(await page.locator('.told[data-shown=true]').count(), 0)
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    // The focus goes back to the button.
    await page.waitForFunction(`document.activeElement.matches('[data-act=replay]')`)
    await visit.end(server, /Failed to load|ERR_EMPTY_RESPONSE/)
  })

  it('follows what changes, says so when it no longer does, and recovers', async () => {
    const visit = await Visit.begin(browser, LOOK_ZH)
    const { page } = visit
    await page.goto(server.url)
    const spoken = (hasText: string) =>
      page.locator('[data-spoken]', { hasText }).waitFor({ state: 'attached' })
    await spoken('2 例超时，共 14 例未闭环')
    server.update([{ ...openRow(7), isOverdue: true, text: '<img src=x onerror=alert(1)>' }], [1])
    await page.locator('tbody tr', { hasText: '<img src=x' }).waitFor()
    await page.waitForFunction(`document.querySelectorAll('tbody tr').length === 13`)
    assert.equal(await page.locator('main img').count(), 0)
    server.update([{ ...openRow(8), isOverdue: true }])
    await spoken('3 例超时，共 13 例未闭环')
    assert.match(await page.title(), /^\(3\)/)
    server.failing.add('events')
    server.cutStreams()
    await page.getByText(/未连接，最后状态 16:33:\d\d/).waitFor()
    assert.equal(await page.locator('tbody tr').count(), 13, 'the last state stays')
    server.failing.clear()
    await page.locator('[data-live=yes]').waitFor()
    await visit.end(server, /503|ERR_INCOMPLETE|ERR_EMPTY/)
  })

  it('draws pages that are empty, and pages that cannot be read', async () => {
    const visit = await Visit.begin(browser, LOOK_ZH)
    server.rows = []
    server.isEmpty = true
    await visit.page.goto(server.url)
    for (const [place, , , view] of PLACES) {
      if (view === 'exam' || place === 'password') continue
      await visit.goTo(server, place)
      await visit.page.locator('.empty').first().waitFor()
    }
    await visit.look('empty-wall')
    for (const [place, , , view] of PLACES) {
      if (view === undefined) continue
      server.failing.add(view)
      await visit.goTo(server, place, '.broken')
      await visit.page.getByText('数据库繁忙').waitFor()
      server.failing.clear()
      if (view === 'accounts') await visit.look('broken-accounts')
    }
    await visit.page.click('.broken button')
    await visit.page.locator('.empty').waitFor()
    await visit.end(server, /503/)
  })

  it('is used by keyboard, by other words and colours, and left and entered again', async () => {
    const visit = await Visit.begin(browser, LOOK_ZH)
    const { page } = visit
    await page.goto(server.url)
    await page.locator('table').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForFunction(`document.activeElement.id === 'main'`)
    await page.keyboard.press('/')
    await page.locator('[name=ExamNo]:focus').waitFor()
    await page.keyboard.type('2026/03')
    await page.keyboard.press('Enter')
    await page.locator('.more button').click()
    await page.locator('tbody tr:nth-child(16)').waitFor()
    await page.click('[data-switch=language]')
    await page.click('[data-switch=scheme]')
    const inEnglish = page.locator('h1', { hasText: 'Search' })
    await inEnglish.waitFor()
    await page.waitForFunction(`document.documentElement.dataset.scheme === 'dark'`)
    await page.reload()
    // The choice outlives the visit.
    await inEnglish.waitFor()
    await visit.goTo(server, 'figures')
    await page.locator('.figure a').first().click()
    await page.locator('.register').waitFor()
    assert.match(page.url(), /#\/register\?from=2026-02-03&until=2026-03-05&missed=RQI-RCV-04$/)
    assert.match(
      (await page.getAttribute('a[download]', 'href')) ?? '',
      /^api\/register\.csv\?from=.*&missed=RQI-RCV-04&language=en$/,
    )
    await page.emulateMedia({ media: 'print' })
    await visit.goTo(server, 'downtime', '.paper')
    assert.equal(await page.locator('.lines tbody tr').count(), 14)
    await page.emulateMedia({ media: 'screen' })
    await page.click('.you summary')
    await page.click('[data-switch=sign-out]')
    await page.fill('[name=user]', 'lixiao')
    await page.fill('[name=password]', 'wrong')
    await page.click('[type=submit]')
    await page.getByText('Wrong account or password').waitFor()
    await page.fill('[name=password]', 'invented-word')
    await page.click('[type=submit]')
    await page.locator('h1', { hasText: 'Downtime' }).waitFor()
    await visit.end(server, /401/)
  })
})
