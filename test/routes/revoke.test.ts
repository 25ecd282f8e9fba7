import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Test, test } from 'tap'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { StoreUnavailable } from '../../lib/errors.ts'
import { secret } from '../_app.ts'
import { json, ScriptedProvider } from '../oidc/_scripted-provider.ts'
import type { Response as Answer, Site, SiteOptions } from '../oidc/_site.ts'
import { ask, type Parameters, PORT, programSite, tokensOf } from './_programs.ts'

const URL_PATH = '/auth/revoke'
const programs = {
  cli: { redirectUris: [PORT], scopes: ['reports.read'] },
  web: { redirectUris: [PORT], secret: 'a secret' }
}

/** An application that gives tokens of its own, and takes them at a page. */
async function site (t: Test, options: SiteOptions = {}): Promise<Site> {
  const made = await programSite(t, { bearer: { issued: true }, programs, ...options })
  made.app.get('/reports', { onRequest: [made.app.loginRequired] }, async () => 'here')
  return made
}

const revoke = async (one: Site, fields: Parameters, headers: Record<string, string> = {}): Promise<Answer> =>
  await ask(one, { client_id: 'cli', ...fields }, headers, URL_PATH)

const call = async ({ app }: Site, token: unknown): Promise<number> =>
  (await app.inject({ url: '/reports', headers: { authorization: `Bearer ${String(token)}` } })).statusCode

const refresh = async (one: Site, token: unknown): Promise<Answer> =>
  await ask(one, { grant_type: 'refresh_token', client_id: 'cli', refresh_token: String(token) })

test('a program gives its tokens back, and hears nothing but that it worked (RFC 7009, section 2.2)', async t => {
  const ended: unknown[] = []
  const one = await site(t, {
    events: { sessionEnded: ({ reason }) => ended.push(reason), tokenRevoked: () => ended.push('tokenRevoked') }
  })
  for (const which of ['access_token', 'refresh_token']) {
    const tokens = await tokensOf(one, { scope: 'reports.read offline_access' })
    t.equal(await call(one, tokens['access_token']), 200)
    const answer = await revoke(one, { token: String(tokens[which]), token_type_hint: which })
    t.equal(answer.statusCode, 200)
    t.equal(answer.body, '')
    t.match(answer.headers, { 'cache-control': 'no-store', pragma: 'no-cache' })
    t.same(answer.cookies, [])
    t.equal(await call(one, tokens['access_token']), 401)
    t.match((await refresh(one, tokens['refresh_token'])).json(), { error: 'invalid_grant' })
    t.equal((await revoke(one, { token: String(tokens[which]) })).statusCode, 200, 'and once more')
    t.notMatch(one.log, String(tokens[which]))
  }
  t.same(ended.filter(reason => reason === 'logout').length, 2)
  t.notOk(ended.includes('tokenRevoked'), 'a family is told of once')
})

function refreshing (provider: ScriptedProvider): void {
  provider.metadata = { revocation_endpoint: `${provider.issuer}/revoke` }
  provider.answers.token = async request => {
    if (request.form.get('grant_type') !== 'refresh_token') return await provider.redeem(request)
    return json({ access_token: 'later', token_type: 'Bearer', expires_in: 300, refresh_token: 'next' })
  }
}

test('what the provider gave is given back there too', async t => {
  const one = await site(t, { programs: { cli: { redirectUris: [PORT], passThrough: true } } })
  refreshing(one.provider)
  const tokens = await tokensOf(one, { scope: 'offline_access' })
  const foreign = await revoke(one, { token: String(tokens['access_token']) })
  t.match([foreign.statusCode, foreign.json()], [400, { error: 'unsupported_token_type' }])
  t.equal(one.provider.count('revocation'), 0)
  t.equal((await revoke(one, { token: String(tokens['refresh_token']) })).statusCode, 200)
  await one.app.close()
  t.ok(one.provider.count('revocation') > 0)
})

test('a token of another program, and one of another registration, stays as it is', async t => {
  const shared = { secret: secret(), provider: await ScriptedProvider.create() }
  const store = new MemoryStore()
  const one = await site(t, { ...shared, session: { store } })
  const admin = await site(t, { ...shared, session: { store, cookie: { name: 'admin' } } })
  const tokens = await tokensOf(one, { scope: 'reports.read offline_access' })
  for (const which of ['access_token', 'refresh_token']) {
    const token = String(tokens[which])
    const headers = { authorization: `Basic ${Buffer.from('web:a+secret').toString('base64')}` }
    const foreign = await revoke(one, { token, client_id: undefined }, headers)
    t.match([foreign.statusCode, foreign.json()], [400, { error: 'invalid_grant', error_description: String }])
    t.equal((await revoke(admin, { token })).statusCode, 200, 'nobody knows it there')
  }
  t.equal(await call(one, tokens['access_token']), 200)
  t.equal((await refresh(one, tokens['refresh_token'])).statusCode, 200)
})

test('a store that is away is 503 with Retry-After, and the token may be sent again (RFC 7009, section 2.2.1)', async t => {
  const store = new MemoryStore()
  const one = await site(t, { session: { store } })
  const tokens = await tokensOf(one, { scope: 'reports.read offline_access' })
  const { add, set } = store
  store.add = store.set = async () => { throw new StoreUnavailable() }
  for (const which of ['access_token', 'refresh_token']) {
    const answer = await revoke(one, { token: String(tokens[which]) })
    t.match([answer.statusCode, answer.json()], [503, { error: 'temporarily_unavailable' }])
    t.ok(Number(answer.headers['retry-after']) > 0)
    t.equal(answer.headers['cache-control'], 'no-store')
  }
  Object.assign(store, { add, set })
  t.equal((await revoke(one, { token: String(tokens['access_token']) })).statusCode, 200)
  t.equal(await call(one, tokens['access_token']), 401)
})

