import { type Test, test } from 'tap'
import { StoreUnavailable } from '../../lib/errors.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import type { Response as Answer, Site, SiteOptions } from '../oidc/_site.ts'
import { ask, PORT, programSite, tokensOf } from './_programs.ts'

const programs = {
  cli: { redirectUris: [PORT], scopes: ['reports.read'] },
  web: { redirectUris: [PORT], scopes: ['reports.read'], secret: 'of web' },
  gate: { secret: 'of gate', introspect: true }
}
const WEB = { client_id: 'web', client_secret: 'of web' }
const inactive = '{"active":false}'

async function site (t: Test, options: SiteOptions = {}): Promise<Site> {
  return await programSite(t, { bearer: { issued: true }, programs, ...options })
}

async function introspect (one: Site, token: unknown, clientId = 'web'): Promise<Answer> {
  const fields = { client_id: clientId, client_secret: `of ${clientId}`, token: String(token) }
  return await ask(one, fields, {}, '/auth/introspect')
}

test('a program learns what its token says, and nobody keeps it (RFC 7662, section 2.2)', async t => {
  const one = await site(t)
  one.provider.claims = { name: 'Alice', email: 'alice@example.com', email_verified: true, roles: ['editor'] }
  const tokens = await tokensOf(one, { scope: 'reports.read offline_access' }, WEB)
  const answer = await introspect(one, tokens['access_token'])
  t.equal(answer.statusCode, 200)
  t.match(answer.headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store', pragma: 'no-cache' })
  t.same(answer.cookies, [])
  t.match(answer.json(), {
    active: true,
    iss: 'https://app.example.com',
    sub: 'alice',
    aud: 'https://app.example.com',
    client_id: 'web',
    scope: 'reports.read',
    exp: Number,
    iat: Number,
    jti: String,
    token_type: 'Bearer',
    roles: ['editor'],
    name: undefined,
    email: undefined
  })
  const refresh = await introspect(one, tokens['refresh_token'])
  t.match(refresh.json(), { active: true, client_id: 'web', scope: 'reports.read offline_access', token_type: undefined })
  for (const token of [tokens['access_token'], tokens['refresh_token']]) t.notMatch(one.log, String(token))

  const full = await tokensOf(one, { scope: 'openid profile email' }, WEB)
  t.match((await introspect(one, full['access_token'])).json(), { name: 'Alice', email: 'alice@example.com', email_verified: true })
})

test('whatever is not for who asks is inactive, letter for letter (RFC 7662, section 2.2)', async t => {
  const one = await site(t)
  const tokens = await tokensOf(one, { scope: 'reports.read offline_access' })
  const { access_token: access, refresh_token: refresh } = tokens
  t.equal((await introspect(one, access)).body, inactive)
  t.equal((await introspect(one, refresh)).body, inactive)
  t.match((await introspect(one, access, 'gate')).json(), { active: true, client_id: 'cli' })
  t.equal((await introspect(one, refresh, 'gate')).body, inactive)
  t.equal((await introspect(one, 'nonsense', 'gate')).body, inactive)
  one.clock.advance(601)
  t.equal((await introspect(one, access, 'gate')).body, inactive)
})

test('a public program is told nothing (RFC 7662, section 2.1)', async t => {
  const one = await site(t)
  const { access_token: token } = await tokensOf(one, { scope: 'reports.read' })
  const answer = await ask(one, { client_id: 'cli', token: String(token) }, {}, '/auth/introspect')
  t.match([answer.statusCode, answer.json()], [401, { error: 'invalid_client' }])
  t.match(answer.headers['www-authenticate'], /^Basic /)
})

test('what ends a token is known here at once', async t => {
  let isAccepted = true
  const one = await site(t, { loadUser: async () => isAccepted ? {} : null })
  const endings: Record<string, (tokens: Record<string, unknown>) => Promise<unknown>> = {
    'a logout of the program': async ({ access_token: token }) =>
      await one.app.inject({ method: 'POST', url: '/auth/logout', headers: { authorization: `Bearer ${String(token)}` } }),
    revocation: async ({ refresh_token: token }) => await ask(one, { ...WEB, token: String(token) }, {}, '/auth/revoke'),
    'the end of all sessions': async () => { await one.app.login.sessions.endAll('alice') },
    'a person who is not accepted': async () => { isAccepted = false }
  }
  for (const [what, end] of Object.entries(endings)) {
    const tokens = await tokensOf(one, { scope: 'reports.read offline_access' }, WEB)
    for (const which of ['access_token', 'refresh_token']) {
      t.match((await introspect(one, tokens[which])).json(), { active: true }, `${which} before ${what}`)
    }
    await end(tokens)
    for (const which of ['access_token', 'refresh_token']) {
      t.equal((await introspect(one, tokens[which])).body, inactive, `${which} after ${what}`)
    }
  }
})

test('where nobody can say whether a token is good, it is 503 and not inactive', async t => {
  const store = new MemoryStore()
  const failing = { isFailing: false }
  const one = await site(t, {
    session: { store },
    async loadUser () {
      if (failing.isFailing) throw new Error('away')
      return {}
    }
  })
  const { access_token: token } = await tokensOf(one, { scope: 'reports.read' }, WEB)
  failing.isFailing = true
  const unknown = await introspect(one, token)
  t.match([unknown.statusCode, unknown.json()], [503, { error: 'temporarily_unavailable' }])
  failing.isFailing = false
  Object.assign(store, { peek: undefined })
  store.getMany = async () => { throw new StoreUnavailable() }
  const answer = await introspect(one, token)
  t.match([answer.statusCode, answer.headers['retry-after'], answer.headers['cache-control']], [503, /^\d+$/, 'no-store'])
})

test('of a signed token is told what it says, and nothing of what ends it', async t => {
  const one = await site(t, { bearer: {}, broker: {} })
  one.provider.claims = { name: 'Alice', roles: ['editor'], phone_number: '1' }
  await one.app.login.sessions.endAll('alice')
  const { access_token: token } = await tokensOf(one, { scope: 'profile reports.read' }, WEB)
  const [, payload = ''] = String(token).split('.')
  const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const { fastify_login: end, ...others } = said
  t.ok(end)
  t.same((await introspect(one, token)).json(), { ...others, active: true, token_type: 'Bearer' })
  t.match(others, { name: 'Alice', roles: ['editor'], phone_number: undefined })
})
