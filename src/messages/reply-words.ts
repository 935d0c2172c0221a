// The words of peers' answers, as data. A row is tried on what the rows before it have left of the text, so that
// 无异常 is taken out before 异常 is looked for, and 身份证 before 身份.

/**
 * The meaning of a phrase:
 *
 * - `nothing`: it only looks like one of the others
 * - `failure`: the peer has not done what it was asked
 * - `refusesUs`: it speaks of who we are, and not of the document (reading A12)
 * - `unchecked`: a result, a report or a person has not been validated or released; that refuses the document, unless
 *   success is said as well
 * - `success`
 */
export type Meaning = 'nothing' | 'failure' | 'refusesUs' | 'unchecked' | 'success'

export interface Row {
  readonly means: Meaning
  readonly pattern: RegExp
  /** Answers that the row decides; the test tries each. */
  readonly examples: readonly string[]
}

// The things in a hospital that are validated, reviewed or authorised, and are not us.
const PERSON = '(?:患者|病人|就诊人|家属)'
const CLINICAL = `(?:结果|报告|标本|样本|医嘱|处方|病历|诊断|影像|图像|危急值|手术|药物|药品|用药|申请单|检[查验]单|医生|医师|护士|身份证|手机|电话|医保|就诊卡|健康卡|社保卡|${PERSON}的?身份(?!证)|${PERSON})`
const DATA = '(?:数据|报文|字段|参数|记录|项目)'

// Whoever calls: with one of these between, it is not the result but we who are refused.
const CALLER =
  '(?:身份(?!证)|用户|[账帐][号户]|接口|应用|系统|客户端|调用|访问|权限|令牌|签名|厂商|机构|平台|服务|请求|方|license|token|\\bip\\b)'
const near = (most: number): string => `(?:(?!${CALLER})[^,，;；。!！\\n]){0,${most}}?`

// A code of validation or a letter of authorisation is a thing that we have not sent.
const VALIDATED = '(?:验证|校验|认证|鉴权|审核|审签|签发|复核|审批)(?![码人员书信])'
const AUTHORISED = '授权(?![码人书信])'

const FAILED_VALIDATION = `(?:${CLINICAL}|${DATA})${near(20)}(?:(?:未能?|没有?|不能|无法)(?:被|够)?(?:通过)${near(6)}${VALIDATED}|无法(?:通过|完成)?${VALIDATED}|${VALIDATED}(?:[未没不]有?(?:能|被)?(?:通过|成功|完成)|失败|错误|异常|无效|有误))`
const UNCHECKED = `(?:${CLINICAL}${near(20)}(?:未|没有?)${near(6)}(?:${VALIDATED}|${AUTHORISED})|${DATA}${near(20)}(?:未|没有?)${near(6)}${VALIDATED})|(?:未|没有?)(?:经过?|被)?${VALIDATED}(?:通过)?过?的?[检化查验影像超声放射病理心电]{0,4}${CLINICAL}(?!${CALLER})`

