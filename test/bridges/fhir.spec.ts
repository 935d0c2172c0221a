import assert from 'node:assert/strict'
import { crisisToFhir, feedbackToFhir } from '../../src/bridges/index.js'
import type { Crisis, CrisisFeedback } from '../../src/messages/index.js'
import { codeIs, sampleCrisis, sampleFeedback } from './sample.js'

const base = 'https://hospital.example/fhir'
const key = 'a1b2c3d4e5f60718'
const setAt = '2014-06-16T16:33:27+08:00'
const limitAt = '2014-06-16T16:43:27+08:00'

/** Every string and list in a resource, with where it stands. */
function* leaves(value: unknown, path = ''): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) {
    yield [path, value]
    return
  }
  const entries = Object.entries(value)
  if (entries.length === 0) yield [path, value]
  for (const [name, child] of entries) yield* leaves(child, `${path}/${name}`)
}

function assertNothingEmpty(resource: unknown): void {
  for (const [path, value] of leaves(resource)) {
    assert.equal(typeof value, 'string', `${path} is a string`)
    assert.notEqual(String(value).trim(), '', `${path} is not empty`)
  }
}

describe('a critical value in FHIR R4', () => {
  it('is the CommunicationRequest of the mapping table for the sample of the document', () => {
    assert.deepEqual(crisisToFhir(sampleCrisis(), { base, key, setAt, limitAt }), {
      resourceType: 'CommunicationRequest',
      identifier: [
        { system: `${base}/sid/crisis`, value: key },
        { system: `${base}/sid/crisis-revision`, value: `${key}-1` },
      ],
      basedOn: [
        {
          type: 'ServiceRequest',
          identifier: { system: `${base}/sid/order-no`, value: '123415' },
        },
      ],
      groupIdentifier: { system: 'urn:oid:2.16.156.10011.1.24', value: '00000001' },
      status: 'active',
      category: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/communication-category',
              code: 'alert',
            },
          ],
        },
      ],
      priority: 'stat',
      subject: {
        type: 'Patient',
        identifier: { system: `${base}/sid/sick-no`, value: 'C0001' },
      },
      about: [
        {
          type: 'ServiceRequest',
          identifier: { system: `${base}/sid/exam-no`, value: '00000001' },
        },
      ],
      payload: [{ contentString: '胎盘早剥' }, { contentString: '加急处理。' }],
      occurrencePeriod: { end: limitAt },
      authoredOn: setAt,
      requester: {
        identifier: { system: `${base}/sid/staff-no`, value: '040002' },
        display: '管理员',
      },
      reasonCode: [
        {
          coding: [{ system: `${base}/CodeSystem/crisis-level`, code: '1' }],
          text: '胎盘早剥',
        },
      ],
    })
  })

  it('leaves out what is absent or blank', () => {
    const blank = '\u3000 \u00a0'
    const onlyKey = crisisToFhir({ ApplyNo: '7' }, { base, key })
    assert.deepEqual(Object.keys(onlyKey), [
      'resourceType',
      'identifier',
      'groupIdentifier',
      'status',
      'category',
      'priority',
    ])
    const blanks: Crisis = {
      ExamNo: blank,
      ApplyNo: '7',
      SickNo: '',
      OrderNo: blank,
      CrisisType: '',
      CrisisCode: blank,
      CrisisName: blank,
      CrisisMemo: '',
      CrisisSettor: { code: '', name: blank },
    }
    assert.deepEqual(crisisToFhir(blanks, { base, key }), onlyKey)
  })

  it('names the half of a person that is known', () => {
    const requesterOf = (code: string, name: string) =>
      crisisToFhir({ ApplyNo: '7', CrisisSettor: { code, name } }, { base, key }).requester
    assert.deepEqual(requesterOf('', '管理员'), { display: '管理员' })
    assert.deepEqual(requesterOf('040002', ' '), {
      identifier: { system: `${base}/sid/staff-no`, value: '040002' },
    })
  })

  it('carries both codes, as codes, and the texts to the character', () => {
    const crisis = {
      CrisisCode: ' 1  级\t甲 ',
      CrisisType: 'IM',
      CrisisName: ' < & "\n汉字𠮷😀\u0000 ',
    }
    const request = crisisToFhir(crisis, { base, key })
    assert.deepEqual(request.reasonCode?.[0]?.coding, [
      { system: `${base}/CodeSystem/crisis-level`, code: '1 级 甲' },
      { system: `${base}/CodeSystem/crisis-type`, code: 'IM' },
    ])
    assert.deepEqual(request.payload, [{ contentString: ' < & "\n汉字𠮷😀 ' }])
    assertNothingEmpty(request)
  })

  it('replaces the revision before it, under the identifier that one carried', () => {
    const first = crisisToFhir(sampleCrisis(), { base, key, revision: 1 })
    const second = crisisToFhir(sampleCrisis(), { base, key, revision: 2, status: 'revoked' })
    assert.equal(first.replaces, undefined)
    assert.deepEqual(second.replaces, [
      { type: 'CommunicationRequest', identifier: first.identifier[1] },
    ])
    assert.deepEqual(second.identifier[0], first.identifier[0])
    assert.notDeepEqual(second.identifier[1], first.identifier[1])
    assert.equal(second.status, 'revoked')
  })

  it('exports no licence, whatever the object carries', () => {
    const secret = 'licence-of-this-test'
    const crisis: Crisis & { License: string } = { ...sampleCrisis(), License: secret }
    const feedback: CrisisFeedback & { Header: object } = {
      ...sampleFeedback(),
      Header: { Application: 'HIS', License: secret },
    }
    const options = { base, key, application: 'HIS', receivedAt: setAt, processedAt: limitAt }
    const written = JSON.stringify([
      crisisToFhir(crisis, options),
      feedbackToFhir(feedback, options),
    ])
    assert.match(written, /"HIS"/)
    assert.doesNotMatch(written, new RegExp(secret))
  })

  it('requires an absolute base URI and drops its last slashes', () => {
    const bad = [
      '',
      ' ',
      '/fhir',
      'hospital.example',
      'https://a.example/?q=1',
      'https://a b',
      'x:',
    ]
    for (const value of bad) {
      assert.throws(
        () => crisisToFhir({}, { base: value, key }),
        codeIs('FHIR_BASE_INVALID'),
        `'${value}'`,
      )
    }
    assert.equal(
      crisisToFhir({}, { base: `${base}//`, key }).identifier[0]?.system,
      `${base}/sid/crisis`,
    )
  })

  it('refuses a blank key, an impossible revision and a time without an offset', () => {
    assert.throws(() => crisisToFhir({}, { base, key: ' ' }), codeIs('BRIDGE_KEY_BLANK'))
    for (const revision of [0, -1, 1.5, Number.NaN]) {
      assert.throws(
        () => crisisToFhir({}, { base, key, revision }),
        codeIs('BRIDGE_REVISION_INVALID'),
      )
    }
    const bad = [
      '',
      '2014-06-16',
      '2014-06-16T16:33:27',
      '2014-06-16 16:33:27+08:00',
      '2014-02-29T00:00:00+08:00',
      '2014-06-16T24:00:00+08:00',
      '2014-06-16T16:33:27+0800',
      '2014-06-16T16:33:27+15:00',
    ]
    for (const value of bad) {
      assert.throws(
        () => crisisToFhir({}, { base, key, setAt: value }),
        codeIs('BRIDGE_TIME_INVALID'),
        value,
      )
      for (const name of ['limitAt', 'receivedAt', 'processedAt'] as const) {
        const options = { base, key, [name]: value }
        assert.throws(
          () => [crisisToFhir({}, options), feedbackToFhir(sampleFeedback(), options)],
          codeIs('BRIDGE_TIME_INVALID'),
          `${name} ${value}`,
        )
      }
    }
    for (const value of ['2016-02-29T23:59:59.123Z', '2014-06-16T16:33:27-05:30']) {
      assert.equal(crisisToFhir({}, { base, key, setAt: value }).authoredOn, value)
    }
  })
})

