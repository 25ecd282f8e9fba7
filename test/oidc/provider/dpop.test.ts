import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, type JWK } from 'jose'
import * as oauth from 'oauth4webapi'
import { test } from 'tap'
import { createDpop, dpopKeyFrom, isNonceWanted, withNonce } from '../../../lib/oidc/provider/dpop.ts'
import { json } from '../_scripted-provider.ts'

const client = { client_id: 'web' }
const address = new URL('https://api.example.com/a?b=c')

/** The proof of a request to a service that answers so. */
async function proofOf (dpop: Awaited<ReturnType<typeof createDpop>>, answer = new Response()): Promise<string> {
  let proof = ''
  await oauth.protectedResourceRequest('token', 'GET', address, undefined, null, {
    ...dpop,
    async [oauth.customFetch] (_url, { headers }) {
      proof = String(headers['dpop'])
      return answer
    }
  })
  return proof
}

const wanted = (): Error => new oauth.WWWAuthenticateChallengeError('wanted', {
  cause: [{ scheme: 'dpop', parameters: { error: 'use_dpop_nonce' } }], response: new Response('Please.', { status: 401 })
})

test('a secret has one key, and another secret another one', async t => {
  const secret = 'x'.repeat(32)
  t.same(dpopKeyFrom(secret), dpopKeyFrom(Buffer.from(secret)))
  const keys = Array.from({ length: 300 }, (_, at) => dpopKeyFrom(`${secret}${at}`))
  t.equal(new Set(keys.map(({ d }) => d)).size, 300)
  // Of 300 numbers some begin with a zero: each part is written in full all the same (RFC 7518, section 6.2.1.2).
  for (const { x, y, d } of keys) t.same([x, y, d].map(part => Buffer.from(part, 'base64url').length), [32, 32, 32])
})

test('a proof is made with the key and shows its public half alone (RFC 9449, section 4.2)', async t => {
  const key = dpopKeyFrom('x'.repeat(32))
  const proof = await proofOf(await createDpop(client, key))
  const { jwk, ...header } = decodeProtectedHeader(proof)
  t.same(header, { alg: 'ES256', typ: 'dpop+jwt' })
  t.same(jwk, { kty: 'EC', crv: 'P-256', x: key.x, y: key.y })
  t.equal(await calculateJwkThumbprint(jwk as JWK), await calculateJwkThumbprint(key))
  t.match(decodeJwt(proof), { htm: 'GET', htu: 'https://api.example.com/a', ath: String, jti: String, iat: Number })
})

test('without a key nothing is proved', async t => {
  t.same(await createDpop(client, undefined), {})
  t.equal(isNonceWanted({}, wanted()), false)
})

test('nonces of one errand are unknown to the next, also with the same key', async t => {
  const key = dpopKeyFrom('x'.repeat(32))
  const [one, other] = [await createDpop(client, key), await createDpop(client, key)]
  await proofOf(one, new Response(null, { headers: { 'dpop-nonce': 'given' } }))
  t.equal(decodeJwt(await proofOf(one))['nonce'], 'given')
  t.equal(decodeJwt(await proofOf(other))['nonce'], undefined)
})

test('who wants a nonce is asked twice, and not a third time', async t => {
  const dpop = await createDpop(client, dpopKeyFrom('x'.repeat(32)))
  const refusal = wanted() as oauth.WWWAuthenticateChallengeError
  const outcomes: unknown[] = [refusal, 'granted', wanted(), wanted(), 'granted', new Error('down')]
  const send = async (): Promise<unknown> => {
    const outcome = outcomes.shift()
    if (outcome instanceof Error) throw outcome
    return outcome
  }
  t.equal(await withNonce(dpop, send), 'granted')
  t.equal(refusal.response.body?.locked === false && refusal.response.bodyUsed, true, 'the first answer holds no connection')
  await t.rejects(withNonce(dpop, send), { message: 'wanted' })
  t.equal(await withNonce(dpop, send), 'granted')
  await t.rejects(withNonce(dpop, send), { message: 'down' })
  const body = { error: 'use_dpop_nonce' }
  outcomes.push(new oauth.ResponseBodyError('wanted', { cause: body, response: json(body, 400) }), 'granted')
  t.equal(await withNonce(dpop, send), 'granted')
  outcomes.push(wanted(), 'granted')
  await t.rejects(withNonce({}, send), { message: 'wanted' }, 'nobody has asked for a proof')
})
