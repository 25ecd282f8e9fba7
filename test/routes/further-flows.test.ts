import { test, type Test } from 'tap'
import { b2c, type B2cOptions, type EditProfileOptions } from '../../lib/index.ts'
import { pathOf, type Response, type Site, type SiteOptions, stateOf, type Visitor } from '../oidc/_site.ts'
import { b2cMetadata, OTHER_TENANT, TENANT } from '../oidc/presets/_fixtures.ts'
import { parametersOf, Vendor, vendorSite } from '../oidc/presets/_vendor.ts'

const base = 'https://contoso.b2clogin.com/contoso.onmicrosoft.com'
const ISSUER = `https://contoso.b2clogin.com/${TENANT}/v2.0/`
const HOME = 'https://app.example.com'
const FORGOT = { error: 'access_denied', error_description: 'AADB2C90118: The user has forgotten their password.\r\nCorrelation ID: 1' }
const CANCELLED = { error: 'access_denied', error_description: 'AADB2C90091: The user has cancelled entering self-asserted information.' }

interface Bench { readonly site: Site, readonly vendor: Vendor, readonly alice: Visitor }

/** A site with a B2C tenant of three user flows, at which alice is signed in. */
async function bench (
  t: Test, said: Partial<B2cOptions> = {}, options: SiteOptions = {},
  fixtures = ['susi', 'edit', 'reset'].map(name => b2cMetadata(name, ISSUER, base))
): Promise<Bench> {
  const vendor = await Vendor.create(...fixtures)
  const policies = { tenant: 'contoso', signUpSignIn: 'susi', editProfile: 'edit', resetPassword: 'reset' }
  const site = await vendorSite(t, vendor, common => b2c({ ...policies, ...common, ...said }), {
    ...options,
    prepare (app) {
      app.get('/stronger', async request => request.loginUrl({ returnTo: '/deep/c', fresh: true }))
      app.get('/edit', async request => {
        return app.login.editProfileUrl(request, request.query as EditProfileOptions) ?? 'none'
      })
    }
  })
  vendor.scripted.claims = { iss: fixtures[0]?.document.issuer ?? '', tfp: 'susi', city: 'Bern', acr: 'strong' }
  const alice = site.visitor()
  await alice.signIn()
  t.equal(await alice.who(), 'alice')
  return { site, vendor, alice }
}

/** Goes to the page to edit a profile. */
async function beginEdit (visitor: Visitor, page = '/edit?returnTo=/deep/a'): Promise<string> {
  return String((await visitor.get(pathOf((await visitor.get(page)).body))).headers.location)
}

async function claimsOf (visitor: Visitor): Promise<Record<string, unknown>> {
  return (await visitor.get('/who')).json<{ claims: Record<string, unknown> }>().claims
}

/** The answer of the provider that is an error. */
async function answerWith (visitor: Visitor, location: string, error: object): Promise<Response> {
  return await visitor.deliver(location, { code: undefined, ...error })
}

/** The policy to whose page somebody is sent. */
function policyOf (answer: Response | string): string {
  const location = typeof answer === 'string' ? answer : String(answer.headers.location)
  return location.startsWith(`${base}/`) ? String(location.slice(base.length + 1).split('/')[0]) : location
}

test('whoever edits a profile comes back to the same session with new claims', async t => {
  const { vendor, alice } = await bench(t)
  const before = await alice.get('/edit')
  t.ok(before.body.startsWith(`${HOME}/auth/login?returnTo=`))
  const location = await beginEdit(alice)
  t.equal(policyOf(location), 'edit')
  t.notOk('max_age' in parametersOf(location))
  vendor.scripted.claims = { iss: ISSUER, tfp: 'edit', city: 'Basel', acr: 'weak', job: 'baker' }
  const answer = await alice.deliver(location)
  t.equal(answer.headers.location, `${HOME}/deep/a`)
  t.equal(vendor.scripted.last('token').url.href, `${base}/edit/oauth2/v2.0/token`)
  t.match(await claimsOf(alice), { city: 'Basel', job: 'baker', name: 'Alice', tfp: 'susi', acr: 'strong' })
  t.equal((await alice.get('/deep/a')).statusCode, 200)
})

