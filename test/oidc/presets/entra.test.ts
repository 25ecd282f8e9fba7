import type { JWTPayload } from 'jose'
import { test } from 'tap'
import { entra } from '../../../lib/index.ts'
import { refuses } from '../../options/_refusal.ts'
import { SESSION } from '../_people.ts'
import { json } from '../_scripted-provider.ts'
import { stateOf, type Visitor } from '../_site.ts'
import { CONSUMERS, entraMetadata, OTHER_TENANT, TENANT } from './_fixtures.ts'
import { identityOf, logoutOf, parametersOf, refusesToken, signsIn, Vendor, vendorSite } from './_vendor.ts'

const client = { clientId: 'web', clientSecret: 'secret' }
const issuerOf = (tenant: string): string => `https://login.microsoftonline.com/${tenant}/v2.0`
const multi = entraMetadata('common', '{tenantid}')

test('Entra ID signs in the people of one tenant, by its id or its domain', async t => {
  for (const [tenant, fixture] of [
    [TENANT, entraMetadata(TENANT, TENANT)],
    [TENANT.toUpperCase(), entraMetadata(TENANT, TENANT)],
    ['contoso.onmicrosoft.com', entraMetadata('contoso.onmicrosoft.com', TENANT)],
    ['consumers', entraMetadata('consumers', CONSUMERS)]
  ] as const) {
    const vendor = await Vendor.create(fixture)
    const site = await vendorSite(t, vendor, common => entra({ tenant, ...common }))
    const visitor = site.visitor()
    await signsIn(t, visitor, { tid: tenant === 'consumers' ? CONSUMERS : TENANT }, vendor)
    t.equal(vendor.asked[0], fixture.discoveryUrl)
    t.same(await identityOf(visitor), { issuer: fixture.document.issuer, subject: 'alice', provider: 'oidc' })
    t.equal(vendor.scripted.last('token').form.get('client_secret'), vendor.common.clientSecret, 'secret in the body')
    await refusesToken(t, site, vendor, { iss: issuerOf(OTHER_TENANT), tid: OTHER_TENANT })
    await refusesToken(t, site, vendor, { iss: issuerOf('{tenantid}') })
    const { address, parameters } = await logoutOf(visitor)
    t.equal(address, fixture.document['end_session_endpoint'])
    t.match(parameters, { client_id: 'web', post_logout_redirect_uri: 'https://app.example.com/auth/logged-out' })
  }
})

test('of every tenant a person has the issuer of their own, and is somebody else in another', async t => {
  const vendor = await Vendor.create(multi)
  const site = await vendorSite(t, vendor, common => entra({ tenant: 'common', ...common }))
  for (const tenant of [TENANT, OTHER_TENANT]) {
    const visitor = site.visitor()
    await signsIn(t, visitor, { iss: issuerOf(tenant), tid: tenant }, vendor)
    t.same(await identityOf(visitor), { issuer: issuerOf(tenant), subject: 'alice', provider: 'oidc' })
  }
})

test('an issuer must be that of the tenant that the token names', async t => {
  const other = await Vendor.create(entraMetadata('organizations', '{tenantid}'))
  const own = await vendorSite(t, other, common => entra({ tenant: 'organizations', ...common }))
  await signsIn(t, own.visitor(), { iss: issuerOf(TENANT), tid: TENANT }, other)
  for (const claims of [
    { tid: OTHER_TENANT },
    { iss: issuerOf(OTHER_TENANT) },
    { iss: issuerOf('{tenantid}'), tid: '{tenantid}' },
    { iss: issuerOf('{tenantid}') },
    { tid: null },
    { tid: '' },
    { tid: 7 },
    { tid: [TENANT] },
    { iss: issuerOf('a/b'), tid: 'a/b' },
    { iss: issuerOf('..'), tid: '..' },
    { iss: `https://evil.example/${TENANT}/v2.0` },
    { iss: `${issuerOf(TENANT)}/` },
    { iss: '' }
  ]) await refusesToken(t, own, other, claims)
})

test('only the tenants that are named may sign in', async t => {
  const vendor = await Vendor.create(multi)
  const tenants = [TENANT.toUpperCase()]
  const site = await vendorSite(t, vendor, common => entra({ tenant: 'common', tenants, ...common }))
  await signsIn(t, site.visitor(), { iss: issuerOf(TENANT), tid: TENANT }, vendor)
  await refusesToken(t, site, vendor, { iss: issuerOf(OTHER_TENANT), tid: OTHER_TENANT }, 'FST_LOGIN_USER_REFUSED')
})

