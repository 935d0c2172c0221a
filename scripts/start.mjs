// `npm start`: Node-RED with this package as it would be installed, example 01 in it, and the document's own
// sample critical value sent once. Each step of its way is printed as it happens; then one that nobody receives and one
// that is refused, so that the sidebar of the editor, and the board, have something to show.
//   --once            end after that round; the exit code tells whether the loop was closed
//   --port N          Node-RED's port (default: 1880, or a free one if that is taken)
//   --node-red-4      Node-RED 4.1 instead of 5
//   --no-build        use dist as it is
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertNode } from './node-version.mjs'

assertNode()
const root = resolve(fileURLToPath(import.meta.url), '../..')
const once = process.argv.includes('--once')
const nodeRed = process.argv.includes('--node-red-4') ? 'node-red-4' : 'node-red'

say('编译并打包本节点包', 'Building and packing the package')
if (!process.argv.includes('--no-build')) {
  const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--clean'], {
    stdio: 'inherit',
  })
  if (build.status !== 0) process.exit(1)
}
const support = await import('../dist/test/support/node-red.js')
const { checkPortsFree, followLoop } = await import('../dist/test/support/loop.js')
const { BOARD, playScenes, sceneFlows } = await import('../dist/test/support/scenes.js')

const tarball = support.packPackage()
const userDir = support.makeUserDir(tarball, 'start-')
const examples = join(root, 'examples')
const file = readdirSync(examples).find((name) => name.startsWith('01'))
const flows = JSON.parse(readFileSync(join(examples, file), 'utf8'))

const port = await choosePort()
say(
  `启动 Node-RED（${nodeRed === 'node-red' ? '5' : '4.1'}）`,
  `Starting Node-RED ${nodeRed === 'node-red' ? '5' : '4.1'}`,
)
const running = await support.startNodeRed({ userDir, port, nodeRed })
let stopping = false
async function stop(code) {
  if (stopping) return
  stopping = true
  await running.stop()
  support.removeFolder(userDir)
  process.exit(code)
}
process.on('SIGINT', () => void stop(0))
process.on('SIGTERM', () => void stop(0))
running.process.once('exit', (code) => {
  if (stopping) return
  console.error(running.log())
  console.error(`Node-RED ended by itself (${code}).`)
  support.removeFolder(userDir)
  process.exit(1)
})

const services = flows.filter((node) => node.type === 'crisis service')
await checkPortsFree(services.map((service) => Number(service.port))).catch((error) => {
  console.error(`✗ ${error.message}`)
  return stop(1)
})
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const board =
  'crisis-board' in manifest['node-red'].nodes
    ? { password: randomBytes(9).toString('base64url') }
    : null
const scenes = sceneFlows(new URL(running.url).port, board)
const result = await followLoop(running, [...flows, ...scenes], print)
const isShown = result.closed && (await playScenes(running, print))
console.log('')
if (result.closed) {
  say(
    `闭环完成：样例危急值走完全程，用时 ${result.elapsedMs} 毫秒（其中模拟医生处理 1 秒）`,
    `The loop is closed: the sample went all the way round in ${result.elapsedMs} ms (1 s of it is the simulated doctor)`,
  )
} else {
  say(`✗ 闭环未完成：${result.problem.zh}`, `The loop was not closed: ${result.problem.en}`)
  console.error(running.log())
}
if (once) await stop(isShown ? 0 : 1)
console.log(`
  编辑器 editor      ${running.url}（右侧“危急值”页；the tab “crisis” at its right）
${boardLines()}  HIS 服务 WSDL      ${wsdl(services[0])}
  PACS 服务 WSDL     ${wsdl(services[1])}

  再次发送：在编辑器中点击“发送样例危急值”左侧的按钮。  To send again, press the button of the inject node.
  按 Ctrl+C 停止，临时目录会被删除。                   Ctrl+C stops it and removes the throw-away folder.
`)

function boardLines() {
  if (!board) return ''
  return `  看板 board         ${running.url}${BOARD.path}/   ${BOARD.user} / ${board.password}\n`
}

function say(zh, en) {
  console.log(`${zh} · ${en}`)
}

function print(step) {
  const mark = step.ok ? '✓' : '✗'
  console.log(`${String(step.elapsedMs).padStart(6)} ms  ${mark} ${step.zh}\n           ${step.en}`)
}

function wsdl(service) {
  return `http://${service.host}:${service.port}${service.path}?wsdl`
}

async function choosePort() {
  const at = process.argv.indexOf('--port')
  if (at > 0) return Number(process.argv[at + 1])
  const free = await new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(1880, '127.0.0.1', () => server.close(() => done(true)))
  })
  return free ? 1880 : support.freePort()
}
