import { test } from 'tap'
import { google } from '../../../lib/index.ts'
import { refuses } from '../../options/_refusal.ts'
import { LOGGED_OUT } from '../_logout.ts'
import { GOOGLE } from './_fixtures.ts'
import { parametersOf, refusesToken, signsIn, Vendor, vendorSite } from './_vendor.ts'

const REFUSED = 'FST_LOGIN_USER_REFUSED'
/** As it was before Google named itself in its answers (RFC 9207). */
const silent = {
  ...GOOGLE, document: { ...GOOGLE.document, authorization_response_iss_parameter_supported: false }
}
/** Google names itself in its answer (RFC 9207). */
const answer = { iss: 'https://accounts.google.com' }

test('Google signs in, and a logout ends here', async t => {
  const vendor = await Vendor.create(silent)
  const site = await vendorSite(t, vendor, common => google({ ...common }))
  const visitor = site.visitor()
  t.notOk('hd' in parametersOf(await visitor.begin()))
  await signsIn(t, visitor, {}, vendor)
  t.equal((await visitor.post('/auth/logout')).headers.location, LOGGED_OUT)
  await refusesToken(t, site, vendor, { iss: 'accounts.google.com' })
})

test('an answer without its issuer is refused, as Google says that it names it', async t => {
  const vendor = await Vendor.create(GOOGLE)
  const site = await vendorSite(t, vendor, common => google({ ...common }))
  const visitor = site.visitor()
  t.equal((await visitor.deliver(await visitor.begin(), { iss: undefined })).statusCode, 400)
  t.equal((await visitor.deliver(await visitor.begin(), answer)).statusCode, 303)
})

test('of a domain are those whose ID token says so; an address and a parameter prove nothing', async t => {
  const vendor = await Vendor.create(silent)
  const site = await vendorSite(t, vendor, common => google({ hd: 'example.com', ...common }))
  t.equal(parametersOf(await site.visitor().begin())['hd'], 'example.com')
  await refusesToken(t, site, vendor, {}, REFUSED)
  for (const hd of ['evil.example', 'example.com.evil.example', '', null, ['evil.example'], true]) {
    await refusesToken(t, site, vendor, { hd, email: 'alice@example.com' }, REFUSED)
  }
  await signsIn(t, site.visitor(), { hd: 'example.com' }, vendor)
})

test('several domains, or any', async t => {
  for (const [hd, refused] of [[['a.example', 'b.example'], 'c.example'], ['*', '']] as const) {
    const vendor = await Vendor.create(silent)
    const site = await vendorSite(t, vendor, common => google({ hd, ...common }))
    t.equal(parametersOf(await site.visitor().begin())['hd'], '*')
    await refusesToken(t, site, vendor, { hd: refused }, REFUSED)
    await signsIn(t, site.visitor(), { hd: 'b.example' }, vendor)
  }
})

test('a refresh token is asked for with consent, unless another prompt is said', async t => {
  const client = { clientId: 'web', clientSecret: 'secret' }
  t.match(google({ ...client, offline: true }), { prompt: 'consent', authorizationParameters: { access_type: 'offline' } })
  t.match(google({ ...client, offline: true, prompt: 'select_account consent' }), { prompt: 'select_account consent' })
  t.notOk('prompt' in google(client))
  refuses(t, () => google({ ...client, offline: 'yes' as never }), 'google.offline')
  refuses(t, () => google({ ...client, hd: '' }), 'google.hd[0]')
  refuses(t, () => google({ ...client, hd: null as never }), 'google.hd')
})

test('a list of domains that is empty by mistake lets nobody in rather than everybody', async t => {
  refuses(t, () => google({ clientId: 'web', clientSecret: 'secret', hd: [] }), 'google.hd', 'empty list')
})
