import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, posix } from 'node:path'
import { LANGUAGES, loadDefinitions, readRoot, ROOT } from './editor-half.js'

interface Manifest {
  readonly name: string
  readonly license: string
  readonly repository: { readonly url: string }
  readonly bugs: { readonly url: string }
  readonly keywords: readonly string[]
  readonly bin: Readonly<Record<string, string>>
  readonly engines: { readonly node: string }
  readonly dependencies: Readonly<Record<string, string>>
  readonly 'node-red': {
    readonly version: string
    readonly plugins: Readonly<Record<string, string>>
    readonly nodes: Readonly<Record<string, string>>
  }
}

const manifest = JSON.parse(readRoot('package.json')) as Manifest
const sets = Object.keys(manifest['node-red'].nodes)

/** npm as it runs this test, else the one that stands among the development dependencies. */
function npmCli(): string {
  const given = process.env['npm_execpath']
  if (given !== undefined && /npm-cli\.[cm]?js$/.test(given)) return given
  const resolved = createRequire(__filename).resolve('npm/package.json')
  return join(dirname(resolved), 'bin', 'npm-cli.js')
}

function packedFiles(): ReadonlySet<string> {
  const output = execFileSync(
    process.execPath,
    [npmCli(), 'pack', '--dry-run', '--json', '--ignore-scripts'],
    { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  // npm 11 answers a list, npm 12 an object by package name.
  const answer = JSON.parse(output) as object
  const [packed] = Object.values(answer) as { files: { path: string }[] }[]
  return new Set(packed!.files.map((file) => file.path))
}

/** The places of a page that a link can name, as GitHub and npm make them of its headings. */
const anchorsOf = (page: string): readonly string[] =>
  [...readRoot(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  )

describe('the package', function () {
  this.timeout(60_000)
  let files: ReadonlySet<string>

  before(() => {
    files = packedFiles()
  })

  // Node-RED says nothing at all when one of these is missing: the node is just not there.
  for (const set of sets) {
    it(`brings all that ${set} needs`, () => {
      const script = manifest['node-red'].nodes[set]!
      assert.equal(basename(script, '.js'), set, 'the set name is part of the i18n namespace')
      const folder = dirname(script)
      const wanted = [
        script,
        `${folder}/${set}.html`,
        ...LANGUAGES.flatMap((language) => [
          `${folder}/locales/${language}/${set}.json`,
          `${folder}/locales/${language}/${set}.html`,
        ]),
      ]
      for (const path of wanted) assert.ok(files.has(path), `${path} is missing`)
    })
  }

  it('brings an icon for each node, beside the compiled nodes', () => {
    const icons = [...loadDefinitions(sets).values()].map(({ icon }) => icon)
    assert.equal(icons.length, 18)
    assert.equal(new Set(icons).size, 18, 'each node has its own')
    for (const icon of icons) assert.ok(files.has(`dist/nodes/icons/${icon}`), icon)
  })

  it('brings what the dialogs share as a plugin of the editor', () => {
    for (const [set, path] of Object.entries(manifest['node-red'].plugins)) {
      assert.equal(basename(path, '.html'), set)
      assert.ok(files.has(path), path)
    }
  })

  it('brings the code of the dialogs where Node-RED serves it from, and all that it imports', () => {
    const follow = (path: string, seen = new Set<string>()): Set<string> => {
      if (seen.has(path)) return seen
      assert.ok(files.has(path), path)
      seen.add(path)
      for (const [, target] of readRoot(path).matchAll(/\bfrom '(\.[^']+)'/g)) {
        follow(join(dirname(path), target!).replaceAll('\\', '/'), seen)
      }
      return seen
    }
    assert.ok(follow('resources/nodes/editor/main.js').size > 10)
  })

  it('brings its command', () => {
    for (const [name, path] of Object.entries(manifest.bin)) {
      assert.ok(files.has(path), name)
      assert.match(readRoot(path), /^#!\/usr\/bin\/env node\n/)
    }
  })

  it('brings what its pages link to, and each place in them', () => {
    const pages = [...files].filter((file) => file.endsWith('.md'))
    assert.ok(pages.length >= 6)
    for (const page of pages) {
      for (const [, link] of readRoot(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link!)) continue
        const [path = '', anchor] = link!.split('#')
        const target = path === '' ? page : posix.join(posix.dirname(page), path)
        assert.ok(files.has(target), `${page} links to ${target}`)
        if (anchor !== undefined) assert.ok(anchorsOf(target).includes(anchor), `${page}: ${link}`)
      }
    }
  })

  it('brings licence, readme and examples, and no sources or tests', () => {
    for (const path of ['LICENSE', 'README.md', 'package.json', 'dist/board/index.html'])
      assert.ok(files.has(path), path)
    assert.ok([...files].some((path) => /^examples\/.+\.json$/.test(path)))
    for (const path of files) {
      assert.ok(!/\.ts$|^test\/|^dist\/test\/|\.spec\./.test(path), `${path} has no place there`)
    }
  })
})

describe('the scorecard of the flow library, as far as it can be told offline', () => {
  it('P01 names a licence, P03 where to report, P05 its keyword', () => {
    assert.equal(manifest.license, 'MIT')
    assert.match(manifest.repository.url, /^git\+https:\/\//)
    assert.match(manifest.bugs.url, /^https:\/\//)
    assert.ok(manifest.keywords.includes('node-red'))
  })

  it('P04 is scoped', () => assert.match(manifest.name, /^@[a-z0-9-]+\/node-red-[a-z0-9-]+$/))

  it('P07 admits the oldest Node that Node-RED 5 runs on', () => {
    const floor = /^>=(\d+)\.(\d+)\.(\d+)$/.exec(manifest.engines.node)
    assert.ok(floor, 'engines.node is a plain floor')
    const [major = 0, minor = 0, patch = 0] = floor.slice(1).map(Number)
    assert.ok(major * 1e6 + minor * 1e3 + patch <= 22_009_000)
  })

  it('D01 has at most six dependencies', () => {
    assert.ok(Object.keys(manifest.dependencies).length <= 6)
  })

  it('N02 shows every node in an example', () => {
    const folder = join(ROOT, 'examples')
    const names = existsSync(folder)
      ? readdirSync(folder).filter((name) => name.endsWith('.json'))
      : []
    const used = new Set(
      names.flatMap((name) =>
        (JSON.parse(readRoot('examples', name)) as { type: string }[]).map(({ type }) => type),
      ),
    )
    for (const [type, { category }] of loadDefinitions(sets)) {
      if (category !== 'config') assert.ok(used.has(type), `no example uses ${type}`)
    }
  })
})
