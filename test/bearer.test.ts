import * as oauth from 'oauth4webapi'
import { type Test, test } from 'tap'
import { createSubjectJudge } from '../lib/bearer.ts'
import { authPlugin, AuthUser } from '../lib/index.ts'
import { OidcClients } from '../lib/oidc/client/oidc-clients.ts'
import { createTransport } from '../lib/oidc/provider/transport.ts'
import { LocalRevocations } from '../lib/session/revocations.ts'
import { secret } from './_app.ts'
import { createApp, signedIn } from './guard/_app.ts'
import { bearer } from './guard/_bearer.ts'
import { API, OPAQUE_API, startApiProvider } from './journeys/_api-provider.ts'
import { type Application, startApplication } from './journeys/_application.ts'
import { Browser } from './journeys/_browser.ts'
import { logoutToken } from './oidc/_logout-token.ts'
import { ScriptedProvider } from './oidc/_scripted-provider.ts'
import { settingsOf } from './options/_refusal.ts'

const insecure = { [oauth.allowInsecureRequests]: true }

/** An application with a route for browsers and programs, and one for programs alone. */
async function startApi (t: Test, audience: readonly string[] = [API, OPAQUE_API]) {
  const provider = await startApiProvider(t)
  const { service } = provider
  const application = await startApplication(t, {
    provider,
    bearer: { audience, introspection: { ...service, tokens: 'opaque' }, issued: true },
    addPages (scope) {
      scope.get('/me', { onRequest: [scope.loginRequired] }, async ({ currentUser, token }) => ({ user: currentUser, token }))
      scope.get('/reports', { onRequest: [scope.loginRequired({ scopes: ['reports.read'], via: ['bearer'] })] }, async () => 'reports')
    }
  })
  return { provider, application }
}

/** Asks as a program does that has the standards at hand. */
async function ask (
  { origin }: Application, path: string, token: string, options: oauth.ProtectedResourceRequestOptions = {}
): Promise<{ readonly status: number, readonly body: string, readonly challenge: string | null }> {
  const url = new URL(path, origin)
  try {
    const response = await oauth.protectedResourceRequest(token, 'GET', url, undefined, undefined, { ...insecure, ...options })
    return { status: response.status, body: await response.text(), challenge: null }
  } catch (error) {
    if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error
    const { response } = error
    return { status: response.status, body: await response.text(), challenge: response.headers.get('www-authenticate') }
  }
}

test('a person is the same by cookie and by token, of whichever kind, and a program has no session', async t => {
  const { provider, application } = await startApi(t)
  const tab = new Browser().tab()
  await tab.open(`${application.origin}/auth/login`)
  await tab.submit('alice')
  const byCookie = JSON.parse((await tab.open(`${application.origin}/me`)).text)
  t.equal(byCookie.user.id, 'alice')
  for (const resource of [API, OPAQUE_API]) {
    const { access_token: text } = await provider.personToken({ resource, scopes: ['reports.read'] })
    const { status, body } = await ask(application, '/me', text)
    t.equal(status, 200, resource)
    t.match(JSON.parse(body), { user: { id: 'alice', isAuthenticated: true }, token: { scopes: ['reports.read'], clientId: 'program' } })
    t.notMatch(body, text)
    t.equal((await ask(application, '/reports', text)).status, 200)
  }
  const { accessToken } = await application.app.login.issueToken('alice', { scopes: ['reports.read'] })
  t.equal(JSON.parse((await ask(application, '/me', accessToken)).body).user.id, 'alice')
})

test('a token for another service, or without the scope, opens nothing', async t => {
  const { provider, application } = await startApi(t, [API])
  const { access_token: elsewhere } = await provider.personToken({ resource: OPAQUE_API })
  const refused = await ask(application, '/me', elsewhere)
  t.equal(refused.status, 401)
  t.match(refused.challenge, 'error="invalid_token"')
  const { access_token: narrow } = await provider.personToken({ scopes: ['reports.write'] })
  const forbidden = await ask(application, '/reports', narrow)
  t.equal(forbidden.status, 403)
  t.match(forbidden.challenge, /error="insufficient_scope", scope="reports.read"$/)
})

test('a program finds out from the challenge who gives tokens for the service (RFC 9728, section 5)', async t => {
  const { provider, application } = await startApi(t)
  const response = await fetch(`${application.origin}/me`)
  const [, address = ''] = /resource_metadata="([^"]+)"/.exec(response.headers.get('www-authenticate') ?? '') ?? []
  const metadata = await (await fetch(address)).json() as oauth.ResourceServer
  t.match(metadata, { resource: application.origin, authorization_servers: [provider.issuer] })
})

