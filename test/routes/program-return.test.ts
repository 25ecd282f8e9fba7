import { test } from 'tap'
import { authPlugin } from '../../lib/index.ts'
import { json } from '../oidc/_scripted-provider.ts'
import { stateOf } from '../oidc/_site.ts'
import { pkce } from '../programs/_bench.ts'
import { agree, answerOf, ask, authorizePath, PORT, programSite, sealedIn } from './_programs.ts'

test('what a provider refuses, the program is told in the words of RFC 6749, section 4.1.2.1', async t => {
  for (const [error, word] of [['access_denied', 'access_denied'], ['temporarily_unavailable', 'temporarily_unavailable'], ['server_error', 'server_error'], ['invalid_scope', 'server_error']] as const) {
    const site = await programSite(t)
    const visitor = site.visitor()
    const begun = await agree(visitor, authorizePath())
    const answer = await visitor.deliver(String(begun.headers.location), { code: undefined, error, error_description: 'inner words' })
    t.equal(answerOf(answer).get('error'), word, error)
    t.equal(answerOf(answer).get('state'), 'of the program')
    t.equal(answerOf(answer).get('iss'), 'https://app.example.com')
    t.notMatch(String(answer.headers.location), 'inner')
  }
})

test('an outage of the token endpoint is one for the program too', async t => {
  const failed: string[] = []
  const site = await programSite(t, { events: { loginFailed: ({ code }) => failed.push(code) } })
  site.provider.answers.token = () => json({}, 503)
  const visitor = site.visitor()
  const begun = await agree(visitor, authorizePath())
  t.equal(answerOf(await visitor.deliver(String(begun.headers.location))).get('error'), 'temporarily_unavailable')
  t.same(failed, ['FST_LOGIN_PROVIDER_UNAVAILABLE'])
})

test('whom the application does not accept lets no program act', async t => {
  const asked: unknown[] = []
  const site = await programSite(t, { loadUser: identity => { asked.push(identity); return null } })
  const visitor = site.visitor()
  const begun = await agree(visitor, authorizePath())
  t.equal(answerOf(await visitor.deliver(String(begun.headers.location))).get('error'), 'access_denied')
  t.match(asked, [{ id: 'alice', subject: 'alice', authenticatedBy: 'bearer' }])
})

test('a scope that the provider does not grant is none that the program gets', async t => {
  const site = await programSite(t)
  site.provider.tokenAnswer = { scope: 'openid' }
  const visitor = site.visitor()
  const begun = await agree(visitor, authorizePath())
  t.equal(answerOf(await visitor.deliver(String(begun.headers.location))).get('error'), 'access_denied')
})

test('a fault of the application is server_error, and in the log', async t => {
  const site = await programSite(t, { userId: () => '' })
  const visitor = site.visitor()
  const begun = await agree(visitor, authorizePath())
  t.equal(answerOf(await visitor.deliver(String(begun.headers.location))).get('error'), 'server_error')
  t.match(site.log, 'a sign-in for a program did not work')
})

test('whoever is sent the answer of somebody else is asked first, and signs nobody in for a program', async t => {
  const site = await programSite(t)
  const attacker = site.visitor()
  const begun = await agree(attacker, authorizePath())
  const callback = site.provider.authorize(String(begun.headers.location))
  const victim = site.visitor()
  const answer = await victim.get(callback, { 'sec-fetch-site': 'cross-site' })
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers.location, undefined)
  t.match(answer.body, '<strong>Reports</strong>')
  t.not(sealedIn(answer), '')
  const signedIn = await site.signedIn()
  t.match((await signedIn.get(callback)).body, '<strong>Reports</strong>')
})

test('a state of a login for a program begins none at the login page', async t => {
  const site = await programSite(t)
  const begun = await agree(site.visitor(), authorizePath())
  const state = stateOf(String(begun.headers.location))
  const page = await site.visitor().get(`/auth/authorize?client_id=other&state=${state}`)
  const loginUrl = /href="([^"]*\/auth\/login[^"]*)"/.exec(page.body)?.[1] ?? ''
  t.match(loginUrl, 'https://app.example.com/auth/login')
  const visitor = site.visitor()
  const answer = await visitor.signIn(loginUrl.replace('https://app.example.com', ''))
  t.equal(answer.headers.location, 'https://app.example.com/')
  t.equal(await visitor.who(), 'alice', 'a session, and no code')
})

test('a reload of the callback asks again; nothing is spent twice', async t => {
  const site = await programSite(t)
  const visitor = site.visitor()
  const begun = await agree(visitor, authorizePath())
  const callback = site.provider.authorize(String(begun.headers.location))
  t.ok(answerOf(await visitor.get(callback)).get('code'))
  const again = await visitor.get(callback)
  t.equal(again.statusCode, 200)
  t.match(again.body, '<strong>Reports</strong>')
})

test('with form_post the program is reached by a GET too', async t => {
  const site = await programSite(t, { oidc: { responseMode: 'form_post' } })
  const visitor = site.visitor()
  const begun = await agree(visitor, authorizePath())
  const answer = await visitor.deliver(String(begun.headers.location))
  t.equal(answer.statusCode, 303)
  t.ok(answerOf(answer).get('code'))
})

test('a program that is gone meanwhile gets nothing', async t => {
  const secret = 'x'.repeat(10) + 'abcdefghijklmnopqrstuvwxyz0123456789'
  const before = await programSite(t, { secret })
  const visitor = before.visitor()
  const begun = await agree(visitor, authorizePath())
  const after = await programSite(t, { secret, provider: before.provider, programs: { other: { redirectUris: [PORT], passThrough: true } } })
  const later = after.visitor()
  for (const name of visitor.jar.names) later.jar.set(name, String(visitor.jar.get(name)))
  const callback = before.provider.authorize(String(begun.headers.location))
  t.equal(answerOf(await later.get(callback)).get('error'), 'server_error')
  const page = await after.visitor().get(callback)
  t.equal(page.statusCode, 400)
  t.match(page.body, 'FST_LOGIN_PROGRAM_UNKNOWN')
  t.ok(authPlugin)
})

test('several logins for programs are no circle for a person who then signs in', async t => {
  const site = await programSite(t)
  const visitor = site.visitor()
  for (let round = 0; round < 4; round++) {
    const begun = await agree(visitor, authorizePath(pkce()))
    await visitor.deliver(String(begun.headers.location))
  }
  t.equal((await visitor.signIn()).statusCode, 303)
  t.equal(await visitor.who(), 'alice')
})

test('where a provider names its sessions, their end in a frame ends what a program has', async t => {
  const site = await programSite(t, { routes: { frontchannelLogout: '/frontchannel-logout' } })
  site.provider.claims = { sid: 'session-1' }
  const visitor = site.visitor()
  const proof = pkce()
  const begun = await agree(visitor, authorizePath(proof, { scope: 'offline_access' }))
  const code = answerOf(await visitor.deliver(String(begun.headers.location))).get('code') ?? ''
  const first = await ask(site, { grant_type: 'authorization_code', client_id: 'cli', code, redirect_uri: PORT, code_verifier: proof.verifier })
  await visitor.get(`/auth/frontchannel-logout?iss=${encodeURIComponent(site.provider.issuer)}&sid=session-1`, { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' })
  const { refresh_token: token } = first.json<{ refresh_token: string }>()
  const answer = await ask(site, { grant_type: 'refresh_token', client_id: 'cli', refresh_token: token })
  t.match(answer.json(), { error: 'invalid_grant' })
})
