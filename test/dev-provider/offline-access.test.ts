import t from 'tap'
import { askForConsent } from '../../lib/dev-provider/offline-access.ts'
import { Browser } from './_browser.ts'
import { discover, refresh, signIn, userInfo } from './_client.ts'
import { startFor } from './_start.ts'

const provider = await startFor(t)
const application = await discover(provider)

function refusal (token: string): Promise<unknown> {
  return refresh(application, token).catch((error: unknown) => error)
}

t.test('a request for offline_access also asks for consent, unless it must be silent', async t => {
  t.equal(askForConsent('/auth?scope=openid+offline_access'), '/auth?scope=openid+offline_access&prompt=consent')
  t.equal(askForConsent('/auth?scope=offline_access&prompt=login'), '/auth?scope=offline_access&prompt=login+consent')
  for (const target of ['/auth?scope=openid', '/auth?prompt=login', '/auth?scope=offline_access&prompt=none',
    '/auth?scope=offline_access&prompt=consent', '/auth/x?scope=offline_access', '//', '/auth?%']) {
    t.equal(askForConsent(target), target)
  }
})

t.test('offline_access brings a refresh token, which is good once and then dead', async t => {
  const login = await signIn(application, new Browser(provider.issuer), 'bob', { scope: 'openid offline_access' })
  const first = login.tokens.refresh_token ?? ''
  t.type(login.tokens.refresh_token, 'string')
  const second = await refresh(application, first)
  t.type(second.refresh_token, 'string')
  t.not(second.refresh_token, first)
  t.equal((await userInfo(application, { ...login, tokens: second })).sub, 'bob')
  t.match(await refusal(first), { error: 'invalid_grant' })
  t.match(await refusal(second.refresh_token ?? ''), { error: 'invalid_grant' }, 'reuse ends all of them')
})

t.test('no refresh token comes without offline_access', async t => {
  const { tokens } = await signIn(application, new Browser(provider.issuer), 'bob')
  t.equal(tokens.refresh_token, undefined)
})