test('where each policy has an issuer of its own, the person is the same', async t => {
  const issuerOf = (policy: string): string => `https://contoso.b2clogin.com/tfp/${TENANT}/${policy}/v2.0/`
  const fixtures = ['susi', 'edit'].map(name => b2cMetadata(name, issuerOf(name), base))
  const { vendor, alice } = await bench(t, { issuerFormat: 'tfp' }, {}, fixtures)
  const location = await beginEdit(alice)
  vendor.scripted.claims = { iss: issuerOf('edit'), tfp: 'edit', city: 'Basel' }
  await alice.deliver(location)
  t.match(await claimsOf(alice), { city: 'Basel' })
})

test('a flow that the application does not know any more is begun and finished by nobody', async t => {
  const { site, alice } = await bench(t, { editProfile: undefined as never, resetPassword: undefined as never })
  for (const flow of ['editProfile', 'resetPassword']) {
    const location = site.reseal(await site.visitor().begin(), { flow })
    t.equal((await alice.deliver(location)).statusCode, 303)
    t.match(await claimsOf(alice), { city: 'Bern' })
  }
})

test('a state of an edited profile works once', async t => {
  const { vendor, alice } = await bench(t)
  const location = await beginEdit(alice)
  vendor.scripted.claims = { iss: ISSUER, tfp: 'edit', city: 'Basel' }
  await alice.deliver(location)
  vendor.scripted.claims = { iss: ISSUER, tfp: 'edit', city: 'Chur' }
  t.equal((await alice.deliver(location)).headers.location, `${HOME}/deep/a`)
  t.match(await claimsOf(alice), { city: 'Basel' })
})