/** In this order. */
export const ROWS: readonly Row[] = [
  {
    means: 'nothing',
    pattern: /[无未没]有?(?:见|发现|发生|任何)*(?:异常|错误|失败)(?:信息|记录)?/g,
    examples: ['接收成功，无异常', '未见异常', '没有错误', '无错误信息', '未发现异常'],
  },
  {
    means: 'nothing',
    pattern:
      /(?:错误|异常|失败|出错)(?:代码|信息|条?数|数量|码|记录)?\s*(?:[:：=]\s*(?:0+条?|无|空|null|none|""|\[\])(?![\d\w])|0+\s*[条个笔例])/gi,
    examples: [
      '错误数：0',
      '失败条数: 0条',
      '错误信息：无',
      '异常=null',
      '错误代码：0',
      '成功1条，失败0条',
    ],
  },
  {
    // Only of what is called a message or a code: "保存失败：" is a failure whose reason is missing.
    means: 'nothing',
    pattern:
      /(?:错误|异常|失败|出错)(?:代码|信息|原因|码)(?:为空|\s*[:：=]\s*(?=[,，;；。]|$))|"?\b(?:err(?:or)?|exception)_?(?:msg|message|code)"?\s*[:=]\s*(?=[,;&]|$)/gi,
    examples: ['接收成功，错误信息：', '错误信息为空', 'code=0&errmsg=', 'ErrorMsg:'],
  },
  {
    means: 'nothing',
    pattern:
      /\b0\s*(?:条|个)?\s*(?:错误|失败|异常)|\b(?:no|without|zero|0)\s+(?:errors?|failures?|exceptions?)\b/gi,
    examples: ['0条失败', 'no errors', 'without error'],
  },
  {
    means: 'nothing',
    pattern:
      /"?\b(?:err(?:or)?|exception|fail(?:ed|ure)?)(?:s|_?(?:msg|message|code|count|no))?"?\s*[:=]\s*(?:"?(?:0+|null|none|ok|false|undefined)"?|""|''|\[\]|\{\})(?![\w.])/gi,
    examples: ['error:null', 'errorCode=0', '"errors":[]', 'errmsg: ok', 'failed=false'],
  },
  {
    means: 'failure',
    pattern: new RegExp(FAILED_VALIDATION, 'gi'),
    examples: [
      '检验结果未通过验证',
      '报告验证失败',
      '检验报告认证未通过',
      '数据未通过验证',
      '患者身份无法验证',
      '医嘱审核不通过',
    ],
  },
  {
    means: 'unchecked',
    pattern: new RegExp(UNCHECKED, 'gi'),
    examples: [
      '检验结果未验证',
      '检查结果尚未认证',
      '报告未审核',
      '检验报告单没有认证',
      '报告状态：未审核',
      '报告（CT123）未经审核医师认证',
      '患者身份未验证',
      '患者未实名认证',
      '身份证号未验证',
      '手机号未认证',
      '医生未授权',
      '抗菌药物未授权',
      '数据未校验',
      '未验证的检验结果',
      '不接收未审核报告',
    ],
  },
  {
    means: 'unchecked',
    pattern:
      /\b(?:results?|reports?|specimens?|samples?)\b[^,;.\n]{0,24}?\b(?:not (?:yet )?(?:been )?|un)(?:validated|verified|authori[sz]ed|approved|reviewed|signed|released)\b|\bun(?:validated|verified|authori[sz]ed|approved|reviewed|signed|released) (?:\w+ )?(?:results?|reports?)\b/gi,
    examples: [
      'result not validated',
      'the report has not been verified',
      'Report is unauthorised',
      'unverified laboratory result',
    ],
  },
  {
    means: 'nothing',
    pattern:
      /身份证(?:号码?)?|(?:患者|病人|就诊人|家属)的?身份(?:信息)?(?:验证|校验|核验|认证|核对)?/g,
    examples: ['身份证号', '病人身份', '患者身份验证通过'],
  },
  {
    means: 'nothing',
    pattern:
      /(?:数据|格式|字段|参数|内容|报文|必填项|完整性)(?:的?有效性)?(?:验证|校验)|(?:药物|用药|抗菌药物|手术|处方|医嘱|医保|医生|医师)授权|(?:手机号?|电话|医保|就诊卡|健康卡|社保卡|结果|报告单?|标本|样本|医嘱|处方|病历)(?:的)?(?:验证|校验|认证)|验证(?:数据|报文|报告|字段|格式|结果|(?:患者|病人)信息)/g,
    examples: [
      '数据验证',
      '药物授权',
      '抗菌药物授权',
      '医保授权',
      '手机号验证',
      '检验结果验证',
      '报告认证',
      '验证数据',
      '验证患者信息',
    ],
  },
  {
    means: 'failure',
    pattern:
      /[未没不](?:有|能|能够|曾)?(?:被)?(?:成功|保存|找到|查到|查询到|接收|收到|处理|入库|写入|匹配|通过|生效|完成|执行|启用|注册)/g,
    examples: [
      '未成功',
      '没有成功',
      '未找到该病人',
      '没有保存',
      '未接收',
      '数据验证未通过',
      '未查询到检查',
    ],
  },
  {
    means: 'failure',
    pattern:
      /失败|错误|异常|拒绝|无效|超时|不存在|找不到|查无|查不到|无此|不能|无法|不允许|不支持|不合法|不正确|不一致|不符|不匹配|不完整|不足|违反|冲突|缺少|缺失|(?:[能可得]|参数?|报文|必填项|号码?|(?:患者|病人)信息)为空|过长|超长|越界|溢出|未将对象引用|断开|中断|回滚|丢弃|驳回|过期|失效/g,
    examples: [
      '保存失败',
      '参数错误',
      '系统异常',
      '拒绝接收',
      '无效的检查号',
      '处理超时',
      '病人不存在',
      '患者身份证号不能为空',
      '患者信息为空',
      '字段过长',
      '违反唯一约束条件',
      '缺少必填项',
      '事务已回滚',
    ],
  },
  {
    means: 'failure',
    pattern:
      /\b(?:ORA|PLS|TNS|DPI|JDBC|SQLSTATE|SQLCODE|DB2|HY000)[-: ]?\d*\b|\b(?:deadlock|duplicate|constraint|violat\w*|stack ?trace|null ?pointer\w*|object reference not set)\b/gi,
    examples: [
      'ORA-00001: unique',
      'SQLSTATE 23505',
      'duplicate key',
      'NullPointer',
      'Object reference not set to an instance of an object',
    ],
  },
  {
    means: 'failure',
    pattern:
      /fail|error|exception|unsuccess|not success|reject|refuse|denied|forbidden|invalid|illegal|unable|cannot|can't|timed? ?out|not (?:found|saved|exist|received|accepted|processed|allowed)|no such|unknown/gi,
    examples: [
      'save failed',
      'Error 12',
      'NullReferenceException',
      'unsuccessful',
      'not success',
      'invalid id',
      'not found',
      'rejected',
    ],
  },
  {
    means: 'refusesUs',
    pattern: /身份|验证|授权|鉴权|认证|令牌|licen[cs]e|unauthori[sz]ed|\btoken\b/gi,
    examples: ['身份', '验证', '授权', 'License', 'unauthorized'],
  },
  {
    means: 'success',
    pattern: /成功|success|\bok\b|已接收|已收到|已保存/gi,
    examples: ['成功', 'success', 'OK', '已接收'],
  },
]

/** All that a text says, nothing where it says nothing of these. */
export function meaningsOf(text: string): ReadonlySet<Meaning> {
  const found = new Set<Meaning>()
  let rest = text.normalize('NFKC')
  for (const { means, pattern } of ROWS) {
    const left = rest.replaceAll(pattern, '\n')
    if (left === rest) continue
    if (means !== 'nothing') found.add(means)
    rest = left
  }
  return found
}
