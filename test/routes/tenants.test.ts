import { test } from 'tap'
import { type AuthOptions, silentLogin, type TenantOptions } from '../../lib/index.ts'
import { logoutToken } from '../oidc/_logout-token.ts'
import { json, ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { buildSite, pathOf, type Response, type Site, stateOf, type Visitor } from '../oidc/_site.ts'

/** The subject alone is nobody: another tenant may have an alice too. */
const ALICE = 'tenant:https://id.acme.example#alice'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

interface House {
  readonly site: Site
  readonly acme: ScriptedProvider
  readonly bolt: ScriptedProvider
  /** Who lives at which host; a test may let others move in. */
  readonly tenants: Map<string, TenantOptions | (() => Promise<TenantOptions>)>
  /** The hosts that were asked for. */
  readonly asked: string[]
}

/** An application whose tenants have a host and a provider each. */
async function buildHouse (t: Teardown, options: Partial<AuthOptions> = {}, fixed: object = {}): Promise<House> {
  const acme = await ScriptedProvider.create('https://id.acme.example')
  const bolt = await ScriptedProvider.create('https://id.bolt.example')
  const tenants: House['tenants'] = new Map([
    ['acme.app.example', { ...acme.client, publicUrl: 'https://acme.app.example' }],
    ['bolt.app.example', { ...bolt.client, publicUrl: 'https://bolt.app.example' }]
  ])
  const asked: string[] = []
  const site = await buildSite(t, {
    provider: acme,
    publicUrl: 'https://app.example',
    providers: {
      ...fixed,
      tenant: async ({ host }) => {
        asked.push(host)
        const found = tenants.get(host)
        return typeof found === 'function' ? await found() : found
      }
    },
    ...options
  })
  bolt.now = site.clock.now
  const { app } = site
  app.get('/public', async () => 'for everybody')
  app.get('/unlooked', { config: { auth: false } }, async () => 'for everybody')
  app.get('/off', { config: { auth: false } }, async ({ currentUser }) => currentUser)
  app.get('/token', async request => await request.getAccessToken())
  return { site, acme, bolt, tenants, asked }
}

/** A browser that asks one host. */
function at (visitor: Visitor, host: string) {
  return {
    get: async (url: string, headers: Record<string, string | undefined> = {}): Promise<Response> => {
      return await visitor.get(url, { host, ...headers })
    },
    post: async (url: string, body = '', headers: Record<string, string | undefined> = {}): Promise<Response> => {
      return await visitor.post(url, body, { host, ...headers })
    },
    who: async (): Promise<unknown> => (await visitor.get('/who', { host })).json<{ id?: string }>().id
  }
}

async function signInAt (visitor: Visitor, host: string, provider: ScriptedProvider): Promise<Response> {
  const location = (await at(visitor, host).get('/auth/login')).headers.location
  return await at(visitor, host).get(provider.authorize(String(location)))
}

test('each tenant signs people in with its own provider, at its own address', async t => {
  const { site, acme, bolt } = await buildHouse(t)
  const visitor = site.visitor()
  const acmeSite = at(visitor, 'acme.app.example')
  const guarded = await acmeSite.get('/deep/inside?a=b')
  t.match(guarded.headers.location, 'https://acme.app.example/auth/login?returnTo=')
  const location = String((await acmeSite.get(pathOf(guarded.headers.location))).headers.location)
  t.equal(new URL(location).origin, acme.issuer)
  t.equal(new URL(location).searchParams.get('redirect_uri'), 'https://acme.app.example/auth/callback/tenant')
  t.equal((await acmeSite.get(acme.authorize(location))).headers.location, 'https://acme.app.example/deep/inside?a=b')
  t.equal(await acmeSite.who(), ALICE)
  t.equal(bolt.requests.length, 0)
})

test('a session of one tenant is nobody at another, whatever carries its cookie there', async t => {
  for (const session of [{}, { store: 'memory:' }]) {
    const { site, acme } = await buildHouse(t, { session })
    const visitor = site.visitor()
    await signInAt(visitor, 'acme.app.example', acme)
    const bolt = at(visitor, 'bolt.app.example')
    t.equal(await bolt.who(), undefined)
    t.equal((await bolt.get('/deep/inside')).statusCode, 302)
    t.equal((await bolt.get('/token')).statusCode, 401)
    t.equal(await at(visitor, 'acme.app.example').who(), ALICE, 'and at home it goes on')
  }
})

test('tenants may have one issuer, and the sessions of each are nobody at the other', async t => {
  const { site, acme, tenants } = await buildHouse(t, { session: { store: 'memory:' } })
  const others: TenantOptions[] = [
    { ...acme.client, publicUrl: 'https://bolt.app.example' },
    { ...acme.client, claims: { hd: 'bolt.example' } },
    { ...acme.client, clientId: 'bolt' },
    { ...acme.client, metadata: { ...acme.document, jwks_uri: 'https://id.evil.example/keys' } as never },
    { ...acme.client, discoveryUrl: 'https://id.evil.example/metadata' }
  ]
  for (const other of others) {
    const own = other.publicUrl === undefined ? {} : { publicUrl: 'https://acme.app.example' }
    tenants.set('acme.app.example', { ...acme.client, ...own })
    tenants.set('bolt.app.example', other)
    const visitor = site.visitor()
    await signInAt(visitor, 'acme.app.example', acme)
    t.equal(await at(visitor, 'acme.app.example').who(), ALICE)
    t.equal(await at(visitor, 'bolt.app.example').who(), undefined, Object.keys(other).join(' '))
    t.equal((await at(visitor, 'bolt.app.example').get('/token')).statusCode, 401)
  }
})

test('a host that no tenant has is 404 where it matters, and nothing is fetched', async t => {
  const { site, acme, bolt } = await buildHouse(t)
  const visitor = site.visitor()
  await signInAt(visitor, 'acme.app.example', acme)
  const before = acme.requests.length
  const evil = at(visitor, 'evil.example')
  for (const url of ['/deep/inside', '/auth/login', '/auth/callback/tenant?code=x&state=y', '/auth/logout', '/auth/logged-out', '/who']) {
    const answer = await evil.get(url)
    t.equal(answer.statusCode, 404, url)
    t.match(answer.json(), { code: 'FST_LOGIN_TENANT_UNKNOWN' })
  }
  const { statusCode } = await evil.post('/auth/backchannel-logout', `logout_token=${await logoutToken(acme)}`)
  t.equal(statusCode, 404)
  t.equal((await evil.get('/public')).body, 'for everybody')
  t.equal((await evil.get('/unlooked')).body, 'for everybody')
  t.equal(acme.requests.length, before)
  t.equal(bolt.requests.length, 0)
})

test('where nobody looked, nobody is known', async t => {
  const { site } = await buildHouse(t)
  t.match((await at(site.visitor(), 'acme.app.example').get('/off')).json(), { code: 'FST_LOGIN_NOT_AUTHENTICATED' })
})

test('a tenant that cannot be looked up is an outage for who asks, and nobody else notices', async t => {
  const { site, tenants } = await buildHouse(t)
  tenants.set('acme.app.example', async () => { throw new Error('the database is down') })
  const acme = at(site.visitor(), 'acme.app.example')
  for (const url of ['/deep/inside', '/auth/login', '/who']) t.equal((await acme.get(url)).statusCode, 503, url)
  t.equal((await acme.get('/public')).statusCode, 200)
  t.equal((await at(site.visitor(), 'bolt.app.example').get('/auth/login')).statusCode, 302)
})

test('a tenant whose people sign in by device code is given nothing that cannot be so', async t => {
  const { site, tenants, acme } = await buildHouse(t, { routes: { callback: false } })
  const begin = async (more: object): Promise<number> => {
    tenants.set('acme.app.example', { ...acme.client, publicUrl: 'https://acme.app.example', ...more })
    return (await at(site.visitor(), 'acme.app.example').get('/auth/login')).statusCode
  }
  const flows = { editProfile: { discoveryUrl: 'https://id.acme.example/edit' } }
  for (const fault of [{ silentLogin: true }, { flows }]) t.equal(await begin(fault), 500, JSON.stringify(fault))
  acme.metadata = { device_authorization_endpoint: `${acme.issuer}/device` }
  acme.answers.device = () => json({
    device_code: 'a-long-device-code', user_code: 'A', verification_uri: 'https://id.acme.example/go', expires_in: 60
  })
  t.equal(await begin({}), 302)
})

test('a tenant that is looked up for too long is an outage too', async t => {
  const { site, tenants } = await buildHouse(t)
  tenants.set('acme.app.example', () => new Promise(() => {}))
  const alive = setInterval(() => {}, 1000) // A server would keep the process awake.
  t.teardown(() => clearInterval(alive))
  const { setTimeout } = globalThis
  t.intercept(globalThis, 'setTimeout', {
    value: (callback: () => void, delay: number): unknown => setTimeout(callback, delay === 2000 ? 0 : delay)
  })
  t.equal((await at(site.visitor(), 'acme.app.example').get('/deep/inside')).statusCode, 503)
})

test('what a tenant is given is checked before anything is fetched', async t => {
  const { site, tenants, acme } = await buildHouse(t)
  const faults: object[] = [
    { issuer: 'http://id.evil.example' }, { issuer: 'https://169.254.169.254@id.example' }, { issuer: 'file:///etc/passwd' },
    { scope: 'x' }, { clientId: '' }, { responseMode: 'form_post' }, { publicUrl: 'https://acme.app.example/other' },
    { publicUrl: 'http://acme.app.example' }, { publicUrl: 'acme' }
  ]
  for (const fault of faults) {
    tenants.set('acme.app.example', { ...acme.client, publicUrl: 'https://acme.app.example', ...fault })
    const { statusCode } = await at(site.visitor(), 'acme.app.example').get('/auth/login')
    t.equal(statusCode, 500, JSON.stringify(fault))
  }
  for (const answer of [7, 'acme', []]) {
    tenants.set('acme.app.example', answer as never)
    const failed = await at(site.visitor(), 'acme.app.example').get('/auth/login')
    t.match(failed.json(), { statusCode: 500, message: /"providers.tenant" must be an object/ }, JSON.stringify(answer))
  }
  t.equal(acme.requests.length, 0)
})

test('what a tenant is given must fit what else the application says', async t => {
  const { site, tenants, acme } = await buildHouse(t, { session: { clearSiteData: ['cookies'] } })
  for (const fault of [{ silentLogin: true }, { postLogoutRedirect: '/bye' }]) {
    tenants.set('acme.app.example', { ...acme.client, publicUrl: 'https://acme.app.example', ...fault })
    const { statusCode } = await at(site.visitor(), 'acme.app.example').get('/auth/login')
    t.equal(statusCode, 500, JSON.stringify(fault))
  }
})

test('the answer to a login of one tenant signs nobody in at another', async t => {
  const { site, acme, bolt } = await buildHouse(t)
  const visitor = site.visitor()
  const own = String((await at(visitor, 'acme.app.example').get('/auth/login')).headers.location)
  const other = String((await at(visitor, 'bolt.app.example').get('/auth/login')).headers.location)
  for (const iss of [undefined, acme.issuer, bolt.issuer]) {
    for (const state of [stateOf(own), stateOf(other)]) {
      await at(visitor, 'bolt.app.example').get(acme.authorize(own, { state, iss }))
      t.equal(await at(visitor, 'bolt.app.example').who(), undefined)
      t.equal(await at(visitor, 'acme.app.example').who(), undefined)
    }
  }
  t.equal(acme.count('token'), 0)
})

test('a tenant is asked for once in each request, and its provider discovered once for all of them', async t => {
  const { site, acme, asked } = await buildHouse(t)
  const visitors = Array.from({ length: 20 }, () => site.visitor())
  await Promise.all(visitors.map(visitor => at(visitor, 'acme.app.example').get('/auth/login')))
  t.equal(asked.length, 20)
  t.equal(acme.count('discovery'), 1)
})

test('a tenant whose secret changed uses the new one', async t => {
  const { site, acme, tenants } = await buildHouse(t)
  await signInAt(site.visitor(), 'acme.app.example', acme)
  tenants.set('acme.app.example', { ...acme.client, publicUrl: 'https://acme.app.example', clientSecret: 'another secret' })
  await signInAt(site.visitor(), 'acme.app.example', acme)
  const basic = String(acme.last('token').headers.get('authorization')).replace('Basic ', '')
  t.match(decodeURIComponent(Buffer.from(basic, 'base64').toString()), 'another+secret')
})

test('of many tenants those are at hand that were asked for lately', async t => {
  const { site, acme, tenants } = await buildHouse(t)
  const ask = async (host: string): Promise<void> => { await at(site.visitor(), host).get('/auth/login') }
  await ask('acme.app.example')
  for (let index = 0; index < 1000; index++) {
    tenants.set(`t${index}.app.example`, { ...acme.client, clientId: `t${index}`, metadata: acme.document as never })
    await ask(`t${index}.app.example`)
    if (index === 500) await ask('acme.app.example')
  }
  t.equal(acme.count('discovery'), 1, 'it was asked for in between')
  for (let index = 0; index < 1000; index++) await ask(`t${index}.app.example`)
  await ask('acme.app.example')
  t.equal(acme.count('discovery'), 2)
})

test('a fixed provider stands beside that of the tenant, and alone where there is no tenant', async t => {
  const staff = await ScriptedProvider.create('https://id.staff.example')
  const { site, acme } = await buildHouse(t, {}, { staff: { ...staff.client, label: 'Staff' } })
  const page = await at(site.visitor(), 'acme.app.example').get('/auth/login')
  t.match(page.body, 'Staff')
  t.match(page.body, 'provider=tenant')
  const visitor = site.visitor()
  const location = String((await at(visitor, 'other.app.example').get('/auth/login')).headers.location)
  t.equal(new URL(location).origin, staff.issuer)
  t.equal((await at(visitor, 'other.app.example').get('/auth/callback/tenant?code=a&state=b')).statusCode, 404)
  await at(visitor, 'other.app.example').get(staff.authorize(location))
  t.equal(await at(visitor, 'other.app.example').who(), 'staff:alice')
  t.equal(await at(visitor, 'acme.app.example').who(), 'staff:alice', 'a fixed provider vouches at all sites')
  t.equal(acme.count('token'), 0)
})

test('whom the application signs in by itself is who they are at every site', async t => {
  const { site } = await buildHouse(t)
  const visitor = site.visitor()
  await at(visitor, 'acme.app.example').post('/app/login')
  t.equal(await at(visitor, 'acme.app.example').who(), 'local')
  t.equal(await at(visitor, 'bolt.app.example').who(), 'local')
})

test('two addresses for one request are a fault of the application', async t => {
  const { site } = await buildHouse(t, {}, {
    second: () => ({ issuer: 'https://second.example', clientId: 'x', publicUrl: 'https://second.app.example' })
  })
  t.equal((await at(site.visitor(), 'acme.app.example').get('/auth/login')).statusCode, 500)
})

test('a logout goes by the provider of the tenant, and its tokens go back there', async t => {
  const { site, acme, bolt } = await buildHouse(t)
  for (const provider of [acme, bolt]) provider.metadata = { revocation_endpoint: `${provider.issuer}/revoke` }
  const [one, two] = [site.visitor(), site.visitor()]
  await signInAt(one, 'acme.app.example', acme)
  await signInAt(two, 'acme.app.example', acme)
  const { headers } = await at(one, 'acme.app.example').post('/auth/logout')
  t.match(headers.location, `${acme.issuer}/logout?`)
  t.match(headers.location, encodeURIComponent('https://acme.app.example/auth/logged-out'))
  const before = acme.count('revocation')
  await site.app.login.sessions.endAll(ALICE)
  await site.app.close()
  t.ok(before > 0)
  t.equal(bolt.requests.length, 0)
})

test('tokens go back with the client that got them, where tenants have several at one issuer', async t => {
  const { site, acme, tenants } = await buildHouse(t)
  acme.metadata = { revocation_endpoint: `${acme.issuer}/revoke` }
  await signInAt(site.visitor(), 'acme.app.example', acme)
  tenants.set('bolt.app.example', { ...acme.client, clientId: 'bolt', publicUrl: 'https://bolt.app.example' })
  acme.claims = { aud: 'bolt' }
  const visitor = site.visitor()
  await signInAt(visitor, 'bolt.app.example', acme)
  await at(visitor, 'bolt.app.example').post('/auth/logout')
  await site.app.close()
  const basic = String(acme.last('revocation').headers.get('authorization')).replace('Basic ', '')
  t.match(Buffer.from(basic, 'base64').toString(), /^bolt:/)
})

test('a logout token reaches the tenant by its host', async t => {
  const { site, acme } = await buildHouse(t)
  acme.claims = { sid: 'session-of-alice' }
  const visitor = site.visitor()
  await signInAt(visitor, 'acme.app.example', acme)
  const body = `logout_token=${await logoutToken(acme)}`
  const headers = { 'sec-fetch-site': undefined }
  t.equal((await at(site.visitor(), 'bolt.app.example').post('/auth/backchannel-logout', body, headers)).statusCode, 400)
  t.equal(await at(visitor, 'acme.app.example').who(), ALICE)
  t.equal((await at(site.visitor(), 'acme.app.example').post('/auth/backchannel-logout', body, headers)).statusCode, 200)
  t.equal(await at(visitor, 'acme.app.example').who(), undefined)
})

test('a state-changing request is compared with the address of the tenant', async t => {
  const { site, acme } = await buildHouse(t)
  const visitor = site.visitor()
  await signInAt(visitor, 'acme.app.example', acme)
  const post = async (origin: string) => {
    return (await at(visitor, 'acme.app.example').post('/app/logout', '', { 'sec-fetch-site': undefined, origin })).statusCode
  }
  t.equal(await post('https://bolt.app.example'), 403)
  t.equal(await post('https://app.example'), 403)
  t.equal(await post('https://acme.app.example'), 200)
})

test('only the people of a tenant that allows it are signed in silently', async t => {
  const { site, acme, bolt, tenants } = await buildHouse(t)
  site.app.get('/silent', { onRequest: [silentLogin] }, async () => 'for everybody')
  tenants.set('bolt.app.example', { ...bolt.client, publicUrl: 'https://bolt.app.example', silentLogin: true })
  const visitor = site.visitor()
  t.equal((await at(visitor, 'acme.app.example').get('/silent')).body, 'for everybody')
  t.equal((await at(visitor, 'bolt.app.example').get('/silent')).statusCode, 302)
  const leaver = site.visitor()
  await signInAt(leaver, 'acme.app.example', acme)
  await at(leaver, 'acme.app.example').post('/auth/logout')
  t.equal((await at(leaver, 'acme.app.example').get('/silent')).body, 'for everybody', 'whoever has logged out stays so')
})

test('a body that is too large for our routes is refused at every site', async t => {
  const { site } = await buildHouse(t)
  const big = 'a'.repeat(70_000)
  t.equal((await at(site.visitor(), 'acme.app.example').post('/auth/logout', big)).statusCode, 413)
  t.equal((await at(site.visitor(), 'evil.example').post('/auth/logout', big)).statusCode, 413)
  t.equal((await at(site.visitor(), 'evil.example').post('/auth/backchannel-logout', big)).statusCode, 413)
})

test('tokens of the application itself have no tenant to come from', async t => {
  const { site, acme } = await buildHouse(t)
  acme.answers.token = () => json({ access_token: 'x', token_type: 'Bearer' })
  await t.rejects(site.app.login.clientToken(), { code: 'FST_LOGIN_NO_PROVIDER' })
})

test('no tenant vouches to a program for its people: its tokens would hold at the sites of all tenants', async t => {
  const staff = await ScriptedProvider.create('https://id.staff.example')
  const programs = { cli: { redirectUris: ['http://127.0.0.1/callback'], requirePkce: false } }
  const options = { programs, bearer: { issued: true } }
  const { site } = await buildHouse(t, options, { staff: { ...staff.client, label: 'Staff' } })
  const visitor = site.visitor()
  const page = '/auth/authorize?response_type=code&client_id=cli'
  const asked = await at(visitor, 'acme.app.example').get(page)
  t.match(asked, { statusCode: 200, body: 'value="continue"' })
  t.notMatch(asked.body, 'name="provider"')
  const request = /name="request" value="([^"]+)"/.exec(asked.body)?.[1] ?? ''
  for (const said of ['provider=tenant', 'action=continue']) {
    const begun = await at(visitor, 'acme.app.example').post('/auth/authorize', `request=${request}&${said}`)
    t.match(begun, { statusCode: 302, headers: { location: /^https:\/\/id\.staff\.example\// } }, said)
  }
})
