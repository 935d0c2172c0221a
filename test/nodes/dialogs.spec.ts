import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { STATUS_WORDS } from '../../nodes/face/status.js'
import { definitionOf, NODES, SETS } from './dialog-list.js'
import { filesBelow } from '../house/house.js'
import {
  catalogueOf,
  htmlOf,
  LANGUAGES,
  partsOfDialogs,
  readRoot,
  ROOT,
  scriptsOf,
  SHARED,
} from './editor-half.js'

const EDITOR = filesBelow('nodes/editor', /\.ts$/)
const { RULES, FIELDS } = partsOfDialogs()

/** The headings of a help, as the core nodes have them. */
const HEADINGS: Readonly<Record<(typeof LANGUAGES)[number], readonly string[]>> = {
  'zh-CN': ['输入', '输出', '详细', '参考'],
  'en-US': ['Inputs', 'Outputs', 'Details', 'References'],
}

const UNDRAWN = [
  'version',
  'fields',
  'replyTable',
  'replyRule',
  'steps',
  'rows',
  'rules',
  'words',
  'inbound',
  'mapping',
  'parameters',
  'httpHeaders',
]

for (const set of SETS) {
  const [type, ports, settings, credentials] = NODES[set]
  const html = htmlOf(set)

  describe(`the dialog of ${type}`, () => {
    it('registers its settings with their defaults, in words that a scorecard can read', () => {
      const definition = definitionOf(set)
      const defaults = Object.fromEntries(
        Object.entries(definition.defaults).map(([name, { value }]) => [name, value]),
      )
      // The definition comes out of another realm, whose prototypes strict equality would tell apart.
      assert.deepEqual(structuredClone(defaults), settings)
      assert.deepEqual(Object.keys(definition.credentials ?? {}), credentials)
      assert.equal(definition.category, ports ? 'crisis' : 'config')
      if (ports) assert.deepEqual([definition.inputs, definition.outputs], ports)
      assert.match(html, new RegExp(`RED\\.nodes\\.registerType\\('${type}', \\{`))
      assert.match(html, new RegExp(`data-template-name="${type}"`))
    })

    it('has an input for every setting', () => {
      const prefix = ports ? 'node-input' : 'node-config-input'
      for (const name of [...Object.keys(settings), ...credentials]) {
        // Rows of fields are drawn by the script; the version is nobody's business.
        if (UNDRAWN.includes(name)) continue
        assert.ok(html.includes(`id="${prefix}-${name}"`), name)
      }
    })

    it('finds every text it shows, in both languages', () => {
      const used = [...html.matchAll(/data-i18n="(?:\[\w+\])?([^"]+)"/g)].map((match) => match[1]!)
      const names = SETS.join('|')
      for (const script of scriptsOf(html)) {
        const quoted = script.matchAll(new RegExp(`'((?:${names})\\.[\\w.]+)'`, 'g'))
        used.push(...[...quoted].map((match) => match[1]!))
      }
      assert.ok(used.length > 5)
      for (const key of used) {
        // A computed key ends in a dot: its fields are looked at below.
        if (key.endsWith('.')) continue
        for (const language of LANGUAGES) {
          assert.ok(catalogueOf(key.split('.')[0]!, language).has(key), `${language}: ${key}`)
        }
      }
    })

    it('has the same texts in both languages, none of them blank', () => {
      const [zh, en] = LANGUAGES.map((language) => catalogueOf(set, language))
      assert.deepEqual([...zh!.keys()], [...en!.keys()])
      for (const [key, text] of [...zh!, ...en!]) assert.ok(text.trim() !== '', key)
      assert.equal(zh!.get(`${set}.language`), 'zh-CN')
      assert.equal(en!.get(`${set}.language`), 'en-US')
      assert.match([...zh!.values()].join(''), /[\u4e00-\u9fff]/)
      assert.doesNotMatch([...en!.values()].join(''), /[\u4e00-\u9fff]/)
    })

    it('is explained in both languages', () => {
      for (const language of LANGUAGES) {
        const help = readRoot('nodes', 'locales', language, `${set}.html`)
        // Node-RED takes white space before the tag as part of another node's help.
        assert.ok(help.startsWith(`<script type="text/markdown" data-help-name="${type}">\n`))
        assert.ok(help.endsWith('</script>\n'))
        const headings = [...help.matchAll(/^### (.+)$/gm)].map((match) => match[1]!)
        const [inputs, outputs, ...others] = HEADINGS[language]
        const expected = [
          ...(ports?.[0] === 1 ? [inputs] : []),
          ...(ports ? [outputs] : []),
          ...others,
        ]
        assert.deepEqual(
          headings.filter((heading) => HEADINGS[language].includes(heading)),
          expected,
          language,
        )
      }
    })

    it('has no entry in its help that the editor would cut', () => {
      for (const language of LANGUAGES) {
        const help = readRoot('nodes', 'locales', language, `${set}.html`)
        // Node-RED shows an entry only with a type, and of one with a further colon no more than what follows that.
        for (const line of help.split('\n')) {
          if (line.startsWith(':')) assert.match(line, /^: [^:]+ \([^:()]+\) : [^:]+$/, language)
          // It takes what follows bold text or code for an entry as well.
          else assert.doesNotMatch(line, /[*`]:[^:]+\([^:]+\).*:[^:]*$/, language)
        }
      }
    })

    it('has its own icon and no colours of its own', () => {
      const { icon } = definitionOf(set)
      assert.match(icon, /^hospital-crisis-.+\.svg$/)
      assert.ok(existsSync(join(ROOT, 'icons', icon)))
      assert.match(readRoot('icons', icon), /viewBox="0 0 40 60"/)
      const without = html.replace(/^\s*color: '#[0-9A-F]{6}',$/m, '')
      assert.doesNotMatch(without, /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i)
      const words =
        /(?:color|background|border)[^;:"]*:\s*(?:white|black|red|green|gr[ae]y|blue)\b/i
      assert.doesNotMatch(without, words)
    })

    it('names nothing as Node-RED or a single letter does', () => {
      const reserved = ['id', 'type', 'wires', 'inputs', 'outputs', 'z', 'g', 'd', 'l', 'x', 'y']
      for (const name of Object.keys(settings)) {
        // The editor's own name for ports whose number changes.
        if (set === 'crisis-page' && name === 'outputs') continue
        assert.ok(name.length > 1 && !reserved.includes(name), name)
      }
    })
  })
}

describe('the part that all dialogs share', () => {
  const html = htmlOf(SHARED)

  it('belongs to no node', () => {
    for (const set of SETS) assert.doesNotMatch(htmlOf(set), /window\.hospitalCrisis\w* =/)
    assert.match(html, /window\.hospitalCrisis = /)
    assert.doesNotMatch(html, /registerType/)
  })

  it('names no script by src, for which the editor would wait for ever', () => {
    for (const set of [SHARED, ...SETS]) assert.doesNotMatch(htmlOf(set), /<script[^>]* src=/)
  })

  it('finds every text it shows, in both languages', () => {
    const keys = new RegExp(`['\`]((?:${SETS.join('|')})\\.[\\w.]+)(\\$\\{)?`, 'g')
    const used = EDITOR.flatMap(({ text }) => [...text.matchAll(keys)])
    assert.ok(used.length > 40)
    for (const [, key, isComputed] of used) {
      for (const language of LANGUAGES) {
        const catalogue = catalogueOf(key!.split('.')[0]!, language)
        const isThere = isComputed
          ? [...catalogue.keys()].some((one) => one.startsWith(key!))
          : catalogue.has(key!)
        assert.ok(isThere, `${language}: ${key}`)
      }
    }
  })

  it('has a rule wherever a dialog asks for one', () => {
    for (const set of SETS) {
      const asked = [...htmlOf(set).matchAll(/hospitalCrisis\.rule\('([\w-]+)', '(\w+)'\)/g)]
      for (const [, named, setting] of asked) {
        assert.equal(named, set)
        assert.ok(Object.hasOwn(RULES[set]!, setting!), `${set} ${setting}`)
      }
      assert.equal(asked.length, Object.keys(RULES[set]!).length, set)
    }
  })
})

describe('the statuses', () => {
  it('are short words in both languages, no two of them the same', () => {
    const words = Object.values(STATUS_WORDS)
    for (const language of ['zh', 'en'] as const) {
      const texts = words.map((word) => word[language])
      assert.equal(new Set(texts).size, texts.length)
      for (const text of texts) assert.ok(text.length > 0 && text.length < 20, text)
    }
  })
})

describe('the fields of the sending nodes', () => {
  for (const set of ['crisis-out', 'crisis-feedback-out'] as const) {
    it(`all have a meaning in both languages: ${set}`, () => {
      const names = FIELDS[set]!
      assert.ok(names.length >= 10)
      for (const language of LANGUAGES) {
        const keys = [...catalogueOf(set, language).keys()].filter((key) =>
          key.startsWith(`${set}.field.`),
        )
        assert.deepEqual(
          keys,
          names.map((name) => `${set}.field.${name}`),
        )
      }
    })
  }
})

describe('the questions of the register', () => {
  it('are all named and explained', () => {
    const html = htmlOf('crisis-register')
    const options = html.matchAll(/<option value="(\w+)" data-i18n="crisis-register\.option\./g)
    const asked = [...options].map((match) => match[1]!)
    const wanted =
      'open find trace dead replay cancel parked holds lift cancelAlert chooseContent passOn giveUp depth callers refused verify figures register reconcile'.split(
        ' ',
      )
    assert.deepEqual(asked, wanted)
    for (const language of LANGUAGES) {
      const texts = catalogueOf('crisis-register', language)
      for (const query of asked) {
        for (const part of ['option', 'short', 'tip']) {
          assert.ok(texts.has(`crisis-register.${part}.${query}`), `${language} ${part} ${query}`)
        }
      }
    }
  })
})
