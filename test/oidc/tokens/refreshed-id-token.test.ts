import { test } from 'tap'
import { verifyRefreshedIdToken } from '../../../lib/oidc/tokens/refreshed-id-token.ts'
import { createKey } from '../_scripted-provider.ts'
import { createTokenBench, type TokenBench } from '../_token-bench.ts'
import { NOON } from '../../session/_session.ts'

type Claims = Record<string, unknown>

async function verify (bench: TokenBench, claims: Claims) {
  const grant = await bench.grant()
  if (grant === undefined) throw new Error('nothing was kept')
  const server = await bench.provider.server()
  return await verifyRefreshedIdToken(bench.provider, server, await bench.scripted.idToken(claims), grant)
}

const accepted: Readonly<Record<string, Claims>> = {
  'has neither nonce nor auth_time': {},
  'repeats nonce and auth_time': { nonce: 'the nonce', auth_time: NOON },
  'has other claims of the person': { name: 'Alice B.', email: 'alice@new.example' },
  'has our client among others': { aud: ['web', 'other'], azp: 'web' }
}

for (const [name, claims] of Object.entries(accepted)) {
  test(`a refreshed ID token that ${name} is accepted (OpenID Connect Core, section 12.2)`, async t => {
    t.match((await verify(await createTokenBench(), claims)).claims, { sub: 'alice', ...claims })
  })
}

const refused: Readonly<Record<string, Claims>> = {
  'is of another subject': { sub: 'mallory' },
  'is of another issuer': { iss: 'https://other.example' },
  'is for another client': { aud: 'other' },
  'is for several without our client': { aud: ['other', 'another'], azp: 'web' },
  'has another authorised party': { azp: 'other' },
  'has another auth_time': { auth_time: NOON - 1 },
  'has another nonce': { nonce: 'another' },
  'has ended': { exp: NOON - 60 },
  'was issued in the future': { iat: NOON + 60 },
  'has no subject': { sub: undefined },
  'has no end': { exp: undefined }
}

for (const [name, claims] of Object.entries(refused)) {
  test(`a refreshed ID token that ${name} is refused (OpenID Connect Core, sections 3.1.3.7 and 12.2)`, async t => {
    await t.rejects(verify(await createTokenBench(), claims))
  })
}

test('one that another key signed, or in another way, is refused', async t => {
  const bench = await createTokenBench()
  const { signer } = bench.scripted
  for (const key of [await createKey('one'), await createKey('one', 'ES256')]) {
    bench.scripted.signer = key
    await t.rejects(verify(bench, {}))
  }
  bench.scripted.signer = signer
  await verify(bench, {})
})

test('nonce and auth_time of the login are compared with the tenth ID token too', async t => {
  const bench = await createTokenBench()
  for (let round = 0; round < 2; round++) {
    bench.clock.advance(300)
    t.match(await bench.find(), { kind: 'token' })
  }
  t.not((await bench.grant())?.idToken, bench.issued.idToken)
  await verify(bench, { nonce: 'the nonce', auth_time: NOON })
  await t.rejects(verify(bench, { nonce: 'another' }))
  await t.rejects(verify(bench, { auth_time: NOON + 1 }))
})

test('a nonce where the login had none is another one', async t => {
  const bench = await createTokenBench()
  const { idToken } = await bench.endpoint.issue({ nonce: undefined, auth_time: undefined })
  await bench.signIn({ idToken })
  await verify(bench, { auth_time: NOON })
  await t.rejects(verify(bench, { nonce: 'one' }))
})

test('a refresh proves no sign-in: what is demanded of one is not asked of it', async t => {
  const bench = await createTokenBench({ acrValues: ['2'], maxAge: 60 })
  bench.clock.advance(300)
  t.match((await verify(bench, { acr: '1', auth_time: NOON })).claims, { acr: '1' })
})