test('a token that is bound to a key works with a proof for this request, once (RFC 9449, section 7)', async t => {
  const { provider, application } = await startApi(t)
  for (const resource of [API, OPAQUE_API]) {
    const DPoP = await provider.dpop()
    const { access_token: text } = await provider.personToken({ resource, DPoP })
    t.equal((await ask(application, '/me?x=1', text, { DPoP })).status, 200)
    const plain = await ask(application, '/me', text)
    t.equal(plain.status, 401, 'as a plain token')
    const stolen = await ask(application, '/me', text, { DPoP: await provider.dpop() })
    t.match(stolen.challenge, /^DPoP .*error="invalid_dpop_proof"/)
  }
  let seen: Headers | undefined
  const DPoP = await provider.dpop()
  const { access_token: text } = await provider.personToken({ DPoP })
  const spy: NonNullable<oauth.ProtectedResourceRequestOptions[typeof oauth.customFetch]> = async (address, init) => {
    seen = new Headers(init.headers)
    return await fetch(address, init as RequestInit)
  }
  t.equal((await ask(application, '/me', text, { DPoP, [oauth.customFetch]: spy })).status, 200)
  const replayed = await fetch(`${application.origin}/me`, { headers: seen ?? {} })
  t.equal(replayed.status, 401, 'a proof that was used')
})

for (const [title, session] of [['in this process', {}], ['in a store', { store: 'memory:' }]] as const) {
  test(`tokens of whom the provider has logged out are refused, also one that was seen before, ${title}`, async t => {
    const provider = await ScriptedProvider.create()
    const app = await createApp(t, {
      secret: secret(), publicUrl: 'https://app.example', oidc: provider.client, bearer: { audience: API }, session
    })
    app.get('/', { onRequest: [app.loginRequired] }, async () => 'in')
    const now = Math.floor(Date.now() / 1000)
    const tokenOf = (claims: object): Promise<string> => provider.signJwt({
      iss: provider.issuer, aud: API, sub: 'alice', client_id: 'cli', scope: 'x', iat: now - 5, exp: now + 600, ...claims
    })
    const mine = await tokenOf({ sid: 'session-of-alice' })
    const other = await tokenOf({ sid: 'another' })
    const statusOf = async (text: string): Promise<number> => (await app.inject({ url: '/', headers: bearer(text) })).statusCode
    t.same([await statusOf(mine), await statusOf(other), await statusOf(mine)], [200, 200, 200])
    const send = async (claims: Readonly<Record<string, unknown>>): Promise<unknown> => (await app.inject({
      method: 'POST',
      url: '/auth/backchannel-logout',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `logout_token=${await logoutToken(provider, { claims })}`
    })).statusCode
    t.equal(await send({ sid: 'session-of-alice' }), 200)
    t.same([await statusOf(mine), await statusOf(other)], [401, 200])
    t.equal(await send({ sid: undefined, sub: 'alice' }), 200)
    t.same([await statusOf(mine), await statusOf(other)], [401, 401])
    t.equal(await statusOf(await tokenOf({ iat: now + 20 })), 200, 'a later token')
  })
}

test('a logout at the provider is of no concern to tokens of another issuer', async t => {
  const provider = await ScriptedProvider.create()
  const partner = await ScriptedProvider.create('https://partner.example')
  const app = await createApp(t, {
    publicUrl: 'https://app.example',
    oidc: provider.client,
    routes: { backchannelLogout: false },
    bearer: { audience: API, providers: { oidc: true, partner: { issuer: partner.issuer, fetch: partner.fetch } } }
  })
  app.get('/', { onRequest: [app.loginRequired] }, async ({ currentUser }) => currentUser)
  const now = Math.floor(Date.now() / 1000)
  const claims = { aud: API, sub: 'alice', scope: 'x', iat: now, exp: now + 600 }
  const idOf = async (signer: ScriptedProvider): Promise<unknown> => {
    const headers = bearer(await signer.signJwt({ iss: signer.issuer, ...claims }))
    return (await app.inject({ url: '/', headers })).json().id
  }
  t.equal(await idOf(provider), 'alice')
  t.equal(await idOf(partner), 'partner:alice')
})

test('a header with a token excuses no page of ours from the proof of its site', async t => {
  const app = await createApp(t, {
    publicUrl: 'https://app.example', bearer: { issued: true }, routes: { sessions: '/sessions' }
  })
  const { headers } = await signedIn(app, 'alice')
  const { accessToken } = await app.login.issueToken('alice')
  const [session] = await app.login.sessions.list('alice')
  for (const authorization of [`Bearer ${accessToken}`, 'Bearer nonsense']) {
    const response = await app.inject({
      method: 'POST',
      url: '/auth/sessions',
      headers: {
        ...headers, authorization, 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded'
      },
      payload: `handle=${session?.handle}&action=end`
    })
    t.equal(response.json().code, 'FST_LOGIN_CROSS_SITE')
  }
  t.equal((await app.login.sessions.list('alice')).length, 1)
})

