import type { Answer, ReplyRule } from '../../src/messages/index.js'

/** An answer that many hospitals' peers give, the rule for it, and an answer that means success and one that does not. */
export interface ReplyShape {
  readonly name: string
  readonly rule: ReplyRule
  readonly success: string | Answer
  readonly failure: string | Answer
  /** Class of the failure. */
  readonly means: 'rejected' | 'ambiguous' | 'unauthorized'
}

type Given = Partial<ReplyRule> & Pick<ReplyRule, 'delivered'>

const shape = (
  name: string,
  given: Given,
  success: string | Answer,
  failure: string | Answer,
  means: ReplyShape['means'] = 'rejected',
): ReplyShape => ({
  name,
  rule: {
    returned: '',
    unwrap: [],
    form: 'xml',
    code: '',
    rejected: [],
    retry: [],
    words: '',
    ...given,
  },
  success,
  failure,
  means,
})

const escaped = (xml: string): string =>
  xml.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const returned = (...parts: readonly (readonly [name: string, text: string])[]): Answer => {
  const [[name, text] = ['', ''], ...others] = parts
  const inside = parts.map(([tag, said]) => `<${tag}>${escaped(said)}</${tag}>`).join('')
  return {
    name,
    text,
    others: others.map(([other, said]) => ({ name: other, text: said })),
    body: `<n:R xmlns:n="urn:n">${inside}</n:R>`,
  }
}
const inBody = (body: string): Answer => ({ name: null, text: '', body })

const dhc = (code: string, content: string): string =>
  `<Response><Body><ResultCode>${code}</ResultCode><ResultContent>${content}</ResultContent></Body><Header></Header></Response>`
const result =
  (root: string, codeName: string, wordName: string) => (code: string, words: string) =>
    `<${root}><${codeName}>${code}</${codeName}><${wordName}>${words}</${wordName}></${root}>`
const upper = result('Response', 'Code', 'Desc')
const plain = result('Response', 'ResultCode', 'ResultContent')
const common = result('COMMONRESPONSE', 'MSGCODE', 'MSGDESC')
const ret = result('ret', 'errcode', 'errmsg')
const own = result('response', 'code', 'desc')
const hl7 = (code: string, detail = ''): string =>
  `<MCCI_IN000002UV01 xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0"><id root="2.16.156" extension="9"/><creationTime value="20261130083327"/><interactionId extension="MCCI_IN000002UV01"/><processingCode code="P"/><acceptAckCode code="NE"/><receiver typeCode="RCV"><device classCode="DEV"/></receiver><sender typeCode="SND"><device classCode="DEV"/></sender><acknowledgement typeCode="${code}"><targetMessage><id extension="7"/></targetMessage>${detail}</acknowledgement></MCCI_IN000002UV01>`
const hl7Old = (code: string): string =>
  `<MCCI_MT000200><acknowledgement><typeCode code="${code}"/><targetMessage/></acknowledgement></MCCI_MT000200>`

