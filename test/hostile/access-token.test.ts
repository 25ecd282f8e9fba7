import type { JWTPayload } from 'jose'
import { test } from 'tap'
import { AUDIENCE, TokenBench } from '../oidc/bearer/_bench.ts'
import { connectionReset, ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { encode, forge, privateKeyOf } from './_forge.ts'
import { signatureFaults } from './_signature-faults.ts'

for (const { section, signers, common } of signatureFaults) {
  for (const [fault, make] of Object.entries(signers)) {
    test(`access token: ${fault} (${section})`, async t => {
      const provider = await ScriptedProvider.create()
      await common.usual?.(provider)
      const algorithms = [common.oidc?.idTokenSigningAlg ?? 'RS256']
      const bench = new TokenBench(provider, { bearer: { audience: AUDIENCE, algorithms } })
      const text = await make(bench.claims(), provider)
      if (common.expected === 'signed in') t.equal((await bench.accepted(text)).userId, 'alice')
      else t.match(await bench.refused(text), /^invalid: (it|nobody) /)
      t.notOk(provider.requests.some(({ url }) => url.hostname === 'evil.example'), 'nobody asks there')
    })
  }
}

/** Claims that make a token of RFC 9068 one that is not taken, and what the log says of it. */
const faults: ReadonlyArray<readonly [fault: string, claims: Record<string, unknown>, says: RegExp]> = [
  ['"aud" is another service (RFC 9068, 4)', { aud: 'https://other.example' }, /aud/],
  ['"aud" is the address with a slash', { aud: `${AUDIENCE}/` }, /aud/],
  ['"aud" is in other letters', { aud: AUDIENCE.toUpperCase() }, /aud/],
  ['"aud" is missing', { aud: undefined }, /aud/],
  ['"aud" is empty', { aud: [] }, /aud/],
  ['"aud" is a list in a list', { aud: [[AUDIENCE]] }, /aud/],
  ['"aud" is an object', { aud: { [AUDIENCE]: true } }, /aud/],
  ['"exp" is missing', { exp: undefined }, /exp/],
  ['"exp" is a text', { exp: '9999999999' }, /exp/],
  ['"exp" is null', { exp: null }, /exp/],
  ['"nbf" is a text', { nbf: '0' }, /nbf/],
  ['"nbf" is to come', { nbf: 9_999_999_999 }, /nbf/],
  ['"iat" is missing', { iat: undefined }, /iat/],
  ['"iat" is a text', { iat: '1' }, /iat/],
  ['"iat" is to come', { iat: 9_999_999_998, exp: 9_999_999_999 }, /"iat" is no time of the past/],
  ['"sub" is missing', { sub: undefined }, /sub/],
  ['"sub" is empty', { sub: '' }, /sub/],
  ['"sub" is a number', { sub: 7 }, /sub/],
  ['"sub" is a list', { sub: ['alice'] }, /sub/],
  ['"client_id" is missing', { client_id: undefined }, /client_id/],
  ['"client_id" is a number', { client_id: 7 }, /client_id/],
  ['"jti" is missing', { jti: undefined }, /jti/],
  ['"jti" is a number', { jti: 7 }, /jti/],
  ['"cnf" is a text', { cnf: 'x' }, /cnf/],
  ['"cnf" is null', { cnf: null }, /cnf/],
  ['"cnf" is empty', { cnf: {} }, /cnf/],
  ['"cnf" has a method that nobody knows (RFC 7800, 3.1)', { cnf: { jwk: {} } }, /cnf/],
  ['"cnf" has another method beside one that is known', { cnf: { jkt: 'a'.repeat(43), kid: 'x' } }, /cnf/],
  ['"cnf" has a thumbprint that is none', { cnf: { jkt: 'a' } }, /cnf/],
  ['"cnf" has a list of thumbprints', { cnf: { jkt: ['a'.repeat(43)] } }, /cnf/]
]

for (const [fault, claims, says] of faults) {
  test(`access token: ${fault}`, async t => {
    const bench = await TokenBench.create()
    const answer = await bench.refused(await bench.token(claims as JWTPayload))
    t.match(answer, /^invalid/)
    t.match(answer, says)
    await bench.accepted(await bench.token())
  })
}

test('access token: "exp" is a number that JSON makes endless', async t => {
  const bench = await TokenBench.create()
  const payload = JSON.stringify(bench.claims({ exp: 0 })).replace('"exp":0', '"exp":1e999')
  const text = forge(privateKeyOf(bench.provider.signer), { alg: 'RS256', kid: 'one', typ: 'at+jwt' }, payload)
  t.equal(await bench.refused(text), 'invalid: "exp" is no time')
})

test('access token: "iss" is there twice, once as that of an issuer that is trusted', async t => {
  const bench = await TokenBench.create()
  const key = privateKeyOf(bench.provider.signer)
  const payload = JSON.stringify(bench.claims()).replace('{', '{"iss":"https://evil.example",')
  await bench.accepted(forge(key, { alg: 'RS256', kid: 'one', typ: 'at+jwt' }, payload))
  const evil = JSON.stringify(bench.claims()).replace('}', ',"iss":"https://evil.example"}')
  t.match(await bench.refused(forge(key, { alg: 'RS256', kid: 'one', typ: 'at+jwt' }, evil)), /nobody trusts/)
})

test('access token: what it says of a prototype changes nobody', async t => {
  const bench = await TokenBench.create()
  const key = privateKeyOf(bench.provider.signer)
  const payload = JSON.stringify(bench.claims({ jti: 'b' })).replace('{', '{"__proto__":{"admin":true,"cnf":{"x":1}},')
  const { claims } = await bench.accepted(forge(key, { alg: 'RS256', kid: 'one', typ: 'at+jwt' }, payload))
  t.equal(claims['admin'], undefined)
  t.equal(Object.getPrototypeOf(claims), Object.prototype)
})

test('access token: times are those of a clock that may differ by half a minute', async t => {
  const bench = await TokenBench.create()
  await bench.accepted(await bench.token({ exp: bench.seconds - 29 }))
  t.match(await bench.refused(await bench.token({ exp: bench.seconds - 30 })), /^expired/)
  await bench.accepted(await bench.token({ nbf: bench.seconds + 30, iat: bench.seconds + 30 }))
  t.match(await bench.refused(await bench.token({ nbf: bench.seconds + 31 })), /^invalid/)
})

test('access token: nothing that is logged of a refusal has a claim or the token in it', async t => {
  const bench = await TokenBench.create()
  for (const claims of [{ exp: 1, email: 'a@secret.example' }, { aud: 'b@secret.example' }, { cnf: { c: 'd@secret.example' } }]) {
    const text = await bench.token(claims)
    const verdict = await bench.tokens.verify(text)
    const { cause } = verdict as { cause: Error }
    const told = JSON.stringify([cause, cause.message, cause.stack, cause.cause, { ...cause }])
    t.notMatch(told, 'secret.example')
    t.notOk(told.includes(text))
  }
})

test('access token: one with a header of a number of kinds is refused by word, and no request is made twice', async t => {
  const bench = await TokenBench.create()
  const key = privateKeyOf(bench.provider.signer)
  const types = ['', 'at', 'at+jwtx', 'application/jwt', 'logout+jwt', 'dpop+jwt', 'JOSE', 'id+jwt', 7, null, true, ['at+jwt'], {}]
  for (const typ of types) {
    const text = forge(key, { alg: 'RS256', kid: 'one', typ }, bench.claims())
    t.equal(await bench.refused(text), 'invalid: "typ" is none of an access token', JSON.stringify(typ))
  }
  for (const typ of ['AT+JWT', 'application/at+jwt', 'Application/At+Jwt', 'JWT', 'jwt', undefined]) {
    await bench.accepted(forge(key, { alg: 'RS256', kid: 'one', typ }, bench.claims()))
  }
  t.equal(bench.provider.count('keys'), 1)
})

test('access token: alg none is refused without a word to the issuer, even while it is away', async t => {
  const bench = await TokenBench.create()
  await bench.accepted(await bench.token())
  bench.provider.answers.keys = connectionReset
  t.match(await bench.refused(`${encode({ alg: 'none' })}.${encode(bench.claims())}.`), /^invalid/)
  t.match(await bench.refused(`${encode({ alg: 'HS256', kid: 'x' })}.${encode(bench.claims())}.AAAA`), /^invalid/)
})
