import assert from 'node:assert/strict'
import {
  damageFlags,
  damageOf,
  encodeText,
  escapeText,
  readCrisisDocument,
} from '../../src/messages/index.js'

/** Phrases as radiology, pathology and laboratory write them, names of staff and what they answer. Invented. */
const PHRASES = `
右肺未见气胸|左侧大量气胸，肺压缩约90%|急性大面积脑梗死|胎盘早剥|主动脉夹层（Stanford A型）|急性肺动脉栓塞
蛛网膜下腔出血|硬膜外血肿，中线移位|消化道穿孔，膈下游离气体|肠系膜上动脉栓塞|脾破裂伴腹腔积血|宫外孕破裂？
颅内出血约30ml|心包填塞|张力性气胸|急性心肌梗死|血钾7.2mmol/L|血糖1.8mmol/L|血红蛋白45g/L|血小板8×10^9/L
PT 120s，INR>10|血培养阳性：革兰阴性杆菌|pH 7.01|肌钙蛋白I 15.6ng/mL|白细胞0.3×10⁹/L|凝血酶原时间延长
怀疑肺栓塞？？请结合临床|气胸??|是否为夹层?建议CTA|疑似胰腺炎（坏死性）？|骨折？脱位？请复查
张伟|王秀英|李娜|欧阳建国|司马光|阿卜杜热合曼·买买提|𠮷野太郎|龚璟琪|䶮明|Müller医生|José Núñez|Łukasz|François Lefèvre
已电话通知值班医生，立即处理|已收到，正在抢救|患者已转入ICU|复查后排除|家属已签字|请示上级医师|无需处理，既往已知
加急处理。|床旁B超见心包积液|建议立即手术治疗|①复查CT；②请神经外科会诊|体温39.5℃，心率140次/分|SpO₂ 78%
α-地中海贫血|β-内酰胺酶阳性|Ⅲ度房室传导阻滞|μmol/L|±2SD|≥10cm|½片|25°C|§3|«急»|©|®|÷|×|Ⅱ型呼吸衰竭
模糊|璿|瑆|濉溪|澶渊|洹水|淯|渌|湟中|滹沱|漯河|潞安|潢川|瀍|灏|烜|煊|焱|燊|爨|牁|犍为|猇亭|璩|甪直
鄄城|鄞州|酃县|醴陵|钚|铊中毒|镉超标|镓扫描|闫|阚|隗|雎|霸州|靳|鞠|韶关|顼|飒|馥|骆|髌骨|鲧|鳌|鸢|麂|黟县|鼐
`
  .split(/[|\n]/)
  .filter((phrase) => phrase !== '')

const SAMPLES = PHRASES.filter((phrase) => /^[\u4e00-\u9fff，。、：]{4,}$/.test(phrase))

const gbk = (text: string): Buffer => encodeText(text, 'GBK')
const read = (bytes: Uint8Array, charset: string): string => new TextDecoder(charset).decode(bytes)

describe('damage of a text', () => {
  it('is seen in no real phrase', () => {
    assert.ok(PHRASES.length > 120)
    for (const phrase of PHRASES) assert.equal(damageOf(phrase), undefined, phrase)
    for (const phrase of ['', ' ', '00000001', 'C0001', '2026-11-30', 'CT? MR?', 'n/a', '?', '-'])
      assert.equal(damageOf(phrase), undefined, phrase)
    assert.deepEqual(damageFlags(PHRASES), [])
  })

  it('is seen where a database had no Chinese', () => {
    for (const text of ['????', '??', '?? ?', '???(30%)', '¿¿¿¿', '患者????急查', 'CT????']) {
      assert.equal(damageOf(text), 'charactersAsQuestionMarks', text)
    }
  })

  it('is seen where characters had been lost before', () => {
    for (const text of ['锟斤拷锟斤拷', '右肺锟斤拷', '烫烫烫烫', '屯屯屯屯屯']) {
      assert.equal(damageOf(text), 'charactersReplaced', text)
    }
  })

  it('is seen where the text was read in another charset', () => {
    assert.ok(SAMPLES.length > 20)
    for (const text of SAMPLES) {
      const utf8 = Buffer.from(text)
      assert.equal(damageOf(read(utf8, 'windows-1252')), 'utf8ReadAsLatin1', text)
      assert.equal(damageOf(utf8.toString('latin1')), 'utf8ReadAsLatin1', text)
    }
    for (const text of ['右肺未见气胸', '急性心肌梗死', '胎盘早剥', '加急处理']) {
      assert.equal(damageOf(read(gbk(text), 'windows-1252')), 'gbkReadAsLatin1', text)
      assert.equal(damageOf(`CT ${gbk(text).toString('latin1')} 30%`), 'gbkReadAsLatin1', text)
    }
    // Bytes that GBK does not have are lost on the way: where there is one, U+FFFD is refused before.
    const survivors = SAMPLES.filter(
      (text) => !read(Buffer.from(text), 'gb18030').includes('\ufffd'),
    )
    assert.ok(survivors.length > 3)
    for (const text of survivors) {
      const damaged = read(Buffer.from(text), 'gb18030')
      assert.equal(damageOf(damaged), 'utf8ReadAsGbk', `${text} as ${damaged}`)
    }
  })

  it('is flagged in a document by the same rule, however the text is written', () => {
    const damaged = [
      '????',
      '??',
      '¿¿',
      '右肺锟斤拷',
      '烫烫烫烫',
      gbk('胎盘早剥').toString('latin1'),
    ]
    damaged.push(...SAMPLES.map((text) => Buffer.from(text).toString('latin1')))
    const ways: readonly ((text: string) => string)[] = [
      escapeText,
      (text) => `<![CDATA[${text}]]>`,
      (text) => Array.from(text, (one) => `&#${one.codePointAt(0)};`).join(''),
      (text) => `\r\n]𠮷&amp;${escapeText(text)}`,
      (text) => `<![CDATA[\r]𠮷${text}]]>`,
    ]
    for (const text of [...damaged, ...PHRASES, '46×31 mm ±2°', '?']) {
      for (const way of ways) {
        const xml = `<XmlDocument><Crisis><ExamNo>1?</ExamNo><CrisisMemo>${way(text)}</CrisisMemo><OrderNo>2?</OrderNo></Crisis></XmlDocument>`
        const [read] = readCrisisDocument(xml).crises
        const { CrisisMemo: memo = '' } = read?.crisis ?? {}
        assert.ok(memo.endsWith(text))
        assert.deepEqual(read?.flags, damageFlags([memo]), xml)
      }
    }
    assert.ok(damaged.every((text) => damageOf(text) !== undefined))
  })

  it('is flagged once for each cause, beside the flag that all of them have', () => {
    assert.deepEqual(damageFlags(['右肺', '????', '??', '锟斤拷']), [
      'textDamaged',
      'charactersAsQuestionMarks',
      'charactersReplaced',
    ])
  })
})
