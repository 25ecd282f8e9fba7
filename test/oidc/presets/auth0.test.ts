import { test } from 'tap'
import { auth0 } from '../../../lib/index.ts'
import { refuses } from '../../options/_refusal.ts'
import { AUTH0 } from './_fixtures.ts'
import { logoutOf, parametersOf, refusesToken, signsIn, Vendor, vendorSite } from './_vendor.ts'

const domain = 'example.eu.auth0.com'
const client = { domain, clientId: 'web', clientSecret: 'secret' }

test('Auth0 signs in for an API, and is logged out at an address that it does not announce', async t => {
  const vendor = await Vendor.create(AUTH0)
  const site = await vendorSite(t, vendor, common => auth0({ domain, audience: 'https://api.example.com', ...common }))
  const visitor = site.visitor()
  t.match(parametersOf(await visitor.begin()), { audience: 'https://api.example.com' })
  await signsIn(t, visitor, {}, vendor)
  await refusesToken(t, site, vendor, { iss: 'https://example.eu.auth0.com' })
  await refusesToken(t, site, vendor, { iss: 'https://other.eu.auth0.com/' })
  const { address, parameters } = await logoutOf(visitor)
  t.equal(address, 'https://example.eu.auth0.com/oidc/logout')
  t.ok(parameters['id_token_hint'])
})

test('of an organization are those whose ID token says so', async t => {
  for (const [organization, claim, value] of [['org_1', 'org_id', 'org_1'], ['Shop', 'org_name', 'shop']] as const) {
    const vendor = await Vendor.create(AUTH0)
    const site = await vendorSite(t, vendor, common => auth0({ domain, organization, ...common }))
    t.equal(parametersOf(await site.visitor().begin())['organization'], organization)
    await refusesToken(t, site, vendor, {}, 'FST_LOGIN_USER_REFUSED')
    await refusesToken(t, site, vendor, { [claim]: 'org_2' }, 'FST_LOGIN_USER_REFUSED')
    await signsIn(t, site.visitor(), { [claim]: value }, vendor)
  }
})

test('what is no host is refused', async t => {
  for (const wrong of ['https://x.auth0.com', 'x.auth0.com/', '', 'a b', undefined]) refuses(t, () => auth0({ ...client, domain: wrong as string }), 'auth0.domain')
  refuses(t, () => auth0({ ...client, audience: '' }), 'auth0.audience')
  refuses(t, () => auth0({ ...client, organization: '' }), 'auth0.organization')
})
