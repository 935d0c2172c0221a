// Takes the pictures of the README and the reference anew, in both languages: example 01 in the editor after the sample
// went round, who may call one of its services, example 06 while it reminds, the link page on a telephone, and the dialog of
// each node with the sidebar; and the board. With `nodes` only those of dialogs, of all nodes or of those that are named
// behind it; with `board` only that. Needs Chromium (Debian: apt-get install chromium fonts-noto-cjk) and a build (`npm run build`).
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { assertNode } from './node-version.mjs'

assertNode()
const root = resolve(fileURLToPath(import.meta.url), '../..')
const support = await import('../dist/test/support/node-red.js')
const { followLoop } = await import('../dist/test/support/loop.js')
const { EditorPage, findChromium } = await import('../dist/test/browser/editor-page.js')
const { flowsFor, isConfig, NODES } = await import('../dist/test/browser/flows.js')
const { actPage } = await import('../dist/src/board/index.js')

const examples = join(root, 'examples')
const exampleOf = (number) => {
  const file = readdirSync(examples).find((name) => name.startsWith(number))
  return readFileSync(join(examples, file), 'utf8')
}
const flows = JSON.parse(exampleOf('01'))
const images = join(root, 'docs', 'images')
mkdirSync(images, { recursive: true })

const userDir = support.makeUserDir(support.packPackage(), 'screenshots-')
const running = await support.startNodeRed({ userDir })
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
const LANGUAGES = [
  ['zh-CN', 'zh.png'],
  ['en-US', 'en.png'],
]
const LOADED_MS = 60_000
const STARTED_MS = 3_000
/** By then two of the three steps of example 06 have called somebody. */
const REMINDED_MS = 9_000
const PHONE = { width: 360, height: 740 }

async function openEditor(language, label, height) {
  const look = { language, scheme: 'light', label }
  // A machine that has other work too.
  const waitLonger = async (page) => page.setDefaultTimeout(LOADED_MS)
  const editor = await EditorPage.open(browser, running.url, look, waitLonger)
  await editor.page.setViewportSize({ width: 1600, height })
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
  return editor
}

/** The page on which a person acts, once they have said who they are. */
async function takeLinkPage(locale, end) {
  const language = locale === 'zh-CN' ? 'zh' : 'en'
  const crisis = {
    ExamNo: '00000001',
    ApplyNo: '00000001',
    SickNo: 'C0001',
    CrisisCode: '1',
    CrisisName: '胎盘早剥',
    CrisisSettor: { code: '040002', name: '管理员' },
  }
  const page = await browser.newPage({ viewport: PHONE })
  await page.setContent(
    actPage(
      { language, hospital: language === 'zh' ? '示例医院' : 'Example hospital' },
      {
        about: { examNo: '00000001', level: '1', setAt: null, openedAt: 0, flags: [] },
        crisis,
        person: { code: '040007', name: '李医生' },
        isTakenOver: false,
        receivedBy: null,
        people: [],
        who: '',
        proof: '',
        problem: null,
        time: () => '2026-01-05 16:33',
      },
    ),
  )
  await page.screenshot({ path: join(images, `link-${end}`), fullPage: true })
  await page.close()
}

/** The board with an invented hospital's critical values: what is open, and the figures. */
async function takeBoard() {
  const { BoardServer } = await import('../dist/test/support/board-server.js')
  const server = await BoardServer.start()
  try {
    for (const [language, end] of LANGUAGES) {
      server.language = language
      const page = await browser.newPage({ viewport: { width: 1280, height: 760 } })
      for (const [place, name] of [
        ['open', 'board'],
        ['figures', 'board-figures'],
      ]) {
        await page.goto(`${server.url}#/${place}`)
        await page.locator('h1').waitFor()
        await setTimeout(1_000)
        await page.screenshot({ path: join(images, `${name}-${end}`) })
      }
      await page.close()
    }
  } finally {
    server.close()
  }
}

/** As much of a dialog as shows what the node is about, in px. */
const DIALOG_HEIGHT = 560

const asked = process.argv.slice(3)
const isAsked = ([, , set]) => asked.length === 0 || asked.includes(set)

async function takeNodes() {
  const { port } = new URL(running.url)
  await running.deploy(flowsFor(Number(port)))
  for (const [language, end] of LANGUAGES) {
    const editor = await openEditor(language, end, 900)
    const { page } = editor
    for (const [id, type, set] of NODES.filter(isAsked)) {
      await editor.openDialog(id, type, isConfig(id))
      const { x, y, width, height } = await page.locator('.red-ui-tray').last().boundingBox()
      const clip = { x, y, width, height: Math.min(height, DIALOG_HEIGHT) }
      await page.screenshot({ path: join(images, `node-${set}-${end}`), clip })
      await editor.save(isConfig(id))
    }
    await editor.close()
  }
}

async function takeLoop() {
  const { closed } = await followLoop(running, flows, () => {})
  if (!closed) throw new Error('the loop was not closed')
  for (const [language, end] of LANGUAGES) {
    const editor = await openEditor(language, end, 900)
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
  const { port } = new URL(running.url)
  await running.deploy(JSON.parse(exampleOf('06').replaceAll(':1880', `:${port}`)))
  await setTimeout(STARTED_MS)
  await fetch(`${running.url}/inject/c06send`, { method: 'POST' })
  await setTimeout(REMINDED_MS)
  for (const [language, end] of LANGUAGES) {
    const editor = await openEditor(language, end, 1240)
    await editor.page.screenshot({ path: join(images, `escalation-${end}`) })
    await editor.close()
    await takeLinkPage(language, end)
  }
}

try {
  if (process.argv[2] !== 'nodes') await takeBoard()
  if (!['nodes', 'board'].includes(process.argv[2])) await takeLoop()
  if (process.argv[2] !== 'board') await takeNodes()
} finally {
  await browser.close()
  await running.stop()
  support.removeFolder(userDir)
}