interface Fault {
  readonly body: string
  readonly headers?: Record<string, string>
  readonly status?: number
  readonly error?: string
}

const BASIC = { authorization: `Basic ${Buffer.from('web:a+secret').toString('base64')}` }
const faults: Record<string, Fault> = {
  'no body': { body: '' },
  'no token': { body: 'client_id=cli' },
  'a token that is empty': { body: 'client_id=cli&token=' },
  'a token twice': { body: 'client_id=cli&token=a&token=b' },
  'a client twice': { body: 'client_id=cli&client_id=web&token=a' },
  'a client that is unknown': { body: 'client_id=other&token=a', status: 401, error: 'invalid_client' },
  'a secret that is another': { body: 'client_id=web&client_secret=x&token=a', status: 401, error: 'invalid_client' },
  'no secret': { body: 'client_id=web&token=a', status: 401, error: 'invalid_client' },
  'both ways to prove it': { body: 'client_id=web&client_secret=a+secret&token=a', headers: BASIC },
  'a header for another than the form': { body: 'client_id=cli&token=a', headers: BASIC },
  'the token as credentials': { body: 'client_id=cli&token=a', headers: { authorization: 'Bearer a' }, status: 401, error: 'invalid_client' },
  JSON: { body: '{"client_id":"cli","token":"a"}', headers: { 'content-type': 'application/json' }, status: 415 },
  'malformed JSON': { body: '{', headers: { 'content-type': 'application/json' }, status: 415 },
  'a body that is too large': { body: `client_id=cli&token=${'x'.repeat(70_000)}`, status: 413 },
  'escapes that are none': { body: 'client_id=%zz&token=%', status: 401, error: 'invalid_client' }
}

for (const url of [URL_PATH, '/auth/introspect']) {
  test(`whatever is wrong at ${url} is said in the words of RFC 6749, section 5.2`, async t => {
    const one = await site(t)
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const [name, { body, headers = {}, status = 400, error = 'invalid_request' }] of Object.entries(faults)) {
      // Only a program with a secret gets far enough to be told what is missing.
      const proven = url === URL_PATH || status !== 400 ? body : body.replace('client_id=cli', 'client_id=web&client_secret=a+secret')
      const answer = await one.app.inject({ method: 'POST', url, headers: { ...type, ...headers }, payload: proven })
      t.match([answer.statusCode, answer.json()], [status, { error, error_description: String }], name)
      t.equal(answer.headers['cache-control'], 'no-store', name)
      t.equal(answer.headers['www-authenticate'], status === 401 ? 'Basic realm="https://app.example.com", charset="UTF-8"' : undefined, name)
    }
  })

  test(`a GET, and two Authorization headers, are nothing at ${url}`, async t => {
    const one = await site(t)
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      t.equal((await one.app.inject({ method, url: `${url}?token=a&client_id=cli` })).statusCode, 404, method)
    }
    const answer = await one.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: ['Basic eDp5', 'Basic eDp6'] as unknown as string },
      payload: 'token=a'
    })
    t.match([answer.statusCode, answer.json()], [400, { error: 'invalid_request' }])
  })

  test(`neither a cookie nor an origin counts at ${url}`, async t => {
    const one = await site(t)
    const visitor = await one.signedIn()
    const answer = await visitor.post(url, 'client_id=web&client_secret=a+secret&token=x', { 'sec-fetch-site': 'cross-site' })
    t.equal(answer.statusCode, 200)
    t.equal(answer.headers['set-cookie'], undefined)
    t.equal(await visitor.who(), 'alice')
  })

  test(`${url} is where the routes are, and nowhere once it is switched off`, async t => {
    const name = url === URL_PATH ? 'revoke' : 'introspect'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const sent = { method: 'POST', headers, payload: 'client_id=web&client_secret=a+secret&token=x' } as const
    const moved = await site(t, { routes: { prefix: '/o', [name]: '/away' } })
    t.equal((await moved.app.inject({ ...sent, url: '/o/away' })).statusCode, 200)
    const off = await site(t, { routes: { [name]: false } })
    t.equal((await off.app.inject({ ...sent, url })).statusCode, 404)
  })
}

test('over a socket an answer without a word has no body and no type', async t => {
  const one = await site(t)
  await one.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = one.app.server.address() as AddressInfo
  const body = 'client_id=cli&token=x'
  const sent = httpRequest({
    port, host: '127.0.0.1', path: URL_PATH, method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }
  })
  sent.end(body)
  const [answer] = await once(sent, 'response') as [IncomingMessage]
  answer.resume()
  t.equal(answer.statusCode, 200)
  t.match(answer.headers, { 'content-length': '0', 'cache-control': 'no-store', 'content-type': undefined, vary: undefined })
  await once(answer, 'end')
})

test('fifty programs that refresh and give back at once leave nobody inside', async t => {
  const one = await site(t)
  const tokens = await tokensOf(one, { scope: 'reports.read offline_access' })
  const token = String(tokens['refresh_token'])
  const answers = await Promise.all(Array.from({ length: 50 }, async (_, index) =>
    index % 2 === 0 ? await refresh(one, token) : await revoke(one, { token })))
  t.ok(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 400))
  for (const [index, answer] of answers.entries()) {
    if (index % 2 === 1) t.equal(answer.statusCode, 200)
    if (index % 2 === 1 || answer.statusCode !== 200) continue
    const { access_token: access, refresh_token: next } = answer.json<Record<string, unknown>>()
    t.equal(await call(one, access), 401)
    t.match((await refresh(one, next)).json(), { error: 'invalid_grant' })
  }
  t.equal(await call(one, tokens['access_token']), 401)
})
