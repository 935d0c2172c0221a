import assert from 'node:assert/strict'
import type { EditorPage } from './editor-page.js'

const STATE_PATH = '**/hospital-flows-crisis/state'

const SEEN = {
  at: 1_795_000_000_000,
  open: 4,
  overdue: { received: 2, processed: 1 },
  owed: [{ peer: 'peer', count: 7, oldestAt: 1_795_000_000_000 }],
  stuck: [
    { kind: 'dead', node: 'peer', count: 3 },
    { kind: 'unclaimed', node: 'gone<b>', count: 5 },
    { kind: 'orphan', node: '', count: 6 },
  ],
  lastTrouble: {
    code: 'PEER_FAILING',
    reason: { zh: '对方系统不能接收消息', en: 'The peer takes no documents' },
    at: 1_795_000_000_000,
    node: 'peer',
  },
}

/** The tab beside the flow: what it says of an answer, and where its names lead. */
export function describeSidebar(
  open: () => EditorPage,
  text: (key: string) => string,
  language: string,
): void {
  const say = (key: string, count = ''): string =>
    text(`crisis-store.state.${key}`).replace('__count__', count)
  const reason = { zh: '磁盘已满', en: 'The disk is full' }
  const own = language === 'zh-CN' ? 'zh' : 'en'

  it('shows the state of the ledgers beside the flow, and leads to its nodes', async () => {
    const editor = open()
    const { page } = editor
    const place = page.locator('.hospital-crisis-state')
    const says = (words: string) => place.getByText(words).first().waitFor()
    await page.evaluate("RED.sidebar.show('hospital-crisis-state')")
    // The runtime's own answer, of the ledger that the flows have.
    await says(say('open'))
    assert.equal(await place.locator('section').count(), 1)

    const scenes: readonly [status: number, json: object, words: readonly string[]][] = [
      [200, { ledgers: [] }, [say('none')]],
      [401, {}, [text('crisis-store.error.permission')]],
      [
        200,
        { ledgers: [{ store: 'store', state: 'unused', reason: null, seen: null }] },
        [say('unused')],
      ],
      [200, { ledgers: [{ store: 'store', state: 'failing', reason, seen: null }] }, [reason[own]]],
      [
        200,
        { ledgers: [{ store: 'store', state: 'works', reason: null, seen: SEEN }] },
        [
          say('late.received', '2'),
          say('late.processed', '1'),
          say('kind.dead'),
          'gone<b>',
          `${SEEN.lastTrouble.reason[own]} [PEER_FAILING]`,
        ],
      ],
    ]
    for (const [status, json, words] of scenes) {
      await page.unroute(STATE_PATH)
      await page.route(STATE_PATH, (route) => route.fulfill({ status, json }))
      await place.getByLabel(say('refresh')).click()
      for (const word of words) await says(word)
    }
    for (const look of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: look })
      await editor.screenshot(`sidebar-${look}`)
    }
    await page.emulateMedia({ colorScheme: language === 'zh-CN' ? 'light' : 'dark' })
    await place.locator('[data-jump="peer"]').first().click()
    await page.waitForSelector('#node-config-input-wsdl')
    await editor.save(true)
    await page.unroute(STATE_PATH)
    await page.evaluate("RED.sidebar.show('info')")
  })
}