/** Seen in the field: `../shared/field` rows 11, 16 and 17, and the forms that the ready rules are for. */
export const SHAPES: readonly ReplyShape[] = [
  shape(
    'DHC nested',
    { code: 'Response/Body/ResultCode', delivered: ['1'], rejected: ['-1'] },
    dhc('1', '12555'),
    dhc('-1', '检查号不存在'),
  ),
  shape(
    'DHC MsgSend by name',
    { code: 'ResultCode', delivered: ['1'], rejected: ['*'], words: 'ResultContent' },
    dhc('1', '12555'),
    dhc('-1', '未传ActionTypeCode'),
  ),
  shape(
    'Response/ResultCode',
    { code: 'Response/ResultCode', delivered: ['0'], rejected: ['*'] },
    plain('0', '成功'),
    plain('-1', '保存失败'),
  ),
  shape(
    'Response/Code',
    { code: 'Response/Code', delivered: ['0'], rejected: ['1'], words: 'Desc' },
    upper('0', '成功'),
    upper('1', '参数错误'),
  ),
  shape(
    'response/head/code',
    { code: 'response/head/code', delivered: ['0'], rejected: ['*'] },
    `<response><head><code>0</code><desc>成功</desc></head></response>`,
    `<response><head><code>7</code><desc>失败</desc></head></response>`,
  ),
  shape(
    'Result/ResultCode',
    { code: 'Result/ResultCode', delivered: ['0'], rejected: ['*'] },
    result('Result', 'ResultCode', 'ResultMessage')('0', '操作成功'),
    result('Result', 'ResultCode', 'ResultMessage')('9', '操作失败'),
  ),
  shape(
    'MSGCODE 000000',
    { code: 'COMMONRESPONSE/MSGCODE', delivered: ['000000'], rejected: ['*'] },
    common('000000', 'OK'),
    common('E00012', 'parse'),
  ),
  shape(
    'ESBEntry',
    { code: 'ESBEntry/RetInfo/RetCode', delivered: ['1'], rejected: ['0'] },
    `<ESBEntry><RetInfo><RetCode>1</RetCode><RetCon>成功</RetCon></RetInfo></ESBEntry>`,
    `<ESBEntry><RetInfo><RetCode>0</RetCode><RetCon>查无此人</RetCon></RetInfo></ESBEntry>`,
  ),
  shape(
    'errcode 1',
    { code: 'ret/errcode', delivered: ['1'], rejected: ['0'] },
    ret('1', ''),
    ret('0', '无此申请单'),
  ),
  shape(
    'attributes',
    { code: 'response/@code', delivered: ['0'], rejected: ['*'], words: 'response/@desc' },
    '<response code="0" desc="成功"/>',
    '<response code="3" desc="失败"/>',
  ),
  shape(
    'plain success',
    { form: 'text', delivered: ['success'], rejected: ['fail'] },
    ' success\n',
    'fail',
  ),
  shape(
    'JSON ResultCode',
    {
      form: 'json',
      code: '/ResultCode',
      delivered: ['0'],
      rejected: ['*'],
      words: '/ResultContent',
    },
    '{"ResultCode":"0","ResultContent":"成功"}',
    '{"ResultCode":"1","ResultContent":"未保存"}',
  ),
  shape(
    'JSON success flag',
    { form: 'json', code: '/success', delivered: ['true'], rejected: ['false'] },
    '{"success":true,"code":"200"}',
    '{"success":false,"code":"500","msg":"保存失败"}',
  ),
  shape(
    'JSON code 200',
    { form: 'json', code: '/code', delivered: ['200'], rejected: ['*'] },
    '{"code":200,"message":"操作成功","data":null}',
    '{"code":500,"message":"系统异常","data":null}',
  ),
  shape(
    'JSON code 200 whose flag denies it',
    { form: 'json', code: '/code', delivered: ['200'], rejected: ['*'] },
    '{"success":true,"code":"200"}',
    '{"success":false,"code":"200"}',
    'ambiguous',
  ),
  shape(
    'JSON one level down',
    { form: 'json', code: '/Response/Head/TradeStatus', delivered: ['AA'], rejected: ['AE', 'AR'] },
    '{"Response":{"Head":{"TradeStatus":"AA","TradeMessage":"成功"}}}',
    '{"Response":{"Head":{"TradeStatus":"AE","TradeMessage":"解析失败"}}}',
  ),
  shape(
    'HL7 V3 acknowledgement',
    {
      returned: '*',
      code: '//acknowledgement/@typeCode',
      delivered: ['AA'],
      rejected: ['AE', 'AR'],
    },
    inBody(hl7('AA')),
    inBody(
      hl7(
        'AE',
        '<acknowledgementDetail typeCode="E"><text>患者不存在</text></acknowledgementDetail>',
      ),
    ),
  ),
  shape(
    'HL7 V3 typeCode/@code',
    { code: '//acknowledgement/typeCode/@code', delivered: ['AA'], rejected: ['AE', 'AR'] },
    hl7Old('AA'),
    hl7Old('AR'),
  ),
  shape(
    'HL7 V3 whose detail denies it',
    { returned: '*', code: '//acknowledgement/@typeCode', delivered: ['AA'], rejected: ['AE'] },
    inBody(hl7('AA')),
    inBody(hl7('AA', '<acknowledgementDetail><text>入库失败</text></acknowledgementDetail>')),
    'ambiguous',
  ),
  shape(
    'two elements, the document counts',
    { returned: 'returnXml', code: 'response/code', delivered: ['0'], rejected: ['*'] },
    returned(['returnCode', '0'], ['returnXml', own('0', '成功')]),
    returned(['returnCode', '0'], ['returnXml', own('-1', '保存失败')]),
  ),
  shape(
    'two elements, the code counts',
    { returned: 'returnCode', form: 'text', delivered: ['0'], rejected: ['-1'] },
    returned(['returnCode', '0'], ['returnXml', own('0', '成功')]),
    returned(['returnCode', '0'], ['returnXml', own('-1', '保存失败')]),
    'ambiguous',
  ),
  shape(
    'code and msg as returned elements',
    { returned: 'code', form: 'text', delivered: ['0'], rejected: ['1'] },
    returned(['code', '0'], ['msg', '成功']),
    returned(['code', '1'], ['msg', '无此病人']),
  ),
  shape(
    'inline structure in the Body',
    { returned: '*', code: '//code', delivered: ['0'], rejected: ['*'], words: '//message' },
    inBody('<R><out><code>0</code><message>ok</message></out></R>'),
    inBody('<R><out><code>9</code><message>bad id</message></out></R>'),
  ),
  shape(
    'CDATA in CDATA',
    {
      unwrap: [{ step: 'text', at: '' }],
      code: 'response/code',
      delivered: ['0'],
      rejected: ['*'],
    },
    `<![CDATA[${own('0', '成功')}]]>`,
    `<![CDATA[${own('5', '失败')}]]>`,
  ),
  shape(
    'escaped twice',
    {
      unwrap: [{ step: 'text', at: '' }],
      code: 'response/code',
      delivered: ['0'],
      rejected: ['*'],
    },
    escaped(escaped(own('0', '成功'))),
    escaped(escaped(own('5', '失败'))),
  ),
  shape(
    'an envelope document',
    {
      unwrap: [{ step: 'xml', at: 'ESB/Data' }],
      code: 'response/code',
      delivered: ['0'],
      rejected: ['*'],
    },
    `<ESB><Status>1</Status><Data>${escaped(own('0', '成功'))}</Data></ESB>`,
    `<ESB><Status>1</Status><Data>${escaped(own('5', '失败'))}</Data></ESB>`,
  ),
  shape(
    'an envelope that failed around a success',
    {
      unwrap: [{ step: 'xml', at: 'ESB/Data' }],
      code: 'response/code',
      delivered: ['0'],
      rejected: ['*'],
    },
    `<ESB><Status>1</Status><Data>${escaped(own('0', '成功'))}</Data></ESB>`,
    `<ESB><Status>-1</Status><Data>${escaped(own('0', '成功'))}</Data></ESB>`,
    'ambiguous',
  ),
  shape(
    'an envelope with CDATA in it',
    {
      unwrap: [{ step: 'xml', at: 'Msg/Body' }],
      code: 'Response/Body/ResultCode',
      delivered: ['1'],
      rejected: ['-1'],
    },
    `<Msg><Head/><Body><![CDATA[${dhc('1', '12')}]]></Body></Msg>`,
    `<Msg><Head/><Body><![CDATA[${dhc('-1', '拒绝')}]]></Body></Msg>`,
  ),
  shape(
    'base64',
    {
      unwrap: [{ step: 'base64', at: '' }],
      code: 'response/code',
      delivered: ['0'],
      rejected: ['*'],
    },
    base64(own('0', '成功')),
    base64(own('5', '失败')),
  ),
  shape(
    'base64 in an envelope',
    {
      unwrap: [
        { step: 'xml', at: 'out/payload' },
        { step: 'base64', at: '' },
      ],
      form: 'json',
      code: '/code',
      delivered: ['0'],
      rejected: ['*'],
    },
    `<out><payload>${base64('{"code":0,"desc":"成功"}')}</payload></out>`,
    `<out><payload>${base64('{"code":5,"desc":"失败"}')}</payload></out>`,
  ),
  shape(
    'XML in JSON',
    {
      unwrap: [{ step: 'json', at: '/data/xml' }],
      code: 'response/code',
      delivered: ['0'],
      rejected: ['*'],
    },
    JSON.stringify({ ok: true, data: { xml: own('0', '成功') } }),
    JSON.stringify({ ok: true, data: { xml: own('5', '失败') } }),
  ),
  shape(
    'JSON in XML',
    {
      unwrap: [{ step: 'xml', at: 'string' }],
      form: 'json',
      code: '/Code',
      delivered: ['1'],
      rejected: ['0'],
    },
    '<string xmlns="http://tempuri.org/">{"Code":1,"Msg":"成功"}</string>',
    '<string xmlns="http://tempuri.org/">{"Code":0,"Msg":"无此病人"}</string>',
  ),
  shape(
    'an ASMX boolean',
    { code: '/boolean', delivered: ['true'], rejected: ['false'] },
    '<boolean xmlns="http://tempuri.org/">true</boolean>',
    '<boolean xmlns="http://tempuri.org/">false</boolean>',
  ),
  shape('a word and nothing else', { form: 'text', delivered: ['T'], rejected: ['F'] }, 'T', 'F'),
  shape(
    'a number with a caret',
    { form: 'text', delivered: ['0^成功'], rejected: ['*'] },
    '0^成功',
    '-1^保存失败',
  ),
  shape(
    'any other text refuses',
    { form: 'text', delivered: ['OK'], rejected: ['*'] },
    'OK',
    'ORA-00001: unique constraint violated',
  ),
  shape(
    'a code of either of two places',
    { code: 'Response/Code | Response/Error/Code', delivered: ['0'], rejected: ['*'] },
    upper('0', '成功'),
    '<Response><Error><Code>12</Code><Text>x</Text></Error></Response>',
  ),
  shape(
    'a row of a data set',
    { code: '//Table/RESULT', delivered: ['1'], rejected: ['0'] },
    '<NewDataSet><Table><RESULT>1</RESULT><INFO/></Table></NewDataSet>',
    '<NewDataSet><Table><RESULT>0</RESULT><INFO>未登记</INFO></Table></NewDataSet>',
  ),
  shape(
    'Chinese names',
    { code: '返回/状态', delivered: ['成功'], rejected: ['失败'], words: '原因' },
    '<返回><状态>成功</状态><原因/></返回>',
    '<返回><状态>失败</状态><原因>无此检查</原因></返回>',
  ),
  shape(
    'a prefix on every element',
    { code: 'response/code', delivered: ['0'], rejected: ['*'] },
    '<n:response xmlns:n="urn:n"><n:code>0</n:code></n:response>',
    '<n:response xmlns:n="urn:n"><n:code>4</n:code></n:response>',
  ),
  shape(
    'who we are',
    { code: 'Response/Code', delivered: ['0'], rejected: ['*'] },
    upper('0', ''),
    upper('8', '令牌无效'),
    'unauthorized',
  ),
  shape(
    'code 0 and the failure in msg',
    { code: 'response/code', delivered: ['0'], rejected: ['*'] },
    own('0', '成功'),
    '<response><code>0</code><msg>保存失败：未找到病人</msg></response>',
    'ambiguous',
  ),
]
