import { test } from 'tap'
import { createClock } from '../../lib/testing/index.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { secret } from '../_app.ts'
import { json, ScriptedProvider } from '../oidc/_scripted-provider.ts'
import type { Site, SiteOptions } from '../oidc/_site.ts'
import { pkce } from '../programs/_bench.ts'
import { ask, authorized, authorizePath, PORT, programSite, tokensOf } from './_programs.ts'

/** A site whose provider refreshes, with numbered tokens. */
function refreshing (provider: ScriptedProvider): ScriptedProvider {
  provider.answers.token = async request => {
    if (request.form.get('grant_type') !== 'refresh_token') return await provider.redeem(request)
    return json({ access_token: `later-${provider.count('token')}`, token_type: 'Bearer', expires_in: 300, refresh_token: `next-${provider.count('token')}` })
  }
  return provider
}

const refresh = (token: unknown): Record<string, string> =>
  ({ grant_type: 'refresh_token', client_id: 'cli', refresh_token: String(token) })

test('a program gets the token of the provider where that is switched on, and nothing else of it', async t => {
  const site = await programSite(t)
  const proof = pkce()
  const code = (await authorized(site, authorizePath(proof))).get('code') ?? ''
  const answer = await ask(site, { grant_type: 'authorization_code', client_id: 'cli', code, redirect_uri: PORT, code_verifier: proof.verifier })
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'no-store')
  t.equal(answer.headers.pragma, 'no-cache')
  t.match(answer.headers['content-type'], /^application\/json/)
  t.same(Object.keys(answer.json<object>()).sort(), ['access_token', 'expires_in', 'scope', 'token_type'])
  t.same(answer.cookies, [])
  const { access_token: token } = answer.json<{ access_token: string }>()
  t.ok(site.provider.secrets.has(token))
  t.notMatch(site.log, token)
  t.notMatch(site.log, proof.verifier)
  t.same(site.leaks(site.log), [])
})

test('a refresh token comes with offline_access alone, and is ours: the provider has never seen it', async t => {
  const site = await programSite(t)
  refreshing(site.provider)
  const first = await tokensOf(site, { scope: 'reports.read offline_access' })
  t.notOk(site.provider.secrets.has(String(first['refresh_token'])))
  site.clock.advance(299)
  const answer = await ask(site, refresh(first['refresh_token']))
  t.match(answer.json(), { access_token: /^later-/, token_type: 'Bearer', refresh_token: String, scope: 'reports.read openid profile email offline_access' })
  t.notMatch(answer.body, 'next-')
})

test('fifty refreshes at once, of two processes with one store, use the token of the provider once', async t => {
  const clock = createClock()
  const options: SiteOptions = {
    clock, secret: secret(), session: { store: new MemoryStore({ now: clock.now }) }, provider: refreshing(await ScriptedProvider.create())
  }
  const [one, other] = [await programSite(t, options), await programSite(t, options)]
  const first = await tokensOf(one, { scope: 'offline_access' })
  clock.advance(299)
  const before = one.provider.count('token')
  const answers = await Promise.all(Array.from({ length: 50 }, async (_, index) => {
    return await ask(index % 2 === 0 ? one : other, refresh(first['refresh_token']))
  }))
  t.same([...new Set(answers.map(({ statusCode }) => statusCode))], [200])
  t.equal(new Set(answers.map(answer => answer.json<{ refresh_token: string }>().refresh_token)).size, 1)
  t.equal(new Set(answers.map(answer => answer.json<{ access_token: string }>().access_token)).size, 1)
  t.equal(one.provider.count('token') - before, 1)
})

test('an outage is 503 with Retry-After, and the refresh token stays good', async t => {
  const site = await programSite(t)
  const first = await tokensOf(site, { scope: 'offline_access' })
  site.clock.advance(301)
  site.provider.answers.token = () => json({}, 503)
  const answer = await ask(site, refresh(first['refresh_token']))
  t.equal(answer.statusCode, 503)
  t.match(answer.json(), { error: 'temporarily_unavailable' })
  t.ok(Number(answer.headers['retry-after']) > 0)
  refreshing(site.provider)
  site.clock.advance(10)
  t.equal((await ask(site, refresh(first['refresh_token']))).statusCode, 200)
})

test('what the provider takes back is over for the program', async t => {
  const ended: string[] = []
  const site = await programSite(t, { events: { sessionEnded: ({ reason }) => ended.push(reason) } })
  const first = await tokensOf(site, { scope: 'offline_access' })
  site.clock.advance(301)
  site.provider.answers.token = () => json({ error: 'invalid_grant' }, 400)
  t.match((await ask(site, refresh(first['refresh_token']))).json(), { error: 'invalid_grant' })
  refreshing(site.provider)
  t.match((await ask(site, refresh(first['refresh_token']))).json(), { error: 'invalid_grant' })
  t.same(ended, ['grantRevoked'])
})

test('a stolen refresh token ends everything, and the provider is told', async t => {
  const authorizedBy: unknown[] = []
  const site = await programSite(t, { events: { programAuthorized: event => authorizedBy.push(event) } })
  site.provider.metadata = { revocation_endpoint: `${site.provider.issuer}/revoke` }
  refreshing(site.provider)
  const first = await tokensOf(site, { scope: 'offline_access' })
  t.match(authorizedBy, [{ userId: 'alice', clientId: 'cli', identity: { subject: 'alice' } }])
  const second = (await ask(site, refresh(first['refresh_token']))).json<{ refresh_token: string }>()
  site.clock.advance(31)
  t.match((await ask(site, refresh(first['refresh_token']))).json(), { error: 'invalid_grant' })
  t.match((await ask(site, refresh(second.refresh_token))).json(), { error: 'invalid_grant' })
  await site.app.close()
  t.ok(site.provider.count('revocation') > 0)
})

