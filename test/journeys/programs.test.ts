import { test } from 'tap'
import { pkce } from '../programs/_bench.ts'
import { startApplication, startProvider } from './_application.ts'
import { Browser } from './_browser.ts'

const CALLBACK = 'http://127.0.0.1:1/callback'
const isBack = /^http:\/\/127\.0\.0\.1:1\/callback/

test('a program gets tokens of a real provider for a person, refreshes them, and loses them when they are stolen', async t => {
  const provider = await startProvider(t)
  const { origin } = await startApplication(t, {
    provider, programs: { cli: { redirectUris: ['http://127.0.0.1/callback'], passThrough: true } }
  })
  const { verifier, challenge } = pkce()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'cli',
    redirect_uri: CALLBACK,
    scope: 'openid email offline_access',
    state: 'mine',
    code_challenge: challenge,
    code_challenge_method: 'S256'
  })
  const tab = new Browser().tab()
  const question = await tab.open(`${origin}/auth/authorize?${query}`)
  t.match(question.text, 'a program on this computer')
  const signIn = await tab.submit('continue', isBack)
  t.equal(signIn.url.origin, provider.issuer)
  const end = await tab.submit('alice', isBack)
  const back = new URL(String(end.headers.get('location')))
  t.equal(back.searchParams.get('state'), 'mine')
  t.equal(back.searchParams.get('iss'), origin)

  async function ask (fields: Record<string, string>): Promise<Record<string, unknown>> {
    const body = new URLSearchParams({ client_id: 'cli', ...fields })
    const answer = await fetch(`${origin}/auth/token`, { method: 'POST', body })
    return await answer.json() as Record<string, unknown>
  }

  const code = String(back.searchParams.get('code'))
  const redeem = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier }
  const first = await ask(redeem)
  t.match(first, { token_type: 'Bearer', access_token: String, refresh_token: String, scope: /email/ })
  const userinfo = await fetch(`${provider.issuer}/me`, { headers: { authorization: `Bearer ${String(first['access_token'])}` } })
  t.match(await userinfo.json(), { sub: 'alice', email: 'alice@example.com' })
  const second = await ask({ grant_type: 'refresh_token', refresh_token: String(first['refresh_token']) })
  t.match(second, { access_token: String, refresh_token: String })
  t.not(second['refresh_token'], first['refresh_token'])
  t.match(await ask(redeem), { error: 'invalid_grant' })
  t.match(await ask({ grant_type: 'refresh_token', refresh_token: String(second['refresh_token']) }), { error: 'invalid_grant' })
  t.same((await tab.open(`${origin}/who`)).status, 200)
  t.match(tab.json, { isAuthenticated: false })
})

test('a person who cancels at the provider cancels for the program', async t => {
  const provider = await startProvider(t)
  const { origin } = await startApplication(t, {
    provider, programs: { cli: { redirectUris: ['http://127.0.0.1/callback'], passThrough: true } }
  })
  const { challenge } = pkce()
  const tab = new Browser().tab()
  await tab.open(`${origin}/auth/authorize?response_type=code&client_id=cli&redirect_uri=${CALLBACK}&code_challenge=${challenge}&code_challenge_method=S256`)
  await tab.submit('continue', isBack)
  const end = await tab.submit('/cancel', isBack)
  t.equal(new URL(String(end.headers.get('location'))).searchParams.get('error'), 'access_denied')
})
