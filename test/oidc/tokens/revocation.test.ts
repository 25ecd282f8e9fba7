import { setImmediate } from 'node:timers/promises'
import { type Test, test } from 'tap'
import type { EndReason, LoginEventMap } from '../../../lib/index.ts'
import { LoginEvents } from '../../../lib/events.ts'
import { createProvider } from '../../../lib/oidc/provider/provider.ts'
import { Revocation } from '../../../lib/oidc/tokens/revocation.ts'
import { TokenVault } from '../../../lib/oidc/tokens/token-vault.ts'
import { resolveOidcSettings } from '../../../lib/options/oidc-settings.ts'
import { connectionReset, htmlAnswer, json, ScriptedProvider, type SeenRequest } from '../_scripted-provider.ts'
import { buildSite, type Site, type SiteOptions } from '../_site.ts'

const ENDPOINT = 'https://id.example.com/revoke'

interface Revoking {
  readonly site: Site
  readonly provider: ScriptedProvider
  readonly failed: Array<LoginEventMap['revocationFailed']>
  readonly ended: EndReason[]
}

async function revoking (t: Test, options: SiteOptions = {}): Promise<Revoking> {
  const provider = options.provider ?? await ScriptedProvider.create()
  provider.metadata = { revocation_endpoint: ENDPOINT, ...provider.metadata }
  const failed: Array<LoginEventMap['revocationFailed']> = []
  const ended: EndReason[] = []
  const events = {
    revocationFailed: (event: LoginEventMap['revocationFailed']) => failed.push(event),
    sessionEnded: ({ reason }: LoginEventMap['sessionEnded']) => ended.push(reason)
  }
  return { site: await buildSite(t, { ...options, provider, events }), provider, failed, ended }
}

/** What the provider was told, when nothing is under way any more. */
async function told (site: Site): Promise<readonly SeenRequest[]> {
  await site.app.close()
  return site.provider.requests.filter(({ url }) => url.href.startsWith(ENDPOINT))
}

const hints = (requests: readonly SeenRequest[]): unknown => requests.map(({ form }) => form.get('token_type_hint'))

test('a logout revokes the refresh token, then the access token (RFC 7009, section 2.1)', async t => {
  const { site, provider, failed } = await revoking(t)
  provider.tokenAnswer = { refresh_token: 'the-refresh-token', access_token: 'the-access-token' }
  await (await site.signedIn()).post('/auth/logout')
  const requests = await told(site)
  t.same(requests.map(({ form }) => Object.fromEntries(form)), [
    { token: 'the-refresh-token', token_type_hint: 'refresh_token' },
    { token: 'the-access-token', token_type_hint: 'access_token' }
  ])
  for (const { method, headers, redirect } of requests) {
    t.equal(method, 'POST')
    t.match(headers.get('authorization'), /^Basic /)
    t.equal(redirect, 'manual')
  }
  t.same(failed, [])
})

test('every end that nobody follows revokes, and is told with its reason', async t => {
  const ends: Readonly<Record<string, (site: Site, handle: string) => Promise<unknown>>> = {
    ended: async ({ app }, handle) => { await app.login.sessions.end(handle) },
    userRefused: async () => { isKnown = false }
  }
  let isKnown = true
  for (const [reason, end] of Object.entries(ends)) {
    isKnown = true
    const { site, ended } = await revoking(t, { loadUser: () => isKnown ? {} : null })
    const alice = await site.signedIn()
    const [info] = await site.app.login.sessions.list('alice')
    await end(site, String(info?.handle))
    t.equal(await alice.who(), undefined)
    t.same(ended, [reason])
    t.same(hints(await told(site)), ['refresh_token', 'access_token'])
  }
})

test('request.logoutUser() revokes too', async t => {
  const { site } = await revoking(t)
  await (await site.signedIn()).post('/app/logout')
  t.equal((await told(site)).length, 2)
})

test('a session that a new login takes the place of revokes nothing: at some providers that would end the new one', async t => {
  const { site, ended } = await revoking(t)
  const alice = await site.signedIn()
  await alice.signIn()
  t.same(ended, ['replaced'])
  t.same(await told(site), [])
})

