import { test } from 'tap'
import { okta } from '../../../lib/index.ts'
import { refuses } from '../../options/_refusal.ts'
import { oktaMetadata } from './_fixtures.ts'
import { logoutOf, refusesToken, signsIn, Vendor, vendorSite } from './_vendor.ts'

test('Okta signs in with the server of the organization, and with a custom one', async t => {
  for (const [said, other] of [[{}, 'default'], [{ authorizationServer: 'default' }, '']] as const) {
    const fixture = oktaMetadata('authorizationServer' in said ? said.authorizationServer : '')
    const vendor = await Vendor.create(fixture)
    const site = await vendorSite(t, vendor, common => okta({ domain: 'example.okta.com', ...said, ...common }))
    const visitor = site.visitor()
    await signsIn(t, visitor, {}, vendor)
    t.equal(vendor.asked[0], fixture.discoveryUrl)
    await refusesToken(t, site, vendor, { iss: oktaMetadata(other).document.issuer })
    t.equal((await logoutOf(visitor)).address, fixture.document['end_session_endpoint'])
  }
})

test('what is no host and no server is refused', async t => {
  const client = { clientId: 'web', clientSecret: 'secret' }
  refuses(t, () => okta({ ...client, domain: 'https://example.okta.com' }), 'okta.domain')
  refuses(t, () => okta({ ...client, domain: 'example.okta.com', authorizationServer: 'a/b' }), 'okta.authorizationServer')
})
