import { test } from 'tap'
import { TokenExchange } from '../../../lib/oidc/tokens/token-exchange.ts'
import { json } from '../_scripted-provider.ts'
import { createTokenBench } from '../_token-bench.ts'

async function createBench () {
  const bench = await createTokenBench()
  let count = 0
  bench.scripted.answers.token = () => json({ access_token: `${++count}`, token_type: 'Bearer', expires_in: 300 })
  const form = () => Object.fromEntries(bench.scripted.last('token').form)
  return { bench, form, exchange: new TokenExchange(bench) }
}

const GRAPH = 'https://graph.microsoft.com/User.Read'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

test('on-behalf-of sends the token of the caller as Entra ID wants it (RFC 7523, section 2.1)', async t => {
  const { form, exchange } = await createBench()
  t.match(await exchange.onBehalfOf({ assertion: 'theirs', scopes: [GRAPH] }), { accessToken: '1', scopes: [GRAPH] })
  t.same(form(), {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: 'theirs',
    requested_token_use: 'on_behalf_of',
    scope: GRAPH
  })
})

test('an exchange sends what was given (RFC 8693, section 2.1)', async t => {
  const { form, exchange } = await createBench()
  await exchange.exchange({ subjectToken: 'theirs' })
  const least = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: 'theirs', subject_token_type: ACCESS_TOKEN }
  t.same(form(), least)
  await exchange.exchange({
    subjectToken: 'theirs',
    subjectTokenType: 'urn:ietf:params:oauth:token-type:id_token',
    actorToken: 'ours',
    audience: 'billing',
    resource: 'https://api.example',
    scopes: ['a', 'b'],
    requestedTokenType: 'urn:ietf:params:oauth:token-type:jwt'
  })
  t.same(form(), {
    ...least,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    actor_token: 'ours',
    actor_token_type: ACCESS_TOKEN,
    audience: 'billing',
    resource: 'https://api.example',
    scope: 'a b',
    requested_token_type: 'urn:ietf:params:oauth:token-type:jwt'
  })
})

test('what is no token to access something with has the type N_A (RFC 8693, section 2.2.1)', async t => {
  const { bench, exchange } = await createBench()
  bench.scripted.answers.token = () => json({ access_token: 'x', token_type: 'N_A', issued_token_type: 'urn:x' })
  t.match(await exchange.exchange({ subjectToken: 'theirs' }), { accessToken: 'x', tokenType: 'n_a' })
})

test('results are kept for exactly what was asked, and identical requests are one', async t => {
  const { bench, exchange } = await createBench()
  const ask = async (assertion: string, ...scopes: readonly string[]): Promise<string> =>
    (await exchange.onBehalfOf({ assertion, scopes })).accessToken
  t.same(await Promise.all([ask('alice', 'a'), ask('alice', 'a'), ask('bob', 'a'), ask('alice', 'b')]), ['1', '1', '2', '3'])
  t.equal((await exchange.exchange({ subjectToken: 'alice', scopes: ['a'] })).accessToken, '4')
  t.equal(await ask('bob', 'a'), '2')
  bench.clock.advance(240)
  t.equal(await ask('bob', 'a'), '5')
})

test('a token that is not taken, or that needs the person, is refused with what the provider wrote', async t => {
  const { bench, exchange } = await createBench()
  for (const error of ['invalid_grant', 'interaction_required', 'invalid_target']) {
    bench.scripted.answers.token = () => json({ error, claims: '{"more":1}' }, 400)
    await t.rejects(exchange.onBehalfOf({ assertion: error, scopes: [] }), {
      code: 'FST_LOGIN_EXCHANGE_REFUSED', statusCode: 403, cause: { error, cause: { claims: '{"more":1}' } }
    })
  }
  bench.scripted.answers.token = () => json({ error: 'invalid_client' }, 401)
  await t.rejects(exchange.exchange({ subjectToken: 'one' }), { code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' })
  bench.scripted.answers.token = () => json({}, 503)
  await t.rejects(exchange.exchange({ subjectToken: 'two' }), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
})
