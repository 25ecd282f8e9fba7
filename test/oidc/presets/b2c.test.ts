import { test } from 'tap'
import { b2c } from '../../../lib/index.ts'
import { json } from '../_scripted-provider.ts'
import { refuses } from '../../options/_refusal.ts'
import { b2cMetadata, OTHER_TENANT, TENANT } from './_fixtures.ts'
import { identityOf, logoutOf, parametersOf, refusesToken, signsIn, Vendor, vendorSite } from './_vendor.ts'

const SUSI = 'B2C_1_susi'
const client = { tenant: 'contoso', signUpSignIn: SUSI, clientId: 'web', clientSecret: 'secret' }
const named = 'https://contoso.b2clogin.com/contoso.onmicrosoft.com'
const ISSUER = `https://contoso.b2clogin.com/${TENANT}/v2.0/`
const own = `https://login.example.com/${TENANT}/v2.0/`
const tfp = `https://contoso.b2clogin.com/tfp/${TENANT}/b2c_1_susi/v2.0/`

test('B2C signs in by a user flow, with and without a domain of its own', async t => {
  for (const [said, fixture] of [
    [{}, b2cMetadata(SUSI, ISSUER, named)],
    [{ tenantId: TENANT }, b2cMetadata(SUSI, ISSUER, `https://contoso.b2clogin.com/${TENANT}`)],
    [{ customDomain: 'login.example.com' }, b2cMetadata(SUSI, own, 'https://login.example.com/contoso.onmicrosoft.com')],
    [{ customDomain: 'login.example.com', tenantId: TENANT }, b2cMetadata(SUSI, own, `https://login.example.com/${TENANT}`)],
    [{ issuerFormat: 'tfp' }, b2cMetadata(SUSI, tfp, named)]
  ] as const) {
    const vendor = await Vendor.create(fixture)
    const site = await vendorSite(t, vendor, common => b2c({ ...client, ...said, ...common }))
    const visitor = site.visitor()
    await signsIn(t, visitor, { tfp: SUSI }, vendor)
    t.same(await identityOf(visitor), { issuer: fixture.document.issuer, subject: 'alice', provider: 'oidc' })
    t.equal(vendor.asked[0], fixture.discoveryUrl)
    const iss = fixture.document.issuer
    for (const wrong of [iss.replace(TENANT, OTHER_TENANT), iss.replace(TENANT, '{tenantid}'), iss.slice(0, -1)]) {
      await refusesToken(t, site, vendor, { iss: wrong })
    }
    t.equal((await logoutOf(visitor)).address, fixture.document['end_session_endpoint'])
  }
})

test('a token of another policy is refused', async t => {
  const vendor = await Vendor.create(b2cMetadata(SUSI, ISSUER, named))
  const site = await vendorSite(t, vendor, common => b2c({ ...client, ...common }))
  await refusesToken(t, site, vendor, {}, 'FST_LOGIN_USER_REFUSED')
  await refusesToken(t, site, vendor, { tfp: 'B2C_1_weak', acr: SUSI }, 'FST_LOGIN_USER_REFUSED')
  await signsIn(t, site.visitor(), { tfp: 'b2c_1_susi' }, vendor)
  t.same(b2c({ ...client, policyClaim: 'acr', claims: { idp: 'x' } }).claims, { acr: [SUSI, 'b2c_1_susi'], idp: 'x' })
  t.same(b2c({ ...client, policyClaim: false }).claims, {})
})

test('the id of the client is asked for as a scope: without one of an API there is no access token', async t => {
  const vendor = await Vendor.create(b2cMetadata(SUSI, ISSUER, named))
  const site = await vendorSite(t, vendor, common => b2c({ ...client, ...common }))
  const visitor = site.visitor()
  const location = await visitor.begin()
  t.equal(parametersOf(location)['scope'], 'openid web')
  // What B2C answers to "openid" alone: https://github.com/MicrosoftDocs/azure-docs/issues/64582 (2020-10-19).
  vendor.scripted.answers.token = () => json({
    id_token: 'x', token_type: 'Bearer', not_before: 1603065986, id_token_expires_in: 3600, scope: 'openid'
  })
  t.match((await visitor.deliver(location)).body, 'FST_LOGIN_PROVIDER_ANSWER_INVALID')
})

test('what is no name is refused', async t => {
  refuses(t, () => b2c({ ...client, tenant: 'contoso/x' }), 'b2c.tenant')
  refuses(t, () => b2c({ ...client, signUpSignIn: '../x' }), 'b2c.signUpSignIn')
  refuses(t, () => b2c({ ...client, editProfile: 'a b' }), 'b2c.editProfile')
  refuses(t, () => b2c({ ...client, resetPassword: '' }), 'b2c.resetPassword')
  refuses(t, () => b2c({ ...client, tenantId: 'contoso' }), 'b2c.tenantId')
  refuses(t, () => b2c({ ...client, customDomain: 'https://x' }), 'b2c.customDomain')
  refuses(t, () => b2c({ ...client, policyClaim: 'sub' as never }), 'b2c.policyClaim')
  refuses(t, () => b2c({ ...client, issuerFormat: 'x' as never }), 'b2c.issuerFormat')
})