test('where no access token is taken, one means nothing', async t => {
  const app = await createApp(t)
  app.get('/', { onRequest: [app.loginRequired] }, async ({ currentUser }) => currentUser)
  const { headers } = await signedIn(app, new AuthUser('ada'))
  const response = await app.inject({ url: '/', headers: { ...headers, ...bearer('anything') } })
  t.equal(response.json().id, 'ada')
  t.equal((await app.inject('/')).headers['www-authenticate'], 'Cookie realm="login"')
})

test('each of several registrations around a request has the token that it takes', async t => {
  const shared = secret()
  const app = await createApp(t, { secret: shared, bearer: { issued: true } })
  await app.register(authPlugin, {
    secret: shared, name: 'admin', bearer: { issued: true }, routes: { prefix: '/admin' }
  })
  app.get('/', async ({ token, logins }) => ({ plain: token?.userId, admin: logins['admin']?.token?.userId }))
  const { accessToken } = await app.logins['admin']?.issueToken('root') ?? { accessToken: '' }
  t.same((await app.inject({ url: '/', headers: bearer(accessToken) })).json(), { admin: 'root' })
  const { accessToken: own } = await app.login.issueToken('ada')
  t.same((await app.inject({ url: '/', headers: bearer(own) })).json(), { plain: 'ada' })
})

test('an application without a sign-in signs tokens for its people, each for the services that it names', async t => {
  const publicUrl = 'https://app.example'
  const app = await createApp(t, { publicUrl, broker: { audience: ['https://app.example/api', 'https://mail.example'] } })
  app.get('/', { onRequest: [app.loginRequired] }, async ({ currentUser, token }) => ({ ...currentUser, for: token?.audience }))
  const ask = async (text: string): Promise<Record<string, unknown>> => (await app.inject({ url: '/', headers: bearer(text) })).json()
  const { accessToken } = await app.login.issueToken('ada')
  t.equal(accessToken.split('.').length, 3)
  t.match(await ask(accessToken), { id: 'ada', for: ['https://app.example/api', 'https://mail.example'] })
  const own = await app.login.issueToken('ada', { audience: ['https://app.example/api'] })
  t.match(await ask(own.accessToken), { id: 'ada', for: ['https://app.example/api'] })
  const foreign = await app.login.issueToken('ada', { audience: ['https://mail.example'] })
  t.match(await ask(foreign.accessToken), { code: 'FST_LOGIN_TOKEN_INVALID' })
  const { keys } = (await app.inject('/auth/jwks')).json<{ keys: readonly object[] }>()
  t.equal(keys.length, 1)
})

test('a signed token is for services of the broker, and lives at most a day', async t => {
  const app = await createApp(t, { publicUrl: 'https://app.example', broker: {} })
  for (const audience of [[], 'https://app.example', ['https://app.example', 'https://other.example'], [1]]) {
    await t.rejects(app.login.issueToken('ada', { audience: audience as string[] }), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /broker\.audience/ })
  }
  await t.rejects(app.login.issueToken('ada', { expiresIn: 86_401 }), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  await t.resolves(app.login.issueToken('ada', { expiresIn: 86_400 }))
  const sealing = await createApp(t, { bearer: { issued: true } })
  await t.rejects(sealing.login.issueToken('ada', { audience: ['x'] }), { message: /without "broker"/ })
})

test('keys are changed where this application has some, and by the words that there are', async t => {
  const app = await createApp(t, { publicUrl: 'https://app.example', broker: {} })
  const { accessToken } = await app.login.issueToken('ada')
  const { keyId, signsFrom } = await app.login.rotateKeys()
  t.ok(signsFrom > Date.now() / 1000)
  t.same(await app.login.rotateKeys(), { keyId, signsFrom }, 'one waits already')
  t.match(await app.login.verifyToken(accessToken), { isValid: true })
  await t.rejects(app.login.rotateKeys({ force: true } as object), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  await app.login.rotateKeys({ drop: true })
  t.match(await app.login.verifyToken(accessToken), { isValid: false })
  await t.rejects((await createApp(t)).login.rotateKeys(), { code: 'FST_LOGIN_BROKER_UNSET' })
})

test('nobody judges tokens for an exchange where this application signs none', async t => {
  const ground = { revocations: new LocalRevocations(Date.now), keptOf: () => undefined, transport: createTransport() }
  const clients = new OidcClients([])
  t.equal(createSubjectJudge({ ...ground, settings: settingsOf({ bearer: { issued: true } }) }, clients), undefined)
  const alone = settingsOf({ publicUrl: 'https://app.example', broker: {} })
  t.equal(createSubjectJudge({ ...ground, settings: alone }, clients), undefined)
})
