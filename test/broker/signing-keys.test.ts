import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { test } from 'tap'
import { algOf } from '../../lib/broker/signing-keys.ts'
import type { BrokerAlg } from '../../lib/options/broker-options.ts'
import { aStart, taken } from '../session/_issued.ts'
import { aBroker, ISSUER } from './_broker.ts'

const algorithms: readonly BrokerAlg[] = ['EdDSA', 'ES256', 'RS256']

for (const signingAlg of algorithms) {
  test(`a token of ${signingAlg} is verified by whoever reads the published keys (RFC 9068, section 4)`, async t => {
    const { tokens, keys, clock } = await aBroker({ signingAlg })
    const { text } = await tokens.issue(aStart())
    const published = JSON.parse(JSON.stringify(await keys.jwks())) as JSONWebKeySet
    const { protectedHeader, payload } = await jwtVerify(text, createLocalJWKSet(published), {
      algorithms: [signingAlg], typ: 'at+jwt', issuer: ISSUER, audience: ISSUER, currentDate: new Date(clock.now())
    })
    t.same(protectedHeader, { alg: signingAlg, typ: 'at+jwt', kid: published.keys[0]?.kid })
    t.equal(payload.sub, 'ada')
    t.equal(taken(await tokens.verify(text)).userId, 'ada')
  })

  test(`nothing of a key of ${signingAlg} is published that is private`, async t => {
    const { keys } = await aBroker({ signingAlg })
    const { keys: [jwk = {}] } = await keys.jwks()
    const members = { EdDSA: ['crv', 'kty', 'x'], ES256: ['crv', 'kty', 'x', 'y'], RS256: ['e', 'kty', 'n'] }[signingAlg]
    t.same(Object.keys(jwk).toSorted(), ['alg', 'kid', 'use', ...members].toSorted())
    t.match(jwk, { alg: signingAlg, use: 'sig', kid: /^[\w-]{43}$/ })
  })
}

test('a key of another kind is for none of our algorithms', async t => {
  const others = [
    {}, { kty: 'oct' }, { kty: 'EC' }, { kty: 'EC', crv: 'P-384' }, { kty: 'OKP', crv: 'X25519' }, { kty: 'RSA', crv: 'x' },
    { kty: 'toString' }, { kty: '__proto__' }
  ]
  t.same(others.map(algOf), others.map(() => undefined))
})
