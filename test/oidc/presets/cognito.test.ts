import { test } from 'tap'
import { cognito } from '../../../lib/index.ts'
import { refuses } from '../../options/_refusal.ts'
import { COGNITO } from './_fixtures.ts'
import { logoutOf, parametersOf, refusesToken, signsIn, Vendor, vendorSite } from './_vendor.ts'

const pool = { userPoolId: 'eu-central-1_AbCdEfGhI', domain: 'login.example.com' }
const client = { ...pool, clientId: 'web', clientSecret: 'secret' }

test('Cognito signs in, with its issuer at another host than its pages', async t => {
  const vendor = await Vendor.create(COGNITO)
  const site = await vendorSite(t, vendor, common => cognito({ ...pool, ...common }))
  const visitor = site.visitor()
  const location = await visitor.begin()
  t.ok(location.startsWith('https://login.example.com/oauth2/authorize?'))
  t.equal(parametersOf(location)['scope'], 'openid email')
  await signsIn(t, visitor, {}, vendor)
  await refusesToken(t, site, vendor, { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other' })
  t.same(await logoutOf(visitor), {
    address: 'https://login.example.com/logout',
    parameters: { client_id: 'web', logout_uri: 'https://app.example.com/auth/logged-out' }
  })
})

test('a region may be said, also one in China', async t => {
  t.equal(cognito({ ...client, userPoolId: 'cn-north-1_A' }).issuer, 'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_A')
  t.equal(cognito({ ...client, region: 'us-east-1' }).issuer, 'https://cognito-idp.us-east-1.amazonaws.com/eu-central-1_AbCdEfGhI')
})

test('what is no user pool is refused', async t => {
  refuses(t, () => cognito({ ...client, userPoolId: 'AbCdEfGhI' }), 'cognito.userPoolId')
  refuses(t, () => cognito({ ...client, userPoolId: '../x' }), 'cognito.userPoolId')
  refuses(t, () => cognito({ ...client, domain: 'https://login.example.com' }), 'cognito.domain')
  refuses(t, () => cognito({ ...client, region: 'a/b' }), 'cognito.region')
})