test('what somebody else edited, or with another policy, changes nobody', async t => {
  const { site, vendor, alice } = await bench(t)
  const edited = { iss: ISSUER, tfp: 'edit', city: 'Basel' }
  for (const [claims, code] of [
    [{ ...edited, sub: 'bob' }, 'FST_LOGIN_RESPONSE_INVALID'],
    [{ ...edited, tfp: 'susi' }, 'FST_LOGIN_USER_REFUSED'],
    [{ ...edited, iss: ISSUER.replace(TENANT, OTHER_TENANT) }, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'],
    [{ ...edited, nonce: 'x' }, 'FST_LOGIN_NONCE_MISMATCH']
  ] as const) {
    const location = await beginEdit(alice)
    vendor.scripted.claims = claims
    t.match((await alice.deliver(location)).body, code)
  }
  t.match(await claimsOf(alice), { city: 'Bern' })
  // Another browser's edit, brought to this one.
  vendor.scripted.claims = { ...edited, tfp: 'susi', sub: 'mallory' }
  const mallory = site.visitor()
  await mallory.signIn()
  const location = await beginEdit(mallory)
  vendor.scripted.claims = { ...edited, sub: 'alice' }
  t.equal((await alice.deliver(location)).headers.location, `${HOME}/deep/a`)
  t.match(await claimsOf(alice), { city: 'Bern' })
})

test('whoever is signed out meanwhile signs in again, and a stranger is asked who they are first', async t => {
  const { vendor, alice, site } = await bench(t)
  const page = (await alice.get('/edit')).body
  const location = await beginEdit(alice)
  alice.jar.delete(String(alice.jar.names.find(name => !name.endsWith('-binding'))))
  vendor.scripted.claims = { iss: ISSUER, tfp: 'edit', city: 'Basel' }
  t.equal(policyOf(await alice.deliver(location)), 'susi')
  t.equal(policyOf(await site.visitor().begin(pathOf(page))), 'susi')
})

test('whoever cancels goes back to where they were', async t => {
  const { alice, site } = await bench(t)
  const back = await answerWith(alice, await beginEdit(alice), CANCELLED)
  t.equal(back.headers.location, `${HOME}/deep/a`)
  t.match(await claimsOf(alice), { city: 'Bern' })
  t.notMatch(site.log, '"code":"FST_', 'it was no failure')
  const stranger = site.visitor()
  const page = await answerWith(stranger, await stranger.begin('/deep/b'), CANCELLED)
  t.match(page.body, 'FST_LOGIN_DENIED', 'the page asked for would only send them away again')
  const stepUp = await answerWith(alice, await alice.begin(pathOf((await alice.get('/stronger')).body)), CANCELLED)
  t.match(stepUp.body, 'FST_LOGIN_DENIED')
})

test('whoever forgot the password gets a new one, signs in with it, and comes to the page asked for', async t => {
  const { site, vendor } = await bench(t)
  const visitor = site.visitor()
  const forgot = await answerWith(visitor, await visitor.begin('/deep/b'), FORGOT)
  t.equal(policyOf(forgot), 'reset')
  t.notMatch(site.log, '"code":"FST_', 'it was no failure')
  const asked = vendor.scripted.count('token')
  const again = await visitor.deliver(String(forgot.headers.location))
  t.equal(policyOf(again), 'susi')
  t.equal(vendor.scripted.count('token'), asked, 'the new password alone signs nobody in')
  t.equal(await visitor.who(), undefined)
  const done = await visitor.deliver(String(again.headers.location))
  t.equal(done.headers.location, `${HOME}/deep/b`)
  t.equal(await visitor.who(), 'alice')
})

test('whoever forgets and cancels again and again gets a page in the end', async t => {
  const { site } = await bench(t)
  const visitor = site.visitor()
  let location = await visitor.begin('/deep/b')
  const way: string[] = []
  for (let step = 0; step < 10; step++) {
    const answer = await answerWith(visitor, location, policyOf(location) === 'susi' ? FORGOT : CANCELLED)
    if (answer.headers.location === undefined) {
      t.match(answer.body, 'FST_LOGIN_DENIED')
      break
    }
    location = answer.headers.location
    way.push(policyOf(location))
  }
  t.same(way, ['reset', 'susi', 'reset', 'susi'])
})

test('a code of the provider means something only for a state of this browser that was not used', async t => {
  const { site, alice } = await bench(t)
  const visitor = site.visitor()
  const location = await visitor.begin('/deep/b')
  t.not(policyOf(await answerWith(alice, location, FORGOT)), 'reset', 'of another browser')
  t.match((await visitor.get(`/auth/callback?error=access_denied&error_description=AADB2C90118&state=${'x'.repeat(40)}`)).body, 'FST_LOGIN_STATE_INVALID')
  await answerWith(visitor, location, FORGOT)
  t.equal(policyOf(await answerWith(visitor, location, FORGOT)), 'susi', 'a used one begins an ordinary sign-in')
  const other = site.visitor()
  const denied = await answerWith(other, await other.begin(), { error: 'access_denied', error_description: 'No AADB2C90118' })
  t.match(denied.body, 'FST_LOGIN_DENIED')
})

test('with form_post the answers of further flows come by GET, and an error is understood all the same', async t => {
  const { site, vendor, alice } = await bench(t, { responseMode: 'form_post' })
  const location = await beginEdit(alice)
  t.notOk('response_mode' in parametersOf(location))
  vendor.scripted.claims = { iss: ISSUER, tfp: 'edit', city: 'Basel' }
  t.equal((await alice.deliver(location)).headers.location, `${HOME}/deep/a`)
  t.match(await claimsOf(alice), { city: 'Basel' })
  const visitor = site.visitor()
  t.equal(policyOf(await answerWith(visitor, await visitor.begin(), FORGOT)), 'reset')
})

test('a strict cookie stays at home when the provider sends the person back: a page of this site brings it', async t => {
  const { vendor, alice } = await bench(t, {}, { session: { cookie: { sameSite: 'strict' } } })
  const location = await beginEdit(alice)
  vendor.scripted.claims = { iss: ISSUER, tfp: 'edit', city: 'Basel' }
  const callback = vendor.scripted.authorize(location)
  const page = await alice.get(callback, { 'sec-fetch-site': 'cross-site' })
  t.equal(page.statusCode, 200)
  t.match(page.body, `state=${stateOf(location)}`)
  const done = await alice.get(callback, { 'sec-fetch-site': 'same-origin' })
  t.match(done.body, `${HOME}/deep/a`)
  t.match(await claimsOf(alice), { city: 'Basel' })
  const link = pathOf((await alice.get('/edit')).body)
  const bounce = await alice.get(link, { 'sec-fetch-site': 'cross-site' })
  const next = /href="([^"]+)"/.exec(bounce.body)?.[1]?.replaceAll('&amp;', '&')
  t.equal(policyOf(String((await alice.get(pathOf(next), { 'sec-fetch-site': 'same-origin' })).headers.location)), 'edit')
})

test('without these policies there is nothing of it', async t => {
  const { alice, site } = await bench(t, { editProfile: undefined as never, resetPassword: undefined as never })
  t.equal((await alice.get('/edit')).body, 'none')
  const visitor = site.visitor()
  t.match((await answerWith(visitor, await visitor.begin(), FORGOT)).body, 'FST_LOGIN_DENIED')
})
