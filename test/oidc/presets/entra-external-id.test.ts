import { test } from 'tap'
import { entraExternalId } from '../../../lib/index.ts'
import { htmlAnswer, json } from '../_scripted-provider.ts'
import { refuses } from '../../options/_refusal.ts'
import { externalIdMetadata, OTHER_TENANT, TENANT } from './_fixtures.ts'
import { identityOf, refusesToken, signsIn, Vendor, vendorSite } from './_vendor.ts'

const client = { clientId: 'web', clientSecret: 'secret' }
const issuer = `https://${TENANT}.ciamlogin.com/${TENANT}/v2.0`

test('External ID signs in where its issuer is at another host than its metadata', async t => {
  for (const [said, fixture] of [
    [{ tenant: 'contoso' }, externalIdMetadata('contoso.ciamlogin.com', 'contoso.onmicrosoft.com')],
    [{ tenant: 'contoso', tenantId: TENANT.toUpperCase() }, externalIdMetadata('contoso.ciamlogin.com', TENANT.toUpperCase())],
    [{ tenantId: TENANT, customDomain: 'login.example.com' }, externalIdMetadata('login.example.com', TENANT)]
  ] as const) {
    const vendor = await Vendor.create(fixture)
    const site = await vendorSite(t, vendor, common => entraExternalId({ ...said, ...common }))
    const visitor = site.visitor()
    await signsIn(t, visitor, { tid: TENANT }, vendor)
    t.same(await identityOf(visitor), { issuer, subject: 'alice', provider: 'oidc' })
    t.equal(vendor.asked[0], fixture.discoveryUrl)
    await refusesToken(t, site, vendor, { iss: issuer.replaceAll(TENANT, OTHER_TENANT), tid: OTHER_TENANT })
    await refusesToken(t, site, vendor, { iss: issuer.replaceAll(TENANT, '{tenantid}'), tid: '{tenantid}' })
  }
})

test('metadata of an issuer with two tenants in it are refused', async t => {
  const { document, ...fixture } = externalIdMetadata('contoso.ciamlogin.com', 'contoso.onmicrosoft.com')
  const mixed = `https://${TENANT}.ciamlogin.com/${OTHER_TENANT}/v2.0`
  const vendor = await Vendor.create({ ...fixture, document: { ...document, issuer: mixed } })
  const site = await vendorSite(t, vendor, common => entraExternalId({ tenant: 'contoso', ...common }))
  t.match((await site.visitor().get('/auth/login')).body, 'FST_LOGIN_PROVIDER_ANSWER_INVALID')
})

test('metadata that cannot be read, or name no issuer, are refused', async t => {
  const fixture = externalIdMetadata('contoso.ciamlogin.com', 'contoso.onmicrosoft.com')
  for (const answer of [() => json({}), () => json({ issuer: 'x' }), () => htmlAnswer(), () => new Response('{', { headers: { 'content-type': 'application/json' } })]) {
    const vendor = await Vendor.create()
    vendor.scripted.answers.discovery = answer
    const site = await vendorSite(t, vendor, common => entraExternalId({ tenant: 'contoso', ...common, fetch: vendor.scripted.fetch }))
    t.match((await site.visitor().get('/auth/login')).body, 'FST_LOGIN_PROVIDER_ANSWER_INVALID')
    t.equal(vendor.scripted.last('discovery').url.href, fixture.discoveryUrl)
  }
})

test('a frame of the provider ends the session of its tenant, and of no other', async t => {
  const vendor = await Vendor.create(externalIdMetadata('contoso.ciamlogin.com', 'contoso.onmicrosoft.com'))
  const site = await vendorSite(t, vendor, common => entraExternalId({ tenant: 'contoso', ...common }), {
    routes: { frontchannelLogout: '/frontchannel-logout' }
  })
  const visitor = site.visitor()
  await signsIn(t, visitor, { tid: TENANT, sid: 's' }, vendor)
  const end = async (iss: string) => await site.visitor().get(`/auth/frontchannel-logout?sid=s&iss=${encodeURIComponent(iss)}`)
  t.equal((await end(issuer.replaceAll(TENANT, OTHER_TENANT))).statusCode, 200)
  const foreign = await end('https://evil.example')
  t.equal(foreign.statusCode, 400)
  t.match(foreign.headers['content-security-policy'], "frame-ancestors 'none'")
  t.equal(await visitor.who(), 'alice')
  t.match((await end(issuer)).headers['content-security-policy'], `frame-ancestors https://${TENANT}.ciamlogin.com`)
  t.equal(await visitor.who(), undefined)
})

test('another issuer may be said', async t => {
  const said = entraExternalId({ ...client, tenantId: TENANT, customDomain: 'login.example.com', issuer: 'https://login.example.com/v2.0' })
  t.equal(said.issuer, 'https://login.example.com/v2.0')
  t.notOk('tenantClaim' in said)
})

test('too little is refused', async t => {
  refuses(t, () => entraExternalId(client), 'entraExternalId.tenant')
  refuses(t, () => entraExternalId({ ...client, customDomain: 'login.example.com' }), 'entraExternalId.tenantId')
  refuses(t, () => entraExternalId({ ...client, tenant: 'contoso', tenantId: 'contoso' }), 'entraExternalId.tenantId')
  refuses(t, () => entraExternalId({ ...client, tenantId: TENANT, customDomain: 'https://x' }), 'entraExternalId.customDomain')
  refuses(t, () => entraExternalId({ ...client, tenant: 'a/b' }), 'entraExternalId.tenant')
})
