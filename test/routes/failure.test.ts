import { test } from 'tap'
import { assertFailurePage } from '../oidc/_refusal.ts'
import { peopled, ROOT, SESSION } from '../oidc/_people.ts'
import { connectionReset, json } from '../oidc/_scripted-provider.ts'
import { pathOf } from '../oidc/_site.ts'

const PROGRAM = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
const MARKUP = '"><script>alert(1)</script><img src=x onerror=\'alert(2)\'>&amp;'

test('what the provider wrote is shown as text', async t => {
  const { stranger } = await peopled(t)
  const refusal = { code: undefined, error: MARKUP, error_description: MARKUP }
  const page = await stranger.deliver(await stranger.begin(), refusal)
  t.equal(page.statusCode, 400)
  t.notMatch(page.body, /<script|<img/)
  t.match(page.body, 'The provider says: &quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
})

test('what the token endpoint wrote is shown as text', async t => {
  const { site, stranger } = await peopled(t)
  site.provider.answers.token = () => json({ error: 'invalid_grant', error_description: MARKUP }, 400)
  const page = await stranger.signIn()
  t.match(page.body, '&lt;script&gt;')
  t.notMatch(page.body, /<script|<img/)
})

test('what the token endpoint wrote is not shown where it repeats the client secret', async t => {
  const { site, stranger } = await peopled(t)
  const { provider } = site
  provider.answers.token = () => json({ error: 'invalid_client', error_description: `No ${provider.clientSecret}` }, 401)
  t.notMatch((await stranger.signIn()).body, 'provider says')
})

test('no more than 300 characters of it are shown', async t => {
  const { stranger } = await peopled(t)
  const page = await stranger.deliver(await stranger.begin(), { error: 'x', error_description: `${'a'.repeat(300)}b` })
  t.match(page.body, /says: a{300}</)
})

test('where the provider wrote nothing, nothing is said about it', async t => {
  const { site, stranger } = await peopled(t)
  const page = await stranger.deliver(await stranger.begin(), { code: undefined, error: 'access_denied' })
  t.match(page.body, 'FST_LOGIN_DENIED')
  t.notMatch(page.body, /provider says|undefined/)
  site.provider.answers.token = () => json({ error: 'invalid_grant' }, 400)
  const refused = await stranger.signIn()
  t.match(refused.body, 'FST_LOGIN_CODE_REFUSED')
  t.notMatch(refused.body, /provider says|undefined/)
})

test('an error that nobody can vouch for is not shown: a made-up link puts no words on the page', async t => {
  const { stranger } = await peopled(t)
  const page = await stranger.get('/auth/callback?error=access_denied&error_description=call+0900-evil&state=made-up')
  t.equal(page.statusCode, 400)
  t.notMatch(page.body, 'evil')
})

test('the page leads to where the person wanted to go', async t => {
  const { stranger } = await peopled(t)
  const page = await stranger.deliver(await stranger.begin('/deep/1?a=b'), { code: undefined, error: 'access_denied' })
  const [login, home] = [...page.body.matchAll(/href="([^"]*)"/g)].map(([, address]) => address)
  t.equal(home, ROOT)
  t.equal((await stranger.signIn(pathOf(login))).headers.location, 'https://app.example.com/deep/1?a=b')
})

test('a program gets the error in JSON, from the error handler of the application', async t => {
  const { site, stranger } = await peopled(t)
  const refused = await stranger.get('/auth/callback', PROGRAM)
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), { statusCode: 400, code: 'FST_LOGIN_STATE_INVALID' })
  const location = await stranger.begin()
  site.provider.answers.token = connectionReset
  const unavailable = await stranger.get(site.provider.authorize(location), PROGRAM)
  t.equal(unavailable.statusCode, 503)
  t.equal(unavailable.headers['retry-after'], '5')
  t.match(unavailable.json(), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
  t.same(site.leaks(unavailable.body + site.log), [])
})

test('a browser without fetch metadata gets a page', async t => {
  const { site } = await peopled(t)
  t.match((await site.app.inject({ url: '/auth/callback' })).headers['content-type'], /^text\/html/)
})

test('an outage is logged as an error, a refusal is not', async t => {
  const { site, stranger } = await peopled(t)
  await stranger.get('/auth/callback')
  const levelOf = (code: string): unknown => site.log.split('\n').filter(line => line.includes(code)).map(line => JSON.parse(line).level)
  t.same(levelOf('FST_LOGIN_STATE_INVALID'), [30])
  site.provider.answers.token = connectionReset
  await stranger.signIn()
  t.same(levelOf('FST_LOGIN_PROVIDER_UNAVAILABLE'), [50])
})

test('the log tells why a provider was out of reach', async t => {
  const { site, stranger } = await peopled(t)
  site.provider.answers.token = connectionReset
  await stranger.signIn()
  t.match(site.log, 'ECONNRESET')
})

test('the log tells what the provider calls the error, and nothing else that it wrote', async t => {
  const { site, stranger } = await peopled(t)
  site.provider.answers.token = () => json({ error: 'invalid_client', error_description: 'too much' }, 400)
  await stranger.signIn()
  t.match(site.log, '"providerError":"invalid_client"')
  await stranger.deliver(await stranger.begin(), { code: undefined, error: 'server_error', error_description: 'too much' })
  t.match(site.log, '"providerError":"server_error"')
  t.notMatch(site.log, 'too much')
})

test('a page of ours may not be framed, run scripts or be kept', async t => {
  const { stranger } = await peopled(t)
  for (const url of ['/auth/callback', '/auth/logout', '/auth/logged-out']) {
    const { headers, body } = await stranger.get(url)
    t.match(headers, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'private, no-store',
      'content-security-policy': /default-src 'none'; .*frame-ancestors 'none'/,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY'
    })
    t.notMatch(body, /<script|javascript:| on\w+=/)
  }
})

test('errors that the state makes readable keep a signed-in person signed in', async t => {
  const { site, alice } = await peopled(t)
  const page = await alice.deliver(await alice.begin(), { code: undefined, error: 'access_denied' })
  assertFailurePage(t, site, page, { status: 403, code: 'FST_LOGIN_DENIED' })
  t.ok(alice.jar.get(SESSION))
  t.equal(await alice.who(), 'alice')
})
