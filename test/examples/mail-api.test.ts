import t from 'tap'
import { buildMailApi } from '../../examples/demo/mail-api.ts'
import { Browser } from '../dev-provider/_browser.ts'
import { discover, signIn } from '../dev-provider/_client.ts'
import { startFor } from '../dev-provider/_start.ts'

const client = { client_id: 'mail-api', client_secret: 'mail', grant_types: [], response_types: [], redirect_uris: [] }
const provider = await startFor(t, { scopes: ['mail.read'], clients: [client], accessTokenTtl: 30 })
const application = await discover(provider)
const api = buildMailApi({ issuer: provider.issuer, clientId: 'mail-api', clientSecret: 'mail' })

async function ask (authorization?: string) {
  return await api.inject({ url: '/messages', headers: { ...authorization === undefined ? {} : { authorization } } })
}

async function tokenFor (scope: string): Promise<string> {
  return (await signIn(application, new Browser(provider.issuer), 'bob', { scope })).tokens.access_token
}

t.test('a token with the scope brings the mail of its person, until it ends', async t => {
  const authorization = `Bearer ${await tokenFor('openid mail.read')}`
  t.match((await ask(authorization)).json(), { owner: 'bob', messages: [{ subject: String }] })
  const { now } = Date
  t.intercept(Date, 'now', { value: () => now() + 30_000 })
  const { statusCode, headers } = await ask(authorization)
  t.equal(statusCode, 401)
  t.equal(headers['www-authenticate'], 'Bearer error="invalid_token"')
})

t.test('a token without the scope is refused with 403 (RFC 6750, section 3.1)', async t => {
  const { statusCode, headers } = await ask(`Bearer ${await tokenFor('openid')}`)
  t.equal(statusCode, 403)
  t.equal(headers['www-authenticate'], 'Bearer error="insufficient_scope", scope="mail.read"')
})

t.test('nobody gets in with no token, another scheme or a token that the provider does not know', async t => {
  for (const authorization of [undefined, 'Basic YTpi', 'Bearer', 'Bearer nobody', 'Bearer a b']) {
    t.equal((await ask(authorization)).statusCode, 401, authorization ?? 'none')
  }
})

t.test('where the provider cannot be asked, nobody gets in', async t => {
  const authorization = `Bearer ${await tokenFor('openid mail.read')}`
  const other = buildMailApi({ issuer: provider.issuer, clientId: 'mail-api', clientSecret: 'wrong' })
  t.equal((await other.inject({ url: '/messages', headers: { authorization } })).statusCode, 500)
})