test('a key of one tenant signs for nobody of another', async t => {
  const vendor = await Vendor.create(multi)
  const site = await vendorSite(t, vendor, common => entra({ tenant: 'common', ...common }))
  vendor.keyMembers = { issuer: issuerOf(CONSUMERS) }
  await signsIn(t, site.visitor(), { iss: issuerOf(CONSUMERS), tid: CONSUMERS }, vendor)
  await refusesToken(t, site, vendor, { iss: issuerOf(TENANT), tid: TENANT })
  const all = await Vendor.create(multi)
  const open = await vendorSite(t, all, common => entra({ tenant: 'common', ...common }))
  all.keyMembers = { issuer: issuerOf('{tenantid}') }
  await signsIn(t, open.visitor(), { iss: issuerOf(TENANT), tid: TENANT }, all)
})

test('a response that names an issuer must name that of the tenant (RFC 9207, section 2.4)', async t => {
  const vendor = await Vendor.create(multi)
  const site = await vendorSite(t, vendor, common => entra({ tenant: 'common', ...common }))
  vendor.scripted.claims = { iss: issuerOf(TENANT), tid: TENANT }
  for (const [iss, status] of [
    [issuerOf(TENANT), 303], [issuerOf(OTHER_TENANT), 502], ['https://evil.example', 400], [issuerOf('{tenantid}'), 502]
  ] as const) {
    const visitor = site.visitor()
    const answer = await visitor.deliver(await visitor.begin(), { iss })
    t.equal(answer.statusCode, status, iss)
  }
})

test('a refresh keeps the tenant', async t => {
  const vendor = await Vendor.create(multi)
  const site = await vendorSite(t, vendor, common => entra({ tenant: 'common', scopes: ['offline_access'], ...common }), {
    prepare (app) {
      app.get('/token', async request => (await request.getAccessToken()).accessToken)
    }
  })
  const visitor = site.visitor()
  await signsIn(t, visitor, { iss: issuerOf(TENANT), tid: TENANT }, vendor)
  const refreshed = async (): Promise<number> => {
    site.clock.advance(290)
    vendor.scripted.answers.token = async () => new Response(JSON.stringify({
      access_token: 'new', token_type: 'Bearer', expires_in: 300, id_token: await vendor.scripted.idToken()
    }), { headers: { 'content-type': 'application/json' } })
    return (await visitor.get('/token')).statusCode
  }
  t.equal(await refreshed(), 200)
  vendor.scripted.claims = { iss: issuerOf(OTHER_TENANT), tid: OTHER_TENANT }
  t.not(await refreshed(), 200, 'somebody of another tenant')
})

test('a silent sign-in is for the same person of the same tenant', async t => {
  for (const [fixture, tenant] of [[multi, 'common'], [entraMetadata('contoso.com', TENANT), 'contoso.com']] as const) {
    const vendor = await Vendor.create(fixture)
    const site = await vendorSite(t, vendor, common => entra({ tenant, ...common }), {
      prepare (app) { app.get('/more', async request => request.loginUrl({ silent: true, maxAge: 60, returnTo: '/who' })) }
    })
    const visitor = site.visitor()
    const more = async (claims: JWTPayload): Promise<unknown> => {
      vendor.scripted.claims = { ...claims, auth_time: Math.floor(site.clock.now() / 1000) }
      const url = new URL((await visitor.get('/more')).body)
      await visitor.deliver(await visitor.begin(url.pathname + url.search))
      visitor.jar.delete('__Host-login-silent')
      return visitor.jar.get(SESSION)
    }
    await signsIn(t, visitor, { iss: issuerOf(TENANT), tid: TENANT }, vendor)
    const first = visitor.jar.get(SESSION)
    t.equal(await more({ iss: issuerOf(OTHER_TENANT), tid: OTHER_TENANT }), first, 'the same subject of another tenant')
    t.match(await identityOf(visitor), { issuer: issuerOf(TENANT) })
    t.not(await more({ iss: issuerOf(TENANT), tid: TENANT }), first, 'the same person')
    t.match(await identityOf(visitor), { issuer: issuerOf(TENANT) })
  }
})

