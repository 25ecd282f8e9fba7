import { test } from 'tap'
import type { IncomingTokenRequest } from '../../lib/programs/token-endpoint.ts'
import { type Bench, bench, LOOPBACK, pkce, refusalOf } from './_bench.ts'

const { verifier, challenge } = pkce()
const login = { person: { userId: 'alice' }, grant: undefined, scopes: ['reports.read'], isOffline: true }

async function code ({ programs: { codes } }: Bench): Promise<string> {
  const binding = { clientId: 'cli', redirectUri: LOOPBACK, isRedirectSaid: true, codeChallenge: challenge }
  return await codes.issue(binding, login)
}

function request (
  fields: Readonly<Record<string, string>>, further: Partial<IncomingTokenRequest> = {}
): IncomingTokenRequest {
  const body = new URLSearchParams(fields).toString()
  return { authorization: undefined, body, accept: async () => true, ...further }
}

test('tokens come for a code, and for a refresh token (RFC 6749, sections 4.1.3 and 6)', async t => {
  const b = await bench()
  const { endpoint } = b.programs
  const first = await endpoint.answer(request({
    grant_type: 'authorization_code', client_id: 'cli', code: await code(b), redirect_uri: LOOPBACK, code_verifier: verifier
  }))
  t.match(first, { token_type: 'Bearer', scope: 'reports.read offline_access' })
  const refresh = { grant_type: 'refresh_token', client_id: 'cli', refresh_token: String(first.refresh_token) }
  t.match(await endpoint.answer(request(refresh)), { access_token: 'token-2' })
  t.match(await endpoint.answer(request({ ...refresh, scope: 'reports.read' })), { access_token: 'token-3' })
  t.equal((await refusalOf(() => endpoint.answer(request({ ...refresh, scope: '"' })))).error, 'invalid_scope')
  const accept = async (): Promise<boolean> => false
  t.equal((await refusalOf(() => endpoint.answer(request(refresh, { accept })))).error, 'invalid_grant')
})

test('py-oidc-auth says less: no grant type, no client id, and hyphens', async t => {
  const b = await bench()
  const { endpoint } = b.programs
  const first = await endpoint.answer(request({ code: await code(b), redirect_uri: LOOPBACK, code_verifier: verifier }))
  t.match(await endpoint.answer(request({ 'refresh-token': String(first.refresh_token) })), { access_token: 'token-2' })
})

test('what is missing is named; who asks is known before what they bring is looked at', async t => {
  const { programs: { endpoint } } = await bench()
  for (const [fields, error] of [
    [{ grant_type: 'authorization_code', client_id: 'cli' }, 'invalid_request'],
    [{ grant_type: 'refresh_token', client_id: 'cli' }, 'invalid_request'],
    [{ client_id: 'cli' }, 'invalid_request'],
    [{ grant_type: 'password', client_id: 'cli', username: 'a', password: 'b' }, 'unsupported_grant_type'],
    [{ grant_type: '__proto__', client_id: 'cli' }, 'unsupported_grant_type'],
    [{ grant_type: 'authorization_code', client_id: 'other', code: 'x' }, 'invalid_client'],
    [{}, 'invalid_request']
  ] as const) {
    t.equal((await refusalOf(() => endpoint.answer(request(fields)))).error, error, JSON.stringify(fields))
  }
})

test('a further grant type has a handler of its own', async t => {
  const { programs: { endpoint } } = await bench()
  const answer = { access_token: 'a', token_type: 'Bearer', scope: '' } as const
  endpoint.take('urn:ietf:params:oauth:grant-type:device_code', async ({ program, form }) => {
    t.equal(program.clientId, 'cli')
    t.equal(form.get('device_code'), 'd')
    return answer
  })
  t.equal(await endpoint.answer(request({ 'device-code': 'd' })), answer)
})

test('a code alone is no proof', async t => {
  const b = await bench()
  const alone = { grant_type: 'authorization_code', client_id: 'cli', code: await code(b) }
  t.equal((await refusalOf(() => b.programs.endpoint.answer(request(alone)))).error, 'invalid_grant')
})

test('a token is for the services that a program names, and for all where it names none (RFC 8707)', async t => {
  const b = await bench({ audience: ['https://app.example', 'https://mail.example'] })
  const { endpoint } = b.programs
  const redeem = { client_id: 'cli', code: await code(b), redirect_uri: LOOPBACK, code_verifier: verifier }
  const stray = { resource: 'https://evil.example' }
  t.equal((await refusalOf(() => endpoint.answer(request({ ...redeem, ...stray })))).error, 'invalid_target')
  const first = await endpoint.answer(request({ ...redeem, resource: 'https://mail.example' }))
  const refresh = { client_id: 'cli', refresh_token: String(first.refresh_token) }
  t.equal((await refusalOf(() => endpoint.answer(request({ ...refresh, ...stray })))).error, 'invalid_target')
  const second = await endpoint.answer(request({ ...refresh, resource: 'https://app.example' }))
  await endpoint.answer(request({ ...refresh, refresh_token: String(second.refresh_token) }))
  t.same(b.issued.map(({ audience }) => audience), [['https://mail.example'], ['https://app.example'], undefined])
})

test('a program that gets the tokens of the provider names no services here', async t => {
  const b = await bench({ audience: ['https://app.example'], programs: { cli: { passThrough: true } } })
  const fields = { client_id: 'cli', refresh_token: 'x', resource: 'https://mail.example' }
  const refusal = await refusalOf(() => b.programs.endpoint.answer(request(fields)))
  t.equal(refusal.error, 'invalid_grant', 'it is the token that is wrong')
})