test('whoever is not accepted any more loses the program', async t => {
  let isAccepted = true
  const site = await programSite(t, { loadUser: async () => isAccepted ? {} : null })
  refreshing(site.provider)
  const first = await tokensOf(site, { scope: 'offline_access' })
  isAccepted = false
  t.match((await ask(site, refresh(first['refresh_token']))).json(), { error: 'invalid_grant' })
  isAccepted = true
  t.match((await ask(site, refresh(first['refresh_token']))).json(), { error: 'invalid_grant' })
})

test('all sessions of a person end, and their programs with them', async t => {
  const site = await programSite(t)
  refreshing(site.provider)
  const first = await tokensOf(site, { scope: 'offline_access' })
  await site.app.login.sessions.endAll('alice')
  t.match((await ask(site, refresh(first['refresh_token']))).json(), { error: 'invalid_grant' })
})

test('a code of one program is none of another, whoever authenticates (RFC 9700, section 4.5)', async t => {
  const site = await programSite(t)
  const proof = pkce()
  const code = (await authorized(site, authorizePath(proof))).get('code') ?? ''
  const fields = { grant_type: 'authorization_code', code, redirect_uri: PORT, code_verifier: proof.verifier }
  const authorization = `Basic ${Buffer.from('web:a+secret').toString('base64')}`
  t.match((await ask(site, fields, { authorization })).json(), { error: 'invalid_grant' })
  t.match((await ask(site, { ...fields, client_id: 'old' })).json(), { error: 'invalid_grant' })
  t.equal((await ask(site, { ...fields, client_id: 'cli' })).statusCode, 200)
  t.match((await ask(site, { ...fields, client_id: 'cli' })).json(), { error: 'invalid_grant' })
})

interface Fault { readonly body?: string, readonly headers?: Record<string, string>, readonly status?: number, readonly error?: string }

const faults: Record<string, Fault> = {
  'no body': {},
  'no type': { body: 'client_id=cli', headers: {}, status: 415 },
  'JSON': { body: '{"client_id":"cli"}', headers: { 'content-type': 'application/json' }, status: 415 },
  'malformed JSON': { body: '{', headers: { 'content-type': 'application/json' }, status: 415 },
  'a multipart form': { body: '--x', headers: { 'content-type': 'multipart/form-data; boundary=x' }, status: 415 },
  'a type that is none': { body: 'x', headers: { 'content-type': 'nonsense' }, status: 415 },
  'a body that is too large': { body: `client_id=cli&code=${'x'.repeat(70_000)}`, status: 413 },
  'escapes that are none': { body: 'client_id=%zz&grant_type=%', status: 401, error: 'invalid_client' },
  'not UTF-8': { body: 'client_id=cli&grant_type=%ff%fe', error: 'unsupported_grant_type' },
  'a field twice': { body: 'client_id=cli&client_id=cli' },
  'both spellings': { body: 'client_id=cli&refresh-token=a&refresh_token=a' },
  'a header of another scheme': { body: 'client_id=cli', headers: { authorization: 'Bearer x' }, status: 401, error: 'invalid_client' },
  'the grant of a password': { body: 'client_id=cli&grant_type=password&username=a&password=b', error: 'unsupported_grant_type' }
}

test('whatever is wrong with a request is said in the words of RFC 6749, section 5.2', async t => {
  const site = await programSite(t)
  for (const [name, { body = '', headers = {}, status = 400, error = 'invalid_request' }] of Object.entries(faults)) {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const own = name === 'no type' ? {} : { ...type, ...headers }
    const answer = await site.app.inject({ method: 'POST', url: '/auth/token', headers: own, payload: body })
    t.equal(answer.statusCode, status, name)
    t.match(answer.json(), { error, error_description: String }, name)
    t.equal(answer.headers['cache-control'], 'no-store', name)
    t.equal(answer.headers['www-authenticate'], status === 401 ? 'Basic realm="https://app.example.com", charset="UTF-8"' : undefined, name)
  }
})

test('two Authorization headers are none', async t => {
  const site: Site = await programSite(t)
  const answer = await site.app.inject({
    method: 'POST',
    url: '/auth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: ['Basic eDp5', 'Basic eDp6'] as unknown as string },
    payload: 'grant_type=refresh_token&refresh_token=x'
  })
  t.match(answer.json(), { error: 'invalid_request' })
  t.equal(answer.statusCode, 400)
})

test('a fault of ours is 500 without a word of it', async t => {
  const store = new MemoryStore()
  const site = await programSite(t, { session: { store } })
  store.get = async () => { throw new TypeError('inner') }
  const answer = await ask(site, refresh('A'.repeat(86)))
  t.equal(answer.statusCode, 500)
  t.match(answer.json(), { error: 'server_error' })
  t.notMatch(answer.body, 'inner')
})

test('a session says nothing to the token endpoint, and a GET finds nothing there', async t => {
  const site = await programSite(t)
  const visitor = await site.signedIn()
  const answer = await visitor.post('/auth/token', 'grant_type=refresh_token&client_id=cli&refresh_token=x', { 'sec-fetch-site': 'cross-site' })
  t.match(answer.json(), { error: 'invalid_grant' })
  t.equal((await visitor.get('/auth/token')).statusCode, 404)
})
