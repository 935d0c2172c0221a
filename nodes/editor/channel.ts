import { GatewayTable } from './channel-rules.js'
import type { Dialog } from './dialog.js'
import { SAVED, type Form } from './form.js'
import { ask, inOwnLanguage, line, post, reasonOf, text, type Reason } from './page.js'
import {
  blankOr,
  channelHost,
  channelNumber,
  channelServer,
  gatewayAddress,
  gatewayRules,
  given,
  ofChannel,
  perMinute,
  stationAddress,
} from './rules.js'
import {
  CHANNEL_CREDENTIALS,
  CHANNEL_NUMBERS,
  FIELDS_OF,
  MOST_PER_MINUTE,
  type ChannelKind,
} from './shared.js'

/** Time without a key before the runtime is asked what is wrong, in ms. */
const PAUSE_MS = 400

/** The settings and credentials that some kind has. */
const ALL = [...new Set(Object.values(FIELDS_OF).flat())]
/** Rows of the table, which no input holds. */
const TABLE = 'rules'

let rules: GatewayTable | undefined

const number = (name: keyof typeof CHANNEL_NUMBERS) => channelNumber(name, CHANNEL_NUMBERS[name])

export const channel: Dialog = {
  rules: {
    server: channelServer,
    corpId: ofChannel('corpId', given),
    agentId: number('agentId'),
    url: ofChannel('url', gatewayAddress),
    rules: ofChannel('rules', gatewayRules),
    host: ofChannel('host', channelHost),
    port: number('port'),
    ownAddress: ofChannel('ownAddress', stationAddress),
    pagingAddress: ofChannel('pagingAddress', stationAddress),
    beepUrgent: number('beepUrgent'),
    beepOther: number('beepOther'),
    transmissions: number('transmissions'),
    connectSeconds: number('connectSeconds'),
    totalSeconds: number('totalSeconds'),
    perMinute: blankOr(perMinute),
  },

  prepare(form) {
    rules = new GatewayTable((form.node['rules'] ?? []) as readonly object[])
    form.watch(['kind', 'login'], () => showKind(form))
    prepareCheck(form)
    prepareTest(form)
  },

  save(node) {
    if (rules) node['rules'] = rules.read()
  },
}

const kindOf = (form: Form): ChannelKind => form.text('kind') as ChannelKind

/** Shows the rows that a kind has, and no others. */
function showKind(form: Form): void {
  const kind = kindOf(form)
  const login = form.text('login')
  const needed: Readonly<Record<string, boolean>> = {
    token: kind !== 'ntfy' || login === 'token',
    user: kind !== 'ntfy' || login === 'basic',
    password: kind !== 'ntfy' || login === 'basic',
  }
  for (const name of ALL.filter((one) => one !== TABLE)) {
    form.row(name).toggle(FIELDS_OF[kind].includes(name) && (needed[name] ?? true))
  }
  $('#hospital-crisis-gateway-fold, #hospital-crisis-rules-fold').toggle(kind === 'gateway')
  $('#hospital-crisis-espa-fold').toggle(kind === 'espa')
  const isFlow = kind === 'flow'
  $('#hospital-crisis-channel-test-rows, #hospital-crisis-means').toggle(!isFlow)
  $('#hospital-crisis-kind-tip').text(text(`crisis-channel.tip.${kind}`))
  const most = MOST_PER_MINUTE[kind]
  const limit = most === undefined ? 'noLimit' : 'ownLimit'
  form.input('perMinute').attr('placeholder', text(`crisis-channel.placeholder.${limit}`, { most }))
  const server = kind === 'ntfy' ? 'ntfyServer' : 'wecomServer'
  form.input('server').attr('placeholder', text(`crisis-channel.placeholder.${server}`))
  const port = kind === 'snpp' ? 'snppPort' : 'linePort'
  form.input('port').attr('placeholder', text(`crisis-channel.placeholder.${port}`))
  const signing = kind === 'dingtalk' || kind === 'feishu' ? kind : 'dingtalk'
  form
    .input('signSecret')
    .attr('placeholder', text(`crisis-channel.placeholder.signSecret.${signing}`))
  $('#hospital-crisis-channel-to').attr('placeholder', text(`crisis-channel.address.${kind}`))
  // The kind decides which of them are needed.
  form.recheck(...Object.keys(channel.rules).filter((name) => name !== TABLE))
}

