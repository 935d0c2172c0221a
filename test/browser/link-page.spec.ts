import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { LinkPage } from '../../nodes/acknowledge/link-page.js'
import { Pages } from '../../src/http/hosting/index.js'
import { Site } from '../ledger/site.js'
import { MemoryEngine } from '../support/memory-engine.js'
import { findChromium, type Look } from './editor-page.js'

const NOW = Date.UTC(2026, 0, 5, 12)
const DOCTOR = { code: '040007', name: '李医生' }
const PHONE = { width: 360, height: 740 }

/** Runs in the page: what is cut or too small for a thumb, and whether the style was taken. */
const MEASURE = `(() => {
  const all = [...document.querySelectorAll('button, a, input:not([type=hidden]), select, textarea, summary')]
  const seen = all.filter((one) => one.checkVisibility())
  const small = seen.filter((one) => {
    const target = one.type === 'checkbox' ? one.closest('label') : one
    return target.getBoundingClientRect().height < 44 && one.tagName !== 'SUMMARY'
  })
  return {
    small: small.map((one) => one.outerHTML.slice(0, 80)),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    styled: getComputedStyle(document.querySelector('section')).borderRadius,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    ground: getComputedStyle(document.body).backgroundColor,
  }
})()`

interface Measured {
  readonly small: readonly string[]
  readonly wide: number
  readonly styled: string
  readonly dark: boolean
  readonly ground: string
}

describe('the link page on a telephone', function () {
  this.timeout(20_000)
  let browser: Browser
  let server: Server
  let site: Site

  before(async function () {
    const executablePath = findChromium()
    if (executablePath === undefined) this.skip()
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
    site = new Site(new MemoryEngine({ now: NOW }), 'pacs')
    const pages = new Pages()
    const page = new LinkPage({
      ledger: site.ledger,
      acknowledging: () => ({
        ...{ actor: site.actor, target: 'node', message: '{}', system: null },
        ...{ zone: '+08:00', result: '已处理' },
      }),
      ...{
        hospital: '市第一人民医院',
        zone: '+08:00',
        people: () => Promise.resolve([]),
        linkMs: 3_600_000,
      },
      acted: () => {},
      unknown: () => {},
      now: () => NOW,
    })
    pages.register('/crisis/link', (request) => page.answer(request))
    server = createServer((req, res) => {
      if (!pages.handle(req, res)) res.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  after(async () => {
    await browser?.close()
    server?.closeAllConnections()
    server?.close()
  })

  for (const [language, scheme, words] of [
    ['zh-CN', 'light', ['危急值确认', '已接收', '已记录', '只能使用一次']],
    ['en-US', 'dark', ['Critical value', 'Received', 'Recorded', 'works only once']],
  ] as const satisfies readonly (readonly [string, Look, readonly string[]])[]) {
    it(`acknowledges in ${language}, ${scheme}, without a script`, async () => {
      const { alert } = await site.send({
        ExamNo: `2026-${language}`,
        CrisisMemo: '加急处理。'.repeat(6),
      })
      const link = { alert, revision: 1, person: DOCTOR, expiresMs: 60_000 }
      const token = await site.ledger.run('mintLink', link)
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/crisis/link/${token}`
      const context = await browser.newContext({
        ...{ locale: language, colorScheme: scheme, viewport: PHONE, deviceScaleFactor: 2 },
        javaScriptEnabled: false,
      })
      const page = await context.newPage()
      const asked: string[] = []
      const errors: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      page.on('console', (message) => errors.push(message.text()))
      const look = async (name: string): Promise<void> => {
        const { small, wide, styled, dark, ground } = (await page.evaluate(MEASURE)) as Measured
        assert.deepEqual([small, wide, styled], [[], 0, '12px'], name)
        const isBright = Number(/\d+/.exec(ground)?.[0]) > 128
        assert.deepEqual([dark, isBright], [scheme === 'dark', scheme === 'light'])
        const folder = process.env['SCREENSHOT_DIR']
        if (folder === undefined) return
        await page.screenshot({
          path: join(folder, `link-${language}-${name}.png`),
          fullPage: true,
        })
      }
      await page.goto(url)
      assert.equal(await page.title(), words[0])
      assert.doesNotMatch(await page.innerText('main'), /胎盘|C0001/)
      await look('ask')
      await page.fill('[name=typed]', 'x')
      await page.click('button.main')
      await page.locator('[role=alert]').waitFor()
      await look('wrong')
      await page.fill('[name=typed]', DOCTOR.code)
      await page.click('button.main')
      assert.equal(await page.innerText('.value'), '胎盘早剥')
      await page.click('summary')
      await look('act')
      await page.check('[name=readBack]')
      await page.click(`button:has-text("${words[1]}")`)
      assert.equal(await page.innerText('h1'), words[2])
      await look('done')
      await page.goto(url)
      assert.match(await page.innerText('.mark'), new RegExp(words[3]))
      await look('used')
      await otherLanguage(page, language)
      assert.deepEqual(
        asked.filter((one) => !one.startsWith(new URL(url).origin) || /favicon/.test(one)),
        [],
      )
      // A browser names the status of a page that is no success.
      assert.deepEqual(
        errors.filter((one) => !/status of 410/.test(one)),
        [],
      )
      await context.close()
    })
  }
})

async function otherLanguage(page: Page, language: string): Promise<void> {
  await page.click('header a')
  const other = language === 'zh-CN' ? 'en' : 'zh-CN'
  assert.equal(await page.getAttribute('html', 'lang'), other)
}
