import { test } from 'tap'
import { AuthUser } from '../../lib/index.ts'
import { peopled } from '../oidc/_people.ts'
import { Devices, GRANT } from '../oidc/_devices.ts'
import { buildSite } from '../oidc/_site.ts'
import { NotedStore } from '../session/_noted-store.ts'
import { ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { ask, PORT, programSite, tokensOf } from './_programs.ts'

const bearer = { issued: true, audience: 'https://app.example.com' }

test('a program ends its token, again and again, and no session by that', async t => {
  const ended: string[] = []
  const events = { tokenRevoked: ({ handle }: { handle: string }) => { ended.push(handle) } }
  const { site, alice } = await peopled(t, { bearer, events })
  const { app } = site
  const { accessToken, handle } = await app.login.issueToken(new AuthUser('alice'))
  for (let time = 0; time < 2; time++) {
    const headers = { authorization: `Bearer ${accessToken}` }
    const answer = await app.inject({ method: 'POST', url: '/auth/logout', headers })
    t.match(answer, { statusCode: 204, headers: { 'cache-control': 'no-store', 'set-cookie': undefined } })
    t.same(ended, [handle])
  }
  const session = await alice.post('/auth/logout', '', { authorization: `Bearer ${accessToken}` })
  t.equal(session.statusCode, 204)
  t.equal(await alice.who(), 'alice')
  t.notMatch(site.log, '"code":"FST_', 'nothing is done after the answer')
})

test('a token of somebody else, and a malformed header, end nothing, and nobody is told that they did', async t => {
  const { site: { app }, alice } = await peopled(t, { bearer })
  for (const [authorization, error] of [
    ['Bearer x', 'unsupported_token_type'], [`Bearer ${'x'.repeat(9000)}`, 'unsupported_token_type'],
    ['DPoP eyJhbGciOiJub25lIn0.e30.', 'unsupported_token_type'], ['Bearer', 'invalid_request'],
    ['Bearer a b', 'invalid_request'], ['Bearer é', 'invalid_request']
  ] as const) {
    const answer = await app.inject({ method: 'POST', url: '/auth/logout', headers: { authorization } })
    t.equal(answer.statusCode, 400, authorization.slice(0, 20))
    t.match(answer.json(), { error, error_description: /./ }, authorization.slice(0, 20))
    await alice.post('/auth/logout', '', { authorization: authorization === 'Bearer é' ? 'Bearer a b' : authorization })
  }
  t.equal(await alice.who(), 'alice')
})

test('a program reads in JSON that its token could not be ended, and may try again', async t => {
  const store = new NotedStore()
  const { app } = await buildSite(t, { bearer, session: { store } })
  const { accessToken } = await app.login.issueToken(new AuthUser('alice'))
  const logout = { method: 'POST', url: '/auth/logout', headers: { authorization: `Bearer ${accessToken}` } } as const
  store.before.set('add', async () => { throw new Error('away') })
  const answer = await app.inject(logout)
  t.match(answer, { statusCode: 503, headers: { 'cache-control': 'no-store', 'retry-after': /./ } })
  t.match(answer.json(), { error: 'temporarily_unavailable' })
})

test('where no access tokens are taken, the header means nothing', async t => {
  const { alice } = await peopled(t)
  t.equal((await alice.post('/auth/logout', '', { authorization: 'Bearer x' })).statusCode, 303)
  t.equal(await alice.who(), undefined)
})

test('a GET that shows a token ends nothing', async t => {
  const { site: { app } } = await peopled(t, { bearer })
  const { accessToken } = await app.login.issueToken(new AuthUser('alice'))
  const answer = await app.inject({ url: '/auth/logout', headers: { authorization: `Bearer ${accessToken}` } })
  t.equal(answer.statusCode, 200)
  t.match(answer.headers['content-type'], 'text/html')
})

test('with the access token of a program its refresh token ends', async t => {
  const provider = await ScriptedProvider.create()
  const devices = new Devices(provider)
  const { app, clock } = await buildSite(t, { provider, bearer, programs: { cli: { scopes: ['mail.read'] } } })
  const post = async (url: string, form: Record<string, string>, headers = {}): Promise<Record<string, string>> => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const payload = new URLSearchParams({ client_id: 'cli', ...form }).toString()
    const answer = await app.inject({ method: 'POST', url: `/auth/${url}`, payload, headers: { ...type, ...headers } })
    return answer.body === '' ? { status: String(answer.statusCode) } : answer.json()
  }
  const { device_code: code = '' } = await post('device', { scope: 'mail.read offline_access' })
  devices.error = undefined
  clock.advance(5)
  const first = await post('token', { grant_type: GRANT, device_code: code })
  t.match(first, { scope: 'mail.read offline_access', expires_in: 600, refresh_token: /./ })
  const second = await post('token', { grant_type: 'refresh_token', refresh_token: first['refresh_token'] ?? '' })
  t.match(second, { access_token: /./, refresh_token: /./ })
  const shown = { authorization: `Bearer ${second['access_token']}` }
  const userinfo = async (): Promise<number> => (await app.inject({ url: '/auth/userinfo', headers: shown })).statusCode
  t.equal(await userinfo(), 200)
  t.match(await post('logout', {}, { authorization: `Bearer ${second['access_token']}` }), { status: '204' })
  t.equal(await userinfo(), 401)
  const third = await post('token', { grant_type: 'refresh_token', refresh_token: second['refresh_token'] ?? '' })
  t.match(third, { error: 'invalid_grant' })
})

