import { test } from 'tap'
import { ClientTokens } from '../../../lib/oidc/tokens/client-tokens.ts'
import { json } from '../_scripted-provider.ts'
import { createTokenBench } from '../_token-bench.ts'

async function createBench () {
  const bench = await createTokenBench()
  let count = 0
  bench.scripted.answers.token = () => json({ access_token: `${++count}`, token_type: 'Bearer', expires_in: 300 })
  return { bench, tokens: new ClientTokens(bench) }
}

const REPORTS = Object.freeze({ scopes: ['reports.read'], resource: undefined })

test('an application gets a token for itself (RFC 6749, section 4.4.2)', async t => {
  const { bench, tokens } = await createBench()
  t.match(await tokens.get(REPORTS), { accessToken: '1', tokenType: 'bearer', scopes: ['reports.read'], resource: undefined })
  const { form, headers } = bench.scripted.last('token')
  t.same(Object.fromEntries(form), { grant_type: 'client_credentials', scope: 'reports.read' })
  t.match(headers.get('authorization'), /^Basic /)
})

test('it is kept until it is due, for each wish alone, and asked for once by many', async t => {
  const { bench, tokens } = await createBench()
  const resource = 'https://api.example'
  const all = await Promise.all([REPORTS, REPORTS, { scopes: [], resource }].map(wish => tokens.get(wish)))
  t.same(all.map(({ accessToken }) => accessToken), ['1', '1', '2'])
  t.same(Object.fromEntries(bench.scripted.last('token').form), { grant_type: 'client_credentials', resource })
  bench.clock.advance(239)
  t.equal((await tokens.get(REPORTS)).accessToken, '1')
  bench.clock.advance(1)
  t.equal((await tokens.get(REPORTS)).accessToken, '3')
})

test('an outage is 503, whatever else goes wrong is a fault of the set-up, and either can be tried again', async t => {
  const { bench, tokens } = await createBench()
  const { token } = bench.scripted.answers
  const failures = [[503, {}, 'FST_LOGIN_PROVIDER_UNAVAILABLE'], ...['invalid_client', 'invalid_scope', 'invalid_grant']
    .map(error => [400, { error }, 'FST_LOGIN_PROVIDER_ANSWER_INVALID'] as const)] as const
  for (const [status, body, code] of failures) {
    bench.scripted.answers.token = () => json(body, status)
    await t.rejects(tokens.get(REPORTS), { code })
    bench.clock.advance(1)
  }
  Object.assign(bench.scripted.answers, { token })
  t.match(await tokens.get(REPORTS), { accessToken: '1' })
})
