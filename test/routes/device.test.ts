import { test } from 'tap'
import { connectionReset } from '../oidc/_scripted-provider.ts'
import { Devices, GRANT } from '../oidc/_devices.ts'
import { buildSite, type Response, type Site, type SiteOptions } from '../oidc/_site.ts'
import { ScriptedProvider } from '../oidc/_scripted-provider.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const programs = {
  cli: { scopes: ['mail.read'], passThrough: true },
  server: { scopes: ['mail.read'], passThrough: true, secret: 'a secret of the program' }
}

interface ProgramSite {
  readonly site: Site
  readonly devices: Devices
  post (path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>
}

async function build (t: Parameters<typeof buildSite>[0], options: SiteOptions = {}): Promise<ProgramSite> {
  const provider = await ScriptedProvider.create()
  const devices = new Devices(provider)
  const site = await buildSite(t, { programs, ...options, provider })
  provider.tokenAnswer = { scope: 'openid mail.read' }
  return {
    site,
    devices,
    post: async (path, form, headers = {}) => await site.app.inject({
      method: 'POST', url: `/auth/${path}`, payload: new URLSearchParams(form).toString(), headers: { ...FORM, ...headers }
    })
  }
}

const codeOf = (answer: Response): string => answer.json<{ device_code: string }>().device_code

test('a program without a browser gets a code for a person, and tokens for its own', async t => {
  const { site, devices, post } = await build(t)
  const begun = await post('device', { client_id: 'cli', scope: 'mail.read' })
  t.match(begun, { statusCode: 200, headers: { 'cache-control': 'no-store', 'content-type': /^application\/json/ } })
  t.same(Object.keys(begun.json()), ['device_code', 'user_code', 'verification_uri', 'verification_uri_complete', 'expires_in', 'interval'])
  const form = { grant_type: GRANT, client_id: 'cli', device_code: codeOf(begun) }
  site.clock.advance(5)
  t.match(await post('token', form), { statusCode: 400, body: /"authorization_pending"/ })
  t.match(await post('token', form), { statusCode: 400, body: /"slow_down"/ })
  devices.error = undefined
  site.clock.advance(10)
  const answer = await post('token', form)
  t.match(answer.json(), { access_token: /./, token_type: 'Bearer', scope: 'openid mail.read' })
  t.notOk('refresh_token' in answer.json<object>())
  site.clock.advance(10)
  t.match(await post('token', form), { statusCode: 400, body: /"invalid_grant"/ })
  t.same(site.leaks(site.log), [])
})

test('py-oidc-auth spells the code with a hyphen, and names no grant', async t => {
  const { site, devices, post } = await build(t, { programs: { cli: programs.cli } })
  const code = codeOf(await post('device', {}))
  devices.error = undefined
  site.clock.advance(5)
  t.match((await post('token', { 'device-code': code })).json(), { token_type: 'Bearer' })
})

test('a program with a secret proves who it is, and each has its own codes', async t => {
  const { post, site, devices } = await build(t)
  t.match(await post('device', { client_id: 'server' }), { statusCode: 401, body: /"invalid_client"/ })
  t.equal(devices.provider.count('device'), 0)
  const authorization = `Basic ${btoa('server:a+secret+of+the+program')}`
  const code = codeOf(await post('device', {}, { authorization }))
  devices.error = undefined
  site.clock.advance(5)
  t.match(await post('token', { grant_type: GRANT, client_id: 'cli', device_code: code }), { statusCode: 400, body: /"invalid_grant"/ })
  t.equal(devices.asked, 0)
  t.equal((await post('token', { grant_type: GRANT, device_code: code }, { authorization })).statusCode, 200)
})

test('every fault of the form is a 4xx in the words of the standard', async t => {
  const { site, post } = await build(t)
  const faults: ReadonlyArray<readonly [body: string, more: Record<string, string>, status: number, error: string]> = [
    ['', FORM, 400, 'invalid_request'],
    ['client_id=', FORM, 400, 'invalid_request'],
    ['client_id=cli&client_id=cli', FORM, 400, 'invalid_request'],
    ['client_id=cli&client-id=cli', FORM, 400, 'invalid_request'],
    ['client_id=nobody', FORM, 401, 'invalid_client'],
    ['client_id=cli&client_secret=x', FORM, 401, 'invalid_client'],
    ['client_id=cli&scope=admin', FORM, 400, 'invalid_scope'],
    ['client_id=cli&scope=%00', FORM, 400, 'invalid_scope'],
    ['client_id=cli', { 'content-type': 'application/json' }, 415, 'invalid_request'],
    ['{"client_id":"cli"}', {}, 415, 'invalid_request'],
    ['client_id=cli', { ...FORM, authorization: 'Bearer x' }, 401, 'invalid_client'],
    [`client_id=${'x'.repeat(70_000)}`, FORM, 413, 'invalid_request']
  ]
  for (const [payload, headers, status, error] of faults) {
    const answer = await site.app.inject({ method: 'POST', url: '/auth/device', payload, headers })
    t.match(answer, { statusCode: status, headers: { 'cache-control': 'no-store' } }, payload.slice(0, 50))
    t.match(answer.json(), { error, error_description: /./ }, payload.slice(0, 50))
  }
  t.equal(site.provider.count('device'), 0)
  t.equal((await site.app.inject('/auth/device')).statusCode, 404)
  t.match(await post('token', { grant_type: GRANT, client_id: 'cli' }), { statusCode: 400, body: /"invalid_request"/ })
})

test('a provider that is away is a 503, and one without device codes a fault that says what to do', async t => {
  const { site, post } = await build(t)
  site.provider.answers.device = connectionReset
  const away = await post('device', { client_id: 'cli' })
  t.match(away, { statusCode: 503, headers: { 'retry-after': '5' } })
  t.match(away.json(), { error: 'temporarily_unavailable' })
  const other = await build(t)
  other.site.provider.metadata = {}
  const answer = await other.post('device', { client_id: 'cli' })
  t.equal(answer.statusCode, 400)
  t.match(answer.json(), { error: 'unsupported_grant_type', error_description: /authorization code/ })
})

test('a person is refused whom the application does not accept', async t => {
  const { site, devices, post } = await build(t, { loadUser: async () => null })
  const code = codeOf(await post('device', { client_id: 'cli' }))
  devices.error = undefined
  site.clock.advance(5)
  const answer = await post('token', { grant_type: GRANT, client_id: 'cli', device_code: code })
  t.match(answer, { statusCode: 400, body: /"access_denied"/ })
})

test('a cookie that comes along from another site changes nothing', async t => {
  const { site, post } = await build(t)
  const alice = site.visitor()
  await alice.post('/app/login')
  const headers = { ...alice.jar.headers, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  t.match(await post('device', { client_id: 'cli' }, headers), { statusCode: 200, headers: { 'set-cookie': undefined } })
})

test('the route is where it is configured, below the path of publicUrl too, or nowhere', async t => {
  const { site, post } = await build(t, { publicUrl: 'https://app.example.com/shop', routes: { device: '/codes' } })
  const request = { method: 'POST', payload: 'client_id=cli', headers: FORM } as const
  for (const url of ['/auth/codes', '/shop/auth/codes']) t.equal((await site.app.inject({ ...request, url })).statusCode, 200)
  t.equal((await post('device', { client_id: 'cli' })).statusCode, 404)
  const without = await build(t, { routes: { device: false } })
  t.equal((await without.post('device', { client_id: 'cli' })).statusCode, 404)
  const answer = await without.post('token', { grant_type: GRANT, client_id: 'cli', device_code: 'x'.repeat(43) })
  t.match(answer, { statusCode: 400, body: /"unsupported_grant_type"/ })
})

test('a token for a device code is for the services that the program names, and no others (RFC 8707)', async t => {
  const mail = 'https://mail.example.com'
  const { site, devices, post } = await build(t, {
    broker: { audience: ['https://app.example.com', mail] }, programs: { cli: { scopes: ['mail.read'] } }
  })
  const form = { grant_type: GRANT, client_id: 'cli', device_code: codeOf(await post('device', { client_id: 'cli' })) }
  devices.error = undefined
  site.clock.advance(5)
  t.match((await post('token', { ...form, resource: 'https://other.example.com' })).json(), { error: 'invalid_target' })
  const { access_token: token } = (await post('token', { ...form, resource: mail })).json<{ access_token: string }>()
  t.equal(JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString()).aud, mail)
})