test('a token answer without an ID token, or with one that cannot be read, is refused', async t => {
  const vendor = await Vendor.create(multi)
  const site = await vendorSite(t, vendor, common => entra({ tenant: 'common', ...common }))
  for (const idToken of [undefined, 'x', 7]) {
    vendor.scripted.answers.token = () => json({ access_token: 'a', token_type: 'Bearer', id_token: idToken })
    t.match((await site.visitor().signIn()).body, 'FST_LOGIN_PROVIDER_ANSWER_INVALID')
  }
})

test('a logout token ends the session of one tenant, and not of the same subject in another', async t => {
  const vendor = await Vendor.create(multi)
  const site = await vendorSite(t, vendor, common => entra({ tenant: 'common', ...common }))
  const visitors = new Map<string, Visitor>()
  for (const tenant of [TENANT, OTHER_TENANT]) {
    visitors.set(tenant, site.visitor())
    await visitors.get(tenant)?.signIn()
    vendor.scripted.claims = { iss: issuerOf(tenant), tid: tenant, sid: 's' }
    await visitors.get(tenant)?.signIn()
  }
  vendor.scripted.claims = {}
  const send = async (logoutToken: string): Promise<number> => {
    const form = `logout_token=${logoutToken}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return (await site.app.inject({ method: 'POST', url: '/auth/backchannel-logout', headers, payload: form })).statusCode
  }
  const at = Math.floor(site.clock.now() / 1000)
  const said = {
    aud: 'web', iat: at, exp: at + 60, sub: 'alice', events: { 'http://schemas.openid.net/event/backchannel-logout': {} }
  }
  const sign = async (claims: JWTPayload): Promise<string> => await vendor.scripted.signJwt({ ...said, ...claims })
  t.equal(await send(await sign({ jti: '1', iss: issuerOf('{tenantid}') })), 400)
  t.equal(await send(await sign({ jti: '2', iss: issuerOf(TENANT), tid: OTHER_TENANT })), 400)
  const [header = ''] = (await sign({})).split('.')
  t.equal(await send(`${header}.${Buffer.from('no JSON').toString('base64url')}.AAAA`), 400)
  t.equal(await visitors.get(TENANT)?.who(), `${issuerOf(TENANT)}#alice`)
  t.equal(await send(await sign({ jti: '3', iss: issuerOf(TENANT) })), 200)
  t.equal(await visitors.get(TENANT)?.who(), undefined)
  t.equal(await visitors.get(OTHER_TENANT)?.who(), `${issuerOf(OTHER_TENANT)}#alice`)
})

test('scopes with the address of their service go as they are', async t => {
  const vendor = await Vendor.create(multi)
  const scopes = ['https://graph.microsoft.com/User.Read']
  const site = await vendorSite(t, vendor, common => entra({ tenant: 'common', scopes, ...common }))
  const location = await site.visitor().begin()
  t.equal(parametersOf(location)['scope'], 'openid https://graph.microsoft.com/User.Read')
  t.ok(stateOf(location))
})

test('what is no tenant, and tenants beside one, are refused', async t => {
  for (const tenant of [undefined, '', 'a/b', '../x', 'a b', '{tenantid}']) refuses(t, () => entra({ ...client, tenant: tenant as string }), 'entra.tenant')
  refuses(t, () => entra({ ...client, tenant: TENANT, tenants: [TENANT] }), 'entra.tenants')
  refuses(t, () => entra({ ...client, tenant: 'common', tenants: ['contoso.com'] }), 'entra.tenants[0]')
  refuses(t, () => entra({ ...client, tenant: 'common', host: 'https://x' }), 'entra.host')
  t.equal(entra({ ...client, tenant: TENANT, host: 'login.microsoftonline.us' }).issuer, `https://login.microsoftonline.us/${TENANT}/v2.0`)
})

test('an assertion of the client is for the token endpoint of Entra, unless somebody says otherwise', async t => {
  const assertion = async () => 'a.b.c'
  const audienceOf = (clientAuthentication: object) => {
    const { clientAuthentication: proof } = entra({ tenant: TENANT, clientId: 'web', clientAuthentication: clientAuthentication as never })
    return (proof as { audience?: unknown }).audience
  }
  t.equal(audienceOf({ assertion }), 'token_endpoint')
  t.equal(audienceOf({ assertion, audience: 'issuer' }), 'issuer')
  t.equal(entra({ tenant: TENANT, ...client, clientAuthentication: 'client_secret_post' }).clientAuthentication, 'client_secret_post')
  t.notOk('clientAuthentication' in entra({ tenant: TENANT, ...client }))
})