test('without a refresh token the access token is revoked, and without tokens nothing', async t => {
  const { site, provider } = await revoking(t)
  provider.tokenAnswer = { refresh_token: undefined }
  await (await site.signedIn()).post('/auth/logout')
  const local = site.visitor()
  await local.post('/app/login')
  await local.post('/app/logout')
  t.same(hints(await told(site)), ['access_token'])
})

test('a public client names itself (RFC 7009, section 2.1)', async t => {
  const { site } = await revoking(t, { oidc: { clientSecret: undefined } })
  await (await site.signedIn()).post('/auth/logout')
  const [request] = await told(site)
  t.equal(request?.form.get('client_id'), 'web')
  t.equal(request?.headers.get('authorization'), null)
})

test('a provider that revokes nothing, or only on plain http, is told nothing', async t => {
  for (const address of [undefined, 'http://id.example.com/revoke', 'javascript:alert(1)', 7]) {
    const provider = await ScriptedProvider.create()
    provider.metadata = { revocation_endpoint: address }
    const { site, failed } = await revoking(t, { provider })
    await (await site.signedIn()).post('/auth/logout')
    await site.app.close()
    t.equal(provider.count('revocation'), 0, String(address))
    t.same(failed, [])
  }
})

const faults: Readonly<Record<string, () => Response>> = {
  'a connection that breaks': connectionReset,
  503: () => json({}, 503),
  'an error of OAuth': () => json({ error: 'invalid_client' }, 401),
  'a token of a kind that it does not revoke (RFC 7009, section 2.2.1)': () => json({ error: 'unsupported_token_type' }, 400),
  'a page': () => htmlAnswer(500),
  'an answer without end': () => new Response('x'.repeat(70_000), { status: 400 }),
  'a redirect': () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } })
}

for (const [name, answer] of Object.entries(faults)) {
  test(`a revocation that fails is an event, and the logout succeeds: ${name}`, async t => {
    const { site, provider, failed } = await revoking(t)
    const alice = await site.signedIn()
    const [info] = await site.app.login.sessions.list('alice')
    provider.answers.revocation = answer
    t.equal((await alice.post('/auth/logout')).statusCode, 303)
    t.equal(await alice.who(), undefined)
    await told(site)
    t.match(failed, [{ provider: 'oidc', sessionHandle: info?.handle, error: Error }])
    t.equal(failed.length, 1)
    t.same(site.leaks(JSON.stringify(failed) + String(failed[0]?.error.stack)), [])
  })
}

test('an access token of which the provider keeps no list is no failure (RFC 7009, section 2.2.1)', async t => {
  const { site, provider, failed } = await revoking(t)
  provider.answers.revocation = ({ form }) => form.get('token_type_hint') === 'access_token'
    ? json({ error: 'unsupported_token_type' }, 400)
    : new Response(null)
  await (await site.signedIn()).post('/auth/logout')
  t.equal((await told(site)).length, 2)
  t.same(failed, [])
})