/** The dialog as it stands, for the runtime; a saved secret is known to that only. */
function questionOf(form: Form): object {
  const secrets: readonly string[] = CHANNEL_CREDENTIALS
  const names = ALL.filter((name) => !secrets.includes(name) && name !== TABLE)
  const settings = names.map((name) => [name, form.value(name)])
  const typed = CHANNEL_CREDENTIALS.map((name) => [name, form.typed(name)] as const)
  return {
    id: form.node.id,
    config: {
      ...Object.fromEntries(settings),
      name: form.text('name'),
      kind: kindOf(form),
      perMinute: form.text('perMinute'),
      rules: rules?.read() ?? [],
      tls: form.chosen('tls'),
    },
    credentials: Object.fromEntries(typed.filter(([, value]) => value !== SAVED)),
  }
}

/** Shows what is wrong, as the runtime would say it when the flows start, and the request to a gateway. */
function prepareCheck(form: Form): void {
  const place = $('#hospital-crisis-channel-wrong')
  const preview = $('#hospital-crisis-channel-request')
  let timer: ReturnType<typeof setTimeout> | undefined
  let latest = 0
  const check = (): void => {
    const mine = ++latest
    const show = (problems: readonly string[], request = ''): void => {
      if (mine !== latest) return
      place.empty().append(...problems.map((problem) => line('bad', problem)))
      preview
        .toggle(request !== '')
        .find('pre')
        .text(request)
    }
    post('channel-check', questionOf(form))
      .done((found: { problems: readonly Reason[]; preview: string }) =>
        show(found.problems.map(inOwnLanguage), found.preview),
      )
      .fail((request: JQuery.jqXHR) => show([reasonOf(request)]))
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(check, PAUSE_MS)
  }
  rules?.onChange(soon)
  form.watch([...ALL, 'kind', 'perMinute'], soon)
}

interface Said {
  readonly class: 'accepted' | 'refused' | 'retry' | 'unknown'
  readonly code: string
  readonly reason: Reason
}

interface Tested extends Said {
  readonly perAddress: readonly (Said & { readonly address: string })[]
  readonly request: string
  readonly answer: string
}

/** The button that sends a test page with the dialog as it stands, and shows what the channel said to it. */
function prepareTest(form: Form): void {
  const place = $('#hospital-crisis-channel-result')
  const button = $('#hospital-crisis-channel-test')
  button.on('click', () => {
    place.empty().show()
    const to = String($('#hospital-crisis-channel-to').val() ?? '')
    ask(button, 'channel-test', { ...questionOf(form), to })
      .done((tested: Tested) => place.append(...linesOf(tested)))
      .fail((request: JQuery.jqXHR) => place.append(line('bad', reasonOf(request))))
  })
}

function linesOf({ perAddress, request, answer, ...whole }: Tested): JQuery[] {
  const lineOf = ({ class: name, code, reason }: Said, before = ''): JQuery => {
    const kind = name === 'accepted' ? 'good' : 'bad'
    return line(kind, `${before}${inOwnLanguage(reason)} [${code}]`)
  }
  const bytes = [request, answer].filter((part) => part !== '').join('\n\n')
  return [
    lineOf(whole),
    ...(perAddress.length > 1 ? perAddress.map((one) => lineOf(one, `${one.address} · `)) : []),
    ...(bytes === '' ? [] : [$('<pre class="hospital-crisis-code">').text(bytes)]),
  ]
}
