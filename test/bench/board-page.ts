import { chromium, type Page } from 'playwright-core'
import { findChromium } from '../browser/editor-page.js'
import { openRows } from '../support/board-data.js'
import { BoardServer } from '../support/board-server.js'
import { reportAim, type Effort } from './report.js'
import { figure, median, quantile, table } from './statistics.js'

const OPEN_EXAMS = 500
const CHANGED = 5
const AIM_FIRST_MS = 1000
const AIM_UPDATE_MS = 100
const SETTLE_MS = 400

/** Keeps what the page measures: it forgets each measure when it begins the next. */
const KEEP = `
  window.kept = []
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) window.kept.push([name, duration])
  }).observe({ entryTypes: ['measure'] })
`

/** The board's page with many open exams, by the measure of the browser: from the event until the page has been drawn. */
export async function benchBoardPage(effort: Effort): Promise<void> {
  const executablePath = findChromium()
  if (executablePath === undefined) {
    effort.tell('没有 Chromium no Chromium here')
    return
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const first: number[] = []
  const updates: number[] = []
  try {
    for (let round = 0; round < Math.min(effort.rounds, 5); round++) {
      const server = await BoardServer.start()
      server.rows = openRows(OPEN_EXAMS)
      const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
      await page.addInitScript(KEEP)
      await page.goto(server.url)
      first.push(...(await kept(page, 'board-first')))
      for (let turn = 0; turn < effort.rounds; turn++) {
        const changed = server.rows
          .slice(turn * CHANGED, (turn + 1) * CHANGED)
          .map((row) => ({ ...row, pages: row.pages + 1, stage: 'received' as const }))
        server.update(changed)
        await page.waitForTimeout(SETTLE_MS)
      }
      updates.push(...(await kept(page, 'board-update')))
      await page.close()
      server.close()
      effort.progress(round + 1)
    }
  } finally {
    await browser.close()
  }
  console.log(`\n## 看板页面 The board's page with ${OPEN_EXAMS} open exams\n`)
  const rows = [
    ['首次显示 first shown', figure(median(first)), figure(quantile(first, 1))],
    [`${CHANGED} 行变化 rows changed`, figure(median(updates)), figure(quantile(updates, 1))],
  ]
  console.log(table(['', '中位 median ms', '最大 most ms'], rows))
  reportAim('看板首次显示 board first shown, ms', median(first), '≤', AIM_FIRST_MS)
  reportAim('看板更新 board updated, ms', median(updates), '≤', AIM_UPDATE_MS)
}

async function kept(page: Page, name: string): Promise<readonly number[]> {
  await page.locator(`tbody tr:nth-child(${OPEN_EXAMS})`).waitFor()
  await page.waitForTimeout(SETTLE_MS)
  const all = (await page.evaluate('window.kept')) as readonly (readonly [string, number])[]
  return all.flatMap(([of, duration]) => (of === name ? [duration] : []))
}
