import { sign } from 'node:crypto'
import { decodeJwt, type JWTPayload } from 'jose'
import { test } from 'tap'
import type { BrokerAlg } from '../../lib/options/broker-options.ts'
import { aBroker, type TestBroker } from '../broker/_broker.ts'
import { ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { aStart, taken } from '../session/_issued.ts'
import { encode, forge, privateKeyOf } from './_forge.ts'
import { signatureFaults } from './_signature-faults.ts'

/** A broker that signs with the key of a scripted provider, whose tokens can be made in any other way. */
async function brokerOf (
  provider: ScriptedProvider
): Promise<{ broker: TestBroker, claims: JWTPayload, text: string }> {
  provider.header = { typ: 'at+jwt' }
  const broker = await aBroker({
    signingAlg: provider.signer.alg as BrokerAlg,
    signer: {
      sign: ({ data }) => sign('sha256', data, { key: privateKeyOf(provider.signer), dsaEncoding: 'ieee-p1363' }),
      publicKeys: async () => provider.keys.map(({ jwk }) => jwk)
    }
  })
  const { text } = await broker.tokens.issue(aStart({ scopes: ['a'] }))
  return { broker, claims: decodeJwt(text), text }
}

/** What is right with our own tokens, beside what is of all tokens: each key of the ring has its own algorithm. */
const right = new Set(['alg is ES256, with a key of the provider', 'ES256 as it should be, where it is configured', 'sub is there twice'])

for (const { section, signers, common } of signatureFaults) {
  for (const [fault, make] of Object.entries(signers)) {
    test(`token of our own: ${fault} (${section})`, async t => {
      const provider = await ScriptedProvider.create()
      await common.usual?.(provider)
      const { broker: { tokens, clock }, claims, text } = await brokerOf(provider)
      const made = await make(claims, provider)
      clock.advance(1)
      if (right.has(fault)) t.equal(taken(await tokens.verify(made)).userId, 'ada')
      else if (fault === 'the key has 1024 bits') await t.rejects(async () => await tokens.verify(made), { code: 'FST_LOGIN_SIGNER_INVALID' })
      else {
        const verdict = await tokens.verify(made)
        // A text of which nobody can say whose it is, is not ours.
        if (verdict !== undefined) t.match(verdict, { refusal: 'invalid' })
        t.equal(await tokens.find(made), undefined)
        taken(await tokens.verify(text))
      }
      t.same(provider.requests, [], 'nobody asks anywhere')
    })
  }
}

const types = [
  undefined, null, '', 'JWT', 'jwt', 'at', 'at+jwtx', 'id+jwt', 'logout+jwt', 'dpop+jwt', 'application/jwt', 7, ['at+jwt'], {}
]

test('token of our own: another type is another token, although our key signed it (RFC 9068, section 4)', async t => {
  const provider = await ScriptedProvider.create()
  const { broker: { tokens }, claims } = await brokerOf(provider)
  const key = privateKeyOf(provider.signer)
  for (const typ of types) {
    t.match(await tokens.verify(forge(key, { alg: 'RS256', kid: 'one', typ }, claims)), { refusal: 'invalid' }, JSON.stringify(typ))
  }
  taken(await tokens.verify(forge(key, { alg: 'RS256', kid: 'one', typ: 'at+jwt' }, claims)))
})

test('token of our own: claims that we never write make it none, although our key signed it', async t => {
  const provider = await ScriptedProvider.create()
  const { broker: { tokens }, claims } = await brokerOf(provider)
  const key = privateKeyOf(provider.signer)
  const faults: ReadonlyArray<Readonly<Record<string, unknown>>> = [
    { aud: undefined }, { aud: [] }, { aud: 'https://other.example' }, { aud: [['https://app.example']] },
    { exp: undefined }, { exp: '9999999999' }, { exp: null }, { iat: '1' }, { nbf: 9_999_999_999 },
    { sub: '' }, { sub: undefined }, { jti: undefined }, { sid: undefined }, { client_id: undefined }, { cnf: { x: 1 } }
  ]
  for (const fault of faults) {
    const text = forge(key, { alg: 'RS256', kid: 'one', typ: 'at+jwt' }, { ...claims, ...fault })
    t.match(await tokens.verify(text), { refusal: 'invalid' }, JSON.stringify(fault))
  }
  const endless = JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', '"exp":1e999')
  t.match(await tokens.verify(forge(key, { alg: 'RS256', kid: 'one', typ: 'at+jwt' }, endless)), { refusal: 'invalid' })
})

test('token of our own: of two issuers in one token the last counts, for us as for whoever verifies it', async t => {
  const provider = await ScriptedProvider.create()
  const { broker: { tokens }, claims } = await brokerOf(provider)
  const key = privateKeyOf(provider.signer)
  const header = { alg: 'RS256', kid: 'one', typ: 'at+jwt' }
  taken(await tokens.verify(forge(key, header, JSON.stringify(claims).replace('{', '{"iss":"https://evil.example",'))))
  t.equal(await tokens.verify(forge(key, header, JSON.stringify(claims).replace(/}$/, ',"iss":"https://evil.example"}'))), undefined)
})

test('token of our own: nothing that is logged of a refusal has a claim or the token in it', async t => {
  const provider = await ScriptedProvider.create()
  const { broker: { tokens }, claims } = await brokerOf(provider)
  const key = privateKeyOf(provider.signer)
  for (const fault of [{ nbf: 9_999_999_999, email: 'a@secret.example' }, { aud: 'b@secret.example' }, { cnf: { c: 'd@secret.example' } }]) {
    const text = forge(key, { alg: 'RS256', kid: 'one', typ: 'at+jwt' }, { ...claims, ...fault })
    const { cause } = await tokens.verify(text) as { cause: Error }
    const told = JSON.stringify([cause, cause.message, cause.stack, cause.cause, { ...cause }])
    t.notMatch(told, 'secret.example')
    t.notOk(told.includes(text))
  }
})

test('token of our own: a flood of names that nobody knows costs one look a second', async t => {
  let asked = 0
  const provider = await ScriptedProvider.create()
  const { broker: { tokens }, claims } = await brokerOf(provider)
  Object.defineProperty(provider, 'keys', { get () { asked++; return [provider.signer] } })
  const before = performance.now()
  const texts = Array.from({ length: 200 }, (_, index) => `${encode({ alg: 'RS256', kid: `${index}`, typ: 'at+jwt' })}.${encode(claims)}.AAAA`)
  for (const verdict of await Promise.all(texts.map(async text => await tokens.verify(text)))) t.match(verdict, { refusal: 'invalid' })
  t.ok(asked <= 2 + (performance.now() - before) / 1000, `${asked} looks`)
})