test('a provider that is away does not know, and that is an event', async t => {
  const { site, provider, failed } = await revoking(t)
  const alice = await site.signedIn()
  provider.answers.discovery = connectionReset
  site.clock.advance(86_400 - 1)
  t.equal(await alice.who(), 'alice')
  site.clock.advance(2)
  await alice.post('/auth/logout')
  await told(site)
  t.match(failed, [{ error: { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' } }])
})

test('the logout does not wait for a provider that hangs, and closing the application waits 2 seconds', async t => {
  const { site, provider, failed } = await revoking(t)
  const alice = await site.signedIn()
  const delays: number[] = []
  const fire: Array<() => void> = []
  const { setTimeout } = globalThis
  t.intercept(globalThis, 'setTimeout', {
    value (callback: () => void, delay: number): unknown {
      delays.push(delay)
      if (delay === 2000) fire.push(callback)
      return setTimeout(callback, delay === 2000 ? 1e8 : delay)
    }
  })
  provider.answers.revocation = () => new Promise(() => {})
  t.equal((await alice.post('/app/logout')).statusCode, 200)
  t.same(failed, [])
  let isClosed = false
  const closing = site.app.close().then(() => { isClosed = true })
  for (let turn = 0; turn < 20; turn++) await setImmediate()
  t.equal(isClosed, false)
  for (const callback of fire) callback()
  await closing
  t.match(failed, [{ error: { cause: { name: 'TimeoutError' } } }])
})

test('what was granted is forgotten here whatever the provider says', async t => {
  const { site, provider } = await revoking(t)
  provider.answers.revocation = connectionReset
  const alice = await site.signedIn()
  const thief = site.visitor()
  for (const name of alice.jar.names) thief.jar.set(name, String(alice.jar.get(name)))
  await alice.post('/app/logout')
  await thief.post('/auth/logout')
  t.equal((await told(site)).length, 2, 'and told once')
})

for (const [reason, count] of [['replaced', 0], ['logout', 2]] as const) {
  test(`tokens that a refresh brings after its session was ended are revoked ${count} times where the reason is ${reason}`, async t => {
    const { site, provider } = await revoking(t)
    let answer = (): void => {}
    const mayAnswer = new Promise<void>(resolve => { answer = resolve })
    const begun = new Promise<void>(resolve => {
      provider.answers.token = async request => {
        if (request.form.get('grant_type') !== 'refresh_token') return await provider.redeem(request)
        resolve()
        await mayAnswer
        return json({ access_token: 'late-access', refresh_token: 'late-refresh', token_type: 'Bearer', expires_in: 300 })
      }
    })
    site.app.get('/token', async request => await request.getAccessToken())
    const visitor = await site.signedIn()
    site.clock.advance(241)
    const asking = visitor.get('/token')
    await begun
    if (reason === 'logout') await visitor.post('/app/logout')
    else await visitor.signIn()
    answer()
    t.match((await asking).json(), { code: 'FST_LOGIN_TOKENS_LOST' })
    const late = (await told(site)).filter(({ form }) => form.get('token')?.startsWith('late-'))
    t.equal(late.length, count)
  })
}

test('late tokens are left alone where nobody can say whether their grant goes on', async t => {
  const scripted = await ScriptedProvider.create()
  scripted.metadata = { revocation_endpoint: ENDPOINT }
  const provider = createProvider(resolveOidcSettings(scripted.client, false), scripted.now)
  const tokens = Object.assign(Object.create(TokenVault.prototype) as TokenVault, {
    wasHandedOver: async () => { throw new Error('down') }
  })
  const revocation = new Revocation({
    providerOf: () => provider, vaults: [tokens], events: new LoginEvents({}, t.error), now: scripted.now
  })
  revocation.revokeLate('a session', { provider: 'oidc', issuer: '', idToken: '', accessTokens: [], scopes: [], refreshToken: 'late' })
  await revocation.settle()
  t.equal(scripted.count('revocation'), 0)
})

test('a grant is found in whichever store it lies, and goes on in the one that it was handed over in', async t => {
  const scripted = await ScriptedProvider.create()
  scripted.metadata = { revocation_endpoint: ENDPOINT }
  const provider = createProvider(resolveOidcSettings(scripted.client, false), scripted.now)
  const grant = { provider: 'oidc', issuer: '', idToken: '', accessTokens: [], scopes: [], refreshToken: 'late' }
  const kept = new Set(['a session'])
  function vaultWith (handles: Set<string>): TokenVault {
    return Object.assign(Object.create(TokenVault.prototype) as TokenVault, {
      take: async (handle: string) => handles.delete(handle) ? grant : undefined,
      wasHandedOver: async (handle: string) => handles.has(handle)
    })
  }
  const revocation = new Revocation({
    providerOf: () => provider,
    vaults: [vaultWith(new Set()), vaultWith(kept)],
    events: new LoginEvents({}, t.error),
    now: scripted.now
  })
  revocation.revokeLate('a session', grant)
  await revocation.settle()
  t.equal(scripted.count('revocation'), 0, 'it was handed over in the other one')
  await revocation.end('a session', 'logout')
  await revocation.settle()
  t.equal(scripted.count('revocation'), 1)
  t.equal(kept.size, 0)
})
