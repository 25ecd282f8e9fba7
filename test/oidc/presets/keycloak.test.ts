import { test } from 'tap'
import { keycloak } from '../../../lib/index.ts'
import { refuses } from '../../options/_refusal.ts'
import { KEYCLOAK } from './_fixtures.ts'
import { logoutOf, parametersOf, refusesToken, signsIn, Vendor, vendorSite } from './_vendor.ts'

const client = { clientId: 'web', clientSecret: 'secret' }
const { issuer } = KEYCLOAK.document
const fixture = {
  ...KEYCLOAK, document: { ...KEYCLOAK.document, authorization_response_iss_parameter_supported: false }
}

test('Keycloak signs in the people of one realm', async t => {
  const vendor = await Vendor.create(fixture)
  const said = { url: 'https://id.example.com/', realm: 'my shop', idpHint: 'github' }
  const site = await vendorSite(t, vendor, common => keycloak({ ...said, ...common, authorizationParameters: { display: 'page' } }))
  const visitor = site.visitor()
  t.match(parametersOf(await visitor.begin()), { kc_idp_hint: 'github', display: 'page' })
  await signsIn(t, visitor, {}, vendor)
  await refusesToken(t, site, vendor, { iss: 'https://id.example.com/realms/master' })
  const { address, parameters } = await logoutOf(visitor)
  t.equal(address, `${issuer}/protocol/openid-connect/logout`)
  t.ok(parameters['id_token_hint'])
})

test('a session ends with that of Keycloak, and not at once where it states no end', async t => {
  for (const [seconds, isOver] of [[600, true], [0, false]] as const) {
    const vendor = await Vendor.create(fixture)
    const site = await vendorSite(t, vendor, common => keycloak({ url: 'https://id.example.com', realm: 'my shop', ...common }))
    vendor.scripted.tokenAnswer = { refresh_expires_in: seconds }
    const visitor = site.visitor()
    await signsIn(t, visitor, {}, vendor)
    site.clock.advance(601)
    t.equal(await visitor.who(), isOver ? undefined : 'alice')
  }
})

test('an address with a realm, or none, is refused', async t => {
  refuses(t, () => keycloak({ ...client, url: issuer, realm: 'x' }), 'keycloak.url', 'realm')
  refuses(t, () => keycloak({ ...client, url: 'id.example.com', realm: 'x' }), 'keycloak.url')
  refuses(t, () => keycloak({ ...client, url: 'https://id.example.com', realm: '' }), 'keycloak.realm')
  t.equal(keycloak({ ...client, url: 'https://id.example.com/auth', realm: 'x' }).issuer, 'https://id.example.com/auth/realms/x')
})