describe('feedback in FHIR R4', () => {
  const receivedAt = '2014-06-16T16:43:27+08:00'
  const processedAt = '2014-06-16T16:43:27+08:00'
  const options = { base, key, receivedAt, processedAt, application: 'HIS' }
  const staff = {
    identifier: { system: `${base}/sid/staff-no`, value: '040002' },
    display: '管理员',
  }

  it('is a reception and, in response to it, the handling', () => {
    const basedOn = [
      {
        type: 'CommunicationRequest',
        identifier: { system: `${base}/sid/crisis-revision`, value: `${key}-1` },
      },
    ]
    const identifier = [{ system: `${base}/sid/crisis-feedback`, value: `${key}-1-received` }]
    assert.deepEqual(feedbackToFhir(sampleFeedback(), options), {
      received: {
        resourceType: 'Communication',
        identifier,
        basedOn,
        status: 'completed',
        sender: { type: 'Device', display: 'HIS' },
        recipient: [staff],
        received: receivedAt,
      },
      processed: {
        resourceType: 'Communication',
        identifier: [{ system: `${base}/sid/crisis-feedback`, value: `${key}-1-processed` }],
        basedOn,
        inResponseTo: [{ type: 'Communication', identifier: identifier[0] }],
        status: 'completed',
        sender: staff,
        sent: processedAt,
        // The suggestion of the sample is one space: blank, so absent.
        payload: [{ contentString: '已处理' }],
      },
    })
  })

  it('answers the revision that was received', () => {
    const request = crisisToFhir(sampleCrisis(), { base, key, revision: 3 })
    const { received } = feedbackToFhir(sampleFeedback(), { ...options, revision: 3 })
    assert.deepEqual(received?.basedOn[0]?.identifier, request.identifier[1])
  })

  it('asserts a stage only when all that it needs is there', () => {
    const whole = sampleFeedback()
    const without = (name: keyof CrisisFeedback, blank: object) =>
      feedbackToFhir({ ...whole, [name]: blank }, options)
    const nobody = { code: ' ', name: '' }
    assert.deepEqual(feedbackToFhir({ ExamNo: '1' }, options), {})
    assert.deepEqual(Object.keys(feedbackToFhir(whole, { base, key, receivedAt })), ['received'])
    assert.deepEqual(Object.keys(without('ProcessStaff', nobody)), ['received'])
    for (const ProcessResult of ['', ' ', '\u3000']) {
      assert.deepEqual(Object.keys(feedbackToFhir({ ...whole, ProcessResult }, options)), [
        'received',
      ])
    }
    for (const { received, processed } of [
      without('CrisisReceiver', nobody),
      feedbackToFhir(whole, { base, key, processedAt }),
    ]) {
      assert.equal(received, undefined)
      assert.equal(processed?.inResponseTo, undefined)
      assert.equal(processed?.basedOn.length, 1)
    }
  })

  it('puts the suggestion before the result and leaves out a blank application', () => {
    const { received, processed } = feedbackToFhir(
      { ...sampleFeedback(), ProcessSuggest: '手术' },
      { ...options, application: ' ' },
    )
    assert.deepEqual(processed?.payload, [{ contentString: '手术' }, { contentString: '已处理' }])
    assert.ok(received && !('sender' in received))
    assertNothingEmpty(received)
    assertNothingEmpty(processed)
  })
})
