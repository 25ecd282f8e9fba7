import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { type Test, test } from 'tap'
import { type ProvenUse, verifyDpopProof } from '../../../lib/oidc/bearer/dpop-proof.ts'
import { NOW, type ProofChanges, Prover, sha256, URL_OF_MAIL } from './_proofs.ts'

const prover = await Prover.create()
const other = await Prover.create()
const rsa = await Prover.create('PS256')

function useBy ({ thumbprint }: { readonly thumbprint: string }, changes: Partial<ProvenUse> = {}): ProvenUse {
  return { method: 'GET', url: URL_OF_MAIL, text: 'the-token', keyThumbprint: thumbprint, ...changes }
}

async function holds (t: Test, proof: string, name: string, use = useBy(prover)): Promise<void> {
  await t.resolves(verifyDpopProof(proof, use, NOW), name)
}

async function fails (t: Test, proof: string, name: string, use = useBy(prover)): Promise<void> {
  await t.rejects(verifyDpopProof(proof, use, NOW), name)
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('a proof has a name of its own and an end (RFC 9449, section 11.1)', async t => {
  const claims = { jti: 'one', iat: NOW - 10 }
  const first = await verifyDpopProof(await prover.prove({ claims }), useBy(prover), NOW)
  t.equal(first.endsAt, NOW + 50)
  t.same(await verifyDpopProof(await prover.prove({ claims }), useBy(prover), NOW), first, 'the same with another signature')
  const foreign = await verifyDpopProof(await other.prove({ claims }), useBy(other), NOW)
  t.not(foreign.digest, first.digest, 'another client may choose the same name')
})

test('each algorithm of a key pair proves', async t => {
  for (const alg of ['ES256', 'ES384', 'ES512', 'RS256', 'PS512', 'EdDSA', 'Ed25519']) {
    const one = alg === 'PS512' ? await Prover.create(alg, { modulusLength: 3072 }) : await Prover.create(alg)
    await holds(t, await one.prove(), alg, useBy(one))
  }
})

const faults: Readonly<Record<string, ProofChanges>> = {
  'typ of another token': { header: { typ: 'at+jwt' } },
  'typ of every JWT': { header: { typ: 'JWT' } },
  'no typ': { header: { typ: undefined } },
  'no jwk': { header: { jwk: undefined } },
  'a jwk that is none': { header: { jwk: 'key' } },
  'a jwk that is null': { header: { jwk: null } },
  'a jwk without members': { header: { jwk: {} } },
  'the jwk of another client': { header: { jwk: other.jwk } },
  'a jwk of another type': { header: { jwk: rsa.jwk } },
  'a jwk with its private part': { header: { jwk: prover.privateJwk } },
  'a jwk with one private member': { header: { jwk: { ...prover.jwk, k: '' } } },
  'a jwk that is not for signatures': { header: { jwk: { ...prover.jwk, use: 'enc' } } },
  'a jwk of another algorithm': { header: { jwk: { ...prover.jwk, alg: 'ES384' } } },
  'a kid in place of a jwk': { header: { jwk: undefined, kid: 'a' } },
  'an extension that must be understood': { header: { crit: ['https://a.example/x'], 'https://a.example/x': 1 } },
  'an extension that jose understands': { header: { crit: ['b64'], b64: true } },
  'another method': { claims: { htm: 'POST' } },
  'a method in another case': { claims: { htm: 'get' } },
  'no method': { claims: { htm: undefined } },
  'another path': { claims: { htu: 'https://app.example.com/other' } },
  'a slash more at the end': { claims: { htu: `${URL_OF_MAIL}/` } },
  'a path in another case': { claims: { htu: 'https://app.example.com/Mail' } },
  'another host': { claims: { htu: 'https://evil.example/mail' } },
  'another port': { claims: { htu: 'https://app.example.com:8443/mail' } },
  'another scheme': { claims: { htu: 'http://app.example.com/mail' } },
  'a user in the address': { claims: { htu: 'https://ada@app.example.com/mail' } },
  'a path alone': { claims: { htu: '/mail' } },
  'an address that is none': { claims: { htu: 7 } },
  'no address': { claims: { htu: undefined } },
  'too old': { claims: { iat: NOW - 61 } },
  'from the future': { claims: { iat: NOW + 31 } },
  'a time that is a text': { claims: { iat: String(NOW) } },
  'no time': { claims: { iat: undefined } },
  'an end that is over': { claims: { exp: NOW - 1 } },
  'a beginning to come': { claims: { nbf: NOW + 1 } },
  'no jti': { claims: { jti: undefined } },
  'an empty jti': { claims: { jti: '' } },
  'a jti that is no text': { claims: { jti: 7 } },
  'a jti that is too long': { claims: { jti: 'x'.repeat(129) } },
  'another access token': { claims: { ath: sha256('another-token') } },
  'an access token that is empty': { claims: { ath: '' } },
  'no access token': { claims: { ath: undefined } },
  'a proof that is too long': { claims: { more: 'x'.repeat(8192) } }
}

for (const [name, changes] of Object.entries(faults)) {
  test(`a proof does not hold: ${name} (RFC 9449, section 4.3)`, async t => {
    await holds(t, await prover.prove(), 'but for that it does')
    await fails(t, await prover.prove(changes), name)
  })
}

test('a proof holds: what is allowed to differ (RFC 9449, sections 4.3 and 11.1)', async t => {
  const kinds: Readonly<Record<string, ProofChanges>> = {
    'a media type in full': { header: { typ: 'application/DPoP+JWT' } },
    'a query and a fragment': { claims: { htu: `${URL_OF_MAIL}?a=b#c` } },
    'a host in capitals with its port': { claims: { htu: 'HTTPS://APP.example.com:443/mail' } },
    'an octet in another spelling': { claims: { htu: 'https://app.example.com/m%61i%6C' } },
    'a minute old': { claims: { iat: NOW - 60 } },
    'a little from the future': { claims: { iat: NOW + 30 } },
    'a jti of most characters': { claims: { jti: 'x'.repeat(128) } },
    'a nonce that nobody wanted': { claims: { nonce: 'given' } },
    'a claim more': { claims: { 'https://a.example/x': 1 } }
  }
  for (const [name, changes] of Object.entries(kinds)) await holds(t, await prover.prove(changes), name)
  await holds(t, await prover.prove({ claims: { htu: 'https://app.example.com' } }), 'the root without a slash', useBy(prover, { url: 'https://app.example.com/' }))
  const upper = await prover.prove({ claims: { htu: 'https://app.example.com/%C3%a9%2f' } })
  await holds(t, upper, 'octets that stay encoded', useBy(prover, { url: 'https://app.example.com/%c3%A9%2F' }))
  await fails(t, upper, 'a slash that is part of a name', useBy(prover, { url: 'https://app.example.com/%c3%A9/' }))
})

test('where a request has no address nothing is proved', async t => {
  await fails(t, await prover.prove({ claims: { htu: '' } }), 'no address', useBy(prover, { url: '' }))
})

test('what is none of ours as a text is refused, and nothing of it is thrown but an Error', async t => {
  const good = await prover.prove()
  const [header, payload, signature] = good.split('.') as [string, string, string]
  const texts = [
    '', '.', '..', '...', 'x', 'null', 'é', '\u0000', `${good}.`, `${good}=`, `${good} `, ` ${good}`, `${good}, ${good}`,
    `${header}.${payload}`, `${header}.${payload}.`, `.${payload}.${signature}`, `${header}..${signature}`,
    `${header}.${payload}.${signature}.${signature}.${signature}`, `${header}.${encode([])}.${signature}`,
    `${encode(null)}.${payload}.${signature}`, `${encode('x')}.${payload}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -1)}é`, `${header}.${payload}.${'A'.repeat(86)}`
  ]
  for (const text of texts) {
    const outcome: unknown = await verifyDpopProof(text, useBy(prover), NOW).catch((reason: unknown) => reason)
    t.ok(outcome instanceof Error, JSON.stringify(text.slice(-40)))
  }
})

test('a proof that is not signed, or with a secret, is none (RFC 9449, section 4.3, number 5)', async t => {
  const claims = { jti: 'a', htm: 'GET', htu: URL_OF_MAIL, iat: NOW, ath: sha256('the-token') }
  const header = { typ: 'dpop+jwt', jwk: prover.jwk }
  const none = `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`
  await fails(t, none, 'alg none')
  const oct = { kty: 'oct', k: Buffer.from('x'.repeat(32)).toString('base64url') }
  for (const jwk of [oct, prover.jwk]) {
    const text = `${encode({ ...header, jwk, alg: 'HS256' })}.${encode(claims)}`
    const proof = `${text}.${createHmac('sha256', 'x'.repeat(32)).update(text).digest('base64url')}`
    await fails(t, proof, 'HS256', useBy({ thumbprint: await calculateJwkThumbprint(jwk) }))
  }
})

test('an RSA key under 2,048 bits proves nothing (RFC 7518, section 3.3)', async t => {
  for (const [modulusLength, isGood] of [[1024, false], [2048, true]] as const) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
    const jwk = publicKey.export({ format: 'jwk' }) as { kty: string }
    const claims = { jti: 'a', htm: 'GET', htu: URL_OF_MAIL, iat: NOW, ath: sha256('the-token') }
    const text = `${encode({ typ: 'dpop+jwt', alg: 'RS256', jwk })}.${encode(claims)}`
    const proof = `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
    const use = useBy({ thumbprint: await calculateJwkThumbprint(jwk) })
    await (isGood ? holds : fails)(t, proof, `${modulusLength} bits`, use)
  }
})

test('nothing is computed with a key that is not the one of the token', async t => {
  const jwk = { kty: 'RSA', n: 'x'.repeat(4000), e: 'x'.repeat(4) }
  const proof = `${encode({ typ: 'dpop+jwt', alg: 'RS256', jwk })}.${encode({})}.AAAA`
  await t.rejects(verifyDpopProof(proof, useBy(prover), NOW), { message: '"jwk" is another key than that of the access token' })
})
