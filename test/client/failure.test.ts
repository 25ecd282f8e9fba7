import * as oauth from 'oauth4webapi'
import { test } from 'tap'
import { ClientError } from '../../lib/client/client-error.ts'
import { statusOf, toClientError } from '../../lib/client/failure.ts'

const ISSUER = 'https://app.example.com'
const server = { issuer: ISSUER, token_endpoint: `${ISSUER}/token` }
const client = { client_id: 'cli' }

/** What oauth4webapi throws for an answer of a token endpoint. */
async function faultOf (
  body: string, status: number, headers: Record<string, string> = { 'content-type': 'application/json' }
): Promise<unknown> {
  const response = new Response(body, { status, headers })
  return await oauth.processRefreshTokenResponse(server, client, response).catch(error => error)
}

test('what a server says is told by its word, without what a terminal would obey', async t => {
  const cause = await faultOf('{"error":"access_denied","error_description":"no \\u001b[2J"}', 400)
  const { code, error, message } = toClientError(cause, ISSUER)
  t.same([code, error], ['REFUSED', 'access_denied'])
  t.equal(message, `${ISSUER} refuses (access_denied: no \\u{1b}[2J).`)
  const bare = toClientError(await faultOf('{"error":"invalid_scope"}', 400), ISSUER)
  t.equal(bare.message, `${ISSUER} refuses (invalid_scope).`)
})

test('a server that says "not now" is away, by status or by word', async t => {
  const causes = [
    await faultOf('{"error":"whatever"}', 503), await faultOf('<p>', 502, {}), await faultOf('{"error":"slow"}', 429),
    await faultOf('{"error":"temporarily_unavailable"}', 400), await faultOf('{"error":"server_error"}', 400)
  ]
  for (const cause of causes) t.equal(toClientError(cause, ISSUER).code, 'UNAVAILABLE')
})

test('a connection that failed is an outage, and says how', async t => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const away = toClientError(new TypeError('fetch failed', { cause: refused }), ISSUER)
  t.match(away, { code: 'UNAVAILABLE', message: /\(ECONNREFUSED\)/, cause: TypeError })
  t.match(toClientError(new TypeError('fetch failed', { cause: new Error('other\nside') }), ISSUER).message, '(other\\u{a}side)')
  t.match(toClientError(new DOMException('too late', 'TimeoutError'), ISSUER).message, '(too late)')
  t.match(toClientError('odd', ISSUER).message, '(odd)')
})

test('an answer that is none is invalid, and is not in the error', async t => {
  for (const cause of [await faultOf('{"access_token":"hunter2"}', 200), await faultOf('hunter2', 200), await faultOf('{"access_token":"hunter2","token_type":"odd"}', 200)]) {
    const error = toClientError(cause, ISSUER)
    t.equal(error.code, 'ANSWER_INVALID')
    t.equal(error.cause, undefined)
    t.notMatch(JSON.stringify([error.message, error]), 'hunter2')
  }
})

test('a challenge means that the program did not prove who it is', async t => {
  const cause = await faultOf('', 401, { 'www-authenticate': 'Basic realm="x"' })
  t.match(toClientError(cause, ISSUER), { code: 'REFUSED', error: 'invalid_client' })
  t.equal(statusOf(cause), 401)
})

test('an answer in the address of a browser is told as well', async t => {
  const query = new URLSearchParams({ error: 'access_denied', state: 's' })
  const cause = t.throws(() => oauth.validateAuthResponse(server, client, query, 's'))
  t.match(toClientError(cause, ISSUER), { code: 'REFUSED', error: 'access_denied' })
})

test('an error that says it all stays', async t => {
  const error = new ClientError('EXPIRED', 'too late')
  t.equal(toClientError(error, ISSUER), error)
  t.equal(error.name, 'ClientError')
})