test('what the provider gave for a program goes with the token that it logs out with, or that is ended here', async t => {
  const store = new MemoryStore()
  const handles: string[] = []
  const events = { programAuthorized (event: { sessionHandle: string }) { handles.push(event.sessionHandle) } }
  const programs = { cli: { redirectUris: [PORT], scopes: ['reports.read'] } }
  const site = await programSite(t, { broker: {}, programs, session: { store }, events })
  const isKept = async (): Promise<boolean> => await store.get(`tokens:${String(handles.at(-1))}`) !== undefined
  const first = await tokensOf(site, { scope: 'reports.read offline_access' })
  t.ok(await isKept())
  const answer = await ask(site, {}, { authorization: `Bearer ${String(first['access_token'])}` }, '/auth/logout')
  t.equal(answer.statusCode, 204)
  t.notOk(await isKept())
  const second = await tokensOf(site, { scope: 'reports.read offline_access' })
  t.ok(await isKept())
  await site.app.login.revokeToken(String(second['access_token']))
  t.notOk(await isKept())
})

test('a program that got a token by an exchange does not log out the program that it came from', async t => {
  const programs = {
    cli: { redirectUris: [PORT], scopes: ['reports.read'] },
    service: { secret: 'a secret', scopes: ['reports.read'], tokenExchange: true }
  }
  const site = await programSite(t, { broker: {}, programs })
  const { access_token: own } = await tokensOf(site, { scope: 'reports.read offline_access' })
  const exchanged = await ask(site, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id: 'service',
    client_secret: 'a secret',
    subject_token: String(own),
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token'
  })
  const logout = async (token: unknown) => await ask(site, {}, { authorization: `Bearer ${String(token)}` }, '/auth/logout')
  const isGood = async (token: unknown): Promise<boolean> => (await site.app.login.verifyToken(String(token))).isValid
  const { access_token: borrowed } = exchanged.json<Record<string, unknown>>()
  t.ok(await isGood(borrowed))
  const refused = await logout(borrowed)
  t.match([refused.statusCode, refused.json()], [400, { error: 'unsupported_token_type' }])
  t.same([await isGood(own), await isGood(borrowed)], [true, true])
  t.equal((await logout(own)).statusCode, 204)
  t.same([await isGood(own), await isGood(borrowed)], [false, false])
})
