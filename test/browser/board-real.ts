import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { callWith, crisisXml } from '../support/calls.js'
import {
  freePort,
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
  type RunningNodeRed,
} from '../support/node-red.js'
import { inNode, service } from '../support/nodes.js'
import { LOOK_ZH, Visit } from './board-visit.js'

const PASSWORD = 'an invented pass phrase'

/** The page before the real node in a real Node-RED: a value comes in, somebody takes it, and its trace says so. */
export function describeRealBoard(browser: () => Browser): void {
  describe('of a real node', () => {
    let runtime: RunningNodeRed
    let url: string

    before(async () => {
      const tarball = packPackage()
      const userDir = makeUserDir(tarball, 'board-')
      rmSync(tarball)
      const port = await freePort()
      url = `http://127.0.0.1:${port}/crisis`
      const flows = [
        { id: 'tab', type: 'tab', label: 'Board' },
        service({ port: String(port) }),
        { ...inNode({ wires: [[]] }), z: 'tab' },
        { id: 'board', type: 'crisis board', version: 1, credentials: { password: PASSWORD } },
      ]
      runtime = await startNodeRed({ userDir, flows })
    })
    after(async () => {
      await runtime?.stop()
      if (runtime) removeFolder(runtime.userDir)
    })

    it('shows a value as it comes in, and takes what a person does', async () => {
      const visit = await Visit.begin(browser(), LOOK_ZH)
      const { page } = visit
      const board = { url: `${runtime.url}/crisis-board/` }
      await page.goto(`${runtime.url}/crisis-board`)
      await page.fill('[name=user]', 'admin')
      await page.fill('[name=password]', PASSWORD)
      await page.click('[type=submit]')
      await page.locator('.empty').waitFor()
      await callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo: '20260301', CrisisName: '<b>夹层' }))
      const row = page.locator('tbody tr', { hasText: '<b>夹层' })
      await row.waitFor()
      await row.locator('a').click()
      await page.locator('[data-act=received]').click()
      await page.locator('dialog [name=readBack]').check()
      await page.click('dialog [type=submit]')
      await page.locator('dialog').waitFor({ state: 'detached' })
      await page.locator('.exam .stage', { hasText: '已接收' }).waitFor()
      await page.locator('.timeline details summary').first().click()
      await page.locator('pre', { hasText: '20260301' }).waitFor()
      await visit.look('real-exam')
      const places = [
        'stuck',
        'search?ExamNo=20260301',
        'register',
        'figures',
        'roster',
        'downtime',
      ]
      for (const place of [...places, 'accounts', 'wall', 'open']) {
        await visit.goTo(board, place)
        await visit.look(`real-${place.replaceAll(/\W/g, '-')}`)
        assert.equal(await page.locator('.broken').count(), 0, place)
      }
      await page.locator('tbody tr', { hasText: '已接收' }).waitFor()
      await page.click('.you summary')
      await page.click('[data-switch=sign-out]')
      await page.locator('[name=password]').waitFor()
      await visit.end(board, /401/)
    })
  })
}
