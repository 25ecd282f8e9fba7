import * as oauth from 'oauth4webapi'
import { test } from 'tap'
import { ProofFailed } from '../../../lib/oidc/provider/client-auth.ts'
import { toTokenFailure } from '../../../lib/oidc/tokens/token-failure.ts'
import { htmlAnswer, json } from '../_scripted-provider.ts'

const server = { issuer: 'https://id.example.com' }
const client = { client_id: 'web' }

/** What oauth4webapi makes of an answer. */
async function failureOf (response: Response) {
  return toTokenFailure(await oauth.processGenericTokenEndpointResponse(server, client, response).catch(error => error))
}

test('errors of the answer are told apart by what they ask for', async t => {
  const kinds = {
    refused: ['invalid_grant'],
    consent: ['invalid_scope', 'invalid_target', 'consent_required', 'interaction_required', 'login_required'],
    invalid: ['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_request', 'else'],
    unavailable: ['temporarily_unavailable', 'server_error', 'slow_down']
  }
  for (const [kind, errors] of Object.entries(kinds)) {
    for (const error of errors) t.match(await failureOf(json({ error }, 400)), { kind, mayBeDone: false }, error)
  }
})

test('invalid_grant with a suberror of Entra ID that the person can cure takes nothing back', async t => {
  for (const suberror of ['consent_required', 'basic_action', 'additional_action', 'message_only', 'user_password_expired']) {
    t.match(await failureOf(json({ error: 'invalid_grant', suberror }, 400)), { kind: 'consent' }, suberror)
  }
  for (const suberror of ['bad_token', 'token_expired', 1]) {
    t.match(await failureOf(json({ error: 'invalid_grant', suberror }, 400)), { kind: 'refused' }, String(suberror))
  }
})

test('statuses that trying again may cure are an outage, whatever comes with them', async t => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    for (const answer of [json({ error: 'invalid_grant' }, status), json({}, status), htmlAnswer(status)]) {
      t.match(await failureOf(answer), { kind: 'unavailable', error: { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' } }, `${status}`)
    }
  }
})

test('answers that are none are faults of the set-up', async t => {
  const answers = [
    htmlAnswer(), htmlAnswer(403), json(null), json([]), json({}), new Response('{', { status: 200 }), json({}, 302), json({}, 404),
    json({ error: 'invalid_client' }, 401, { 'www-authenticate': 'Basic realm="id"' })
  ]
  for (const answer of answers) {
    const { status } = answer
    t.match(await failureOf(answer), { kind: 'invalid', error: { code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' } }, `${status}`)
  }
})

test('only some answers say that nothing was done (RFC 9110, section 15)', async t => {
  for (const status of [400, 401, 403, 429, 503]) t.equal((await failureOf(json({}, status))).mayBeDone, false, `${status}`)
  for (const status of [200, 302, 500, 502, 504]) t.equal((await failureOf(json({}, status))).mayBeDone, true, `${status}`)
})

test('a connection that was never made has done nothing, one that broke may have', async t => {
  const failed = (code: string): Error => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']) {
    t.match(toTokenFailure(failed(code)), { kind: 'unavailable', mayBeDone: false }, code)
  }
  const others = [failed('ECONNRESET'), new DOMException('', 'TimeoutError'), new TypeError('fetch failed'), 'text', undefined, null]
  for (const cause of [...others, new Error('', { cause: null })]) {
    t.match(toTokenFailure(cause), { kind: 'unavailable', mayBeDone: true }, String(cause))
  }
})

test('Retry-After is read in seconds; a date is too long to wait for', async t => {
  const after = async (text: string) => (await failureOf(json({}, 503, { 'retry-after': text }))).retryAfter
  t.equal(await after('2'), 2)
  t.equal(await after('Wed, 21 Oct 2099 07:28:00 GMT'), Infinity)
  t.equal(await after('-1'), Infinity)
  t.equal((await failureOf(json({}, 503))).retryAfter, undefined)
})

test('a request whose client could not prove itself was never sent', async t => {
  t.match(toTokenFailure(new ProofFailed('no key')), {
    kind: 'unavailable', mayBeDone: false, error: { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' }
  })
})
