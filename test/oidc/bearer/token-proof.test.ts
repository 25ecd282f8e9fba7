import { test } from 'tap'
import { StoreUnavailable } from '../../../lib/errors.ts'
import { TokenProof } from '../../../lib/oidc/bearer/token-proof.ts'
import { MemoryStore } from '../../../lib/stores/memory/memory-store.ts'
import type { Store } from '../../../lib/stores/store.ts'
import { createClock, type TestClock } from '../../../lib/testing/index.ts'
import { selfSigned } from '../../_certificate.ts'
import { evidenceOf, NOW, Prover, sha256, tokenBoundTo, URL_OF_MAIL } from './_proofs.ts'

const prover = await Prover.create()
const toKey = tokenBoundTo({ keyThumbprint: prover.thumbprint })
const { x509: { raw: certificate } } = selfSigned('program')
const { x509: { raw: foreignCertificate } } = selfSigned('program')
const toCertificate = tokenBoundTo({ certificateThumbprint: sha256(certificate) })

function createProof (
  store: Pick<Store, 'add'> = new MemoryStore(), { now }: TestClock = createClock(NOW * 1000), name?: string
): TokenProof {
  return new TokenProof(store, { name, now })
}

const invalid = { fault: 'invalid', cause: Error }
const missing = { fault: 'missing', cause: Error }

test('a token that is bound to nothing is used by whoever has it, but not as one with a key (RFC 9449, 7.1)', async t => {
  const proof = createProof()
  t.equal(proof.check(tokenBoundTo(), evidenceOf([], { scheme: 'bearer' })), undefined)
  t.match(proof.check(tokenBoundTo(), evidenceOf([await prover.prove()])), invalid)
  t.equal(proof.check(tokenBoundTo(), evidenceOf(['nonsense', 'twice'], { scheme: 'bearer' })), undefined, 'a header that nobody wants')
})

test('a token that is bound to a thing unknown here is nobody\'s', async t => {
  for (const scheme of ['bearer', 'dpop'] as const) {
    const evidence = evidenceOf([await prover.prove()], { scheme, certificate: () => certificate })
    t.match(createProof().check(tokenBoundTo({}), evidence), invalid)
  }
})

test('a token with a key needs its proof, once (RFC 9449, sections 4.3 and 7.1)', async t => {
  const proof = createProof()
  t.equal(await proof.check(toKey, evidenceOf([await prover.prove()])), undefined)
  t.match(await proof.check(toKey, evidenceOf([])), missing)
  t.match(await proof.check(toKey, evidenceOf([await prover.prove(), await prover.prove()])), invalid, 'two headers')
  t.match(await proof.check(toKey, evidenceOf(['nonsense'])), invalid)
  t.match(await proof.check(toKey, evidenceOf([''])), invalid)
  const stranger = await Prover.create()
  t.match(await proof.check(toKey, evidenceOf([await stranger.prove()])), invalid, 'of somebody else')
  const text = tokenBoundTo({ keyThumbprint: prover.thumbprint }, 'another-token')
  t.match(await proof.check(text, evidenceOf([await prover.prove()])), invalid, 'for another token of the same key')
  t.match(await proof.check(toKey, evidenceOf([await prover.prove()], { method: 'POST' })), invalid)
  t.match(await proof.check(toKey, evidenceOf([await prover.prove()], { url: `${URL_OF_MAIL}/1` })), invalid)
})

test('a token with a key is refused as "Bearer", also with its proof (RFC 9449, section 7.2)', async t => {
  t.match(createProof().check(toKey, evidenceOf([await prover.prove()], { scheme: 'bearer' })), invalid)
})

test('a proof is used once, also where two processes share the store (RFC 9449, section 11.1)', async t => {
  const store = new MemoryStore()
  const [here, there] = [createProof(store), createProof(store)]
  const shown = evidenceOf([await prover.prove()])
  t.equal(await here.check(toKey, shown), undefined)
  for (const process of [here, there]) t.match(await process.check(toKey, shown), invalid)
  const again = evidenceOf([await prover.prove({ claims: { jti: 'chosen', htm: 'POST' } })], { method: 'POST' })
  const same = evidenceOf([await prover.prove({ claims: { jti: 'chosen' } })])
  t.equal(await there.check(toKey, again), undefined)
  t.match(await here.check(toKey, same), invalid, 'the same name in another proof of the key')

  const raced = evidenceOf([await prover.prove()])
  const outcomes = await Promise.all([here, there, here, there].map(async process => await process.check(toKey, raced)))
  t.equal(outcomes.filter(outcome => outcome === undefined).length, 1)
})

test('of two keys each has names of its own', async t => {
  const store = new MemoryStore()
  const other = await Prover.create()
  const claims = { jti: 'chosen' }
  t.equal(await createProof(store).check(toKey, evidenceOf([await prover.prove({ claims })])), undefined)
  const toOther = tokenBoundTo({ keyThumbprint: other.thumbprint })
  t.equal(await createProof(store).check(toOther, evidenceOf([await other.prove({ claims })])), undefined)
})

test('two registrations around one request take its proof each, once', async t => {
  const store = new MemoryStore()
  const shown = evidenceOf([await prover.prove()])
  for (const name of [undefined, 'staff', 'guests']) {
    const proof = createProof(store, createClock(NOW * 1000), name)
    t.equal(await proof.check(toKey, shown), undefined)
    t.match(await proof.check(toKey, shown), invalid)
  }
})

test('a proof that does not hold spends nothing', async t => {
  const proof = createProof()
  const text = await prover.prove()
  t.match(await proof.check(toKey, evidenceOf([text], { method: 'POST' })), invalid)
  t.match(await proof.check(toKey, evidenceOf([text, text])), invalid)
  t.equal(await proof.check(toKey, evidenceOf([text])), undefined)
})

test('a spent proof is known as long as any clock takes it', async t => {
  const clock = createClock(NOW * 1000)
  const store = new MemoryStore({ now: clock.now })
  const slow = createClock(NOW * 1000)
  const [here, there] = [createProof(store, clock), createProof(store, slow)]
  const shown = evidenceOf([await prover.prove({ claims: { iat: NOW + 30 } })])
  t.equal(await here.check(toKey, shown), undefined)
  clock.advance(120)
  slow.advance(70)
  t.match(await there.check(toKey, shown), { cause: { message: 'The proof was used before' } })
  clock.advance(60)

  t.match(await here.check(toKey, shown), { cause: { message: '"iat" is too long ago' } })
})

test('where the store is away nobody knows, and nobody passes', async t => {
  const store = { async add (): Promise<never> { throw new StoreUnavailable() } }
  const outcome = createProof(store).check(toKey, evidenceOf([await prover.prove()]))
  await t.rejects(async () => await outcome, { code: 'FST_LOGIN_STORE_UNAVAILABLE', statusCode: 503 })
  t.match(await createProof(store).check(toKey, evidenceOf(['nonsense'])), invalid, 'what is wrong anyway is wrong')
})

test('a token with a certificate needs that certificate (RFC 8705, section 3)', async t => {
  const proof = createProof()
  const bearer = { scheme: 'bearer' } as const
  t.equal(proof.check(toCertificate, evidenceOf([], { ...bearer, certificate: () => certificate })), undefined)
  t.match(proof.check(toCertificate, evidenceOf([], { ...bearer, certificate: () => foreignCertificate })), invalid)
  t.match(proof.check(toCertificate, evidenceOf([], bearer)), missing)
  t.match(proof.check(toCertificate, evidenceOf([await prover.prove()], { certificate: () => certificate })), invalid)
  for (const certificateThumbprint of ['', 'short', `${sha256(certificate)}=`, 'é'.repeat(43)]) {
    const token = tokenBoundTo({ certificateThumbprint })
    t.match(proof.check(token, evidenceOf([], { ...bearer, certificate: () => certificate })), invalid)
  }
})

test('a token with both needs both', async t => {
  const proof = createProof()
  const token = tokenBoundTo({ keyThumbprint: prover.thumbprint, certificateThumbprint: sha256(certificate) })
  const own = { certificate: () => certificate }
  t.equal(await proof.check(token, evidenceOf([await prover.prove()], own)), undefined)
  t.match(await proof.check(token, evidenceOf([], own)), missing)
  const foreign = evidenceOf([await prover.prove()], { certificate: () => foreignCertificate })
  t.match(await proof.check(token, foreign), invalid)
  t.match(await proof.check(token, evidenceOf([await prover.prove()])), missing)
  t.match(await proof.check(token, evidenceOf([await prover.prove()], { ...own, scheme: 'bearer' })), invalid)
})

test('nobody is asked for a certificate that no token needs', async t => {
  const certificate = (): never => { throw new Error('asked') }
  t.equal(await createProof().check(toKey, evidenceOf([await prover.prove()], { certificate })), undefined)
  const evidence = evidenceOf([], { scheme: 'bearer', certificate })
  t.throws(() => createProof().check(toCertificate, evidence), { message: 'asked' })
})

test('the proofs of an independent client hold', async t => {
  const proof = createProof(new MemoryStore(), createClock())
  for (const alg of ['ES256', 'PS256', 'Ed25519']) {
    const client = await Prover.create(alg)
    const token = tokenBoundTo({ keyThumbprint: client.thumbprint })
    const headers = await client.sendAs(token.reveal(), 'PUT', `${URL_OF_MAIL}/%C3%A9?a=b`)
    t.equal(headers.get('authorization'), `DPoP ${token.reveal()}`)
    const shown = evidenceOf([String(headers.get('dpop'))], { method: 'PUT', url: `${URL_OF_MAIL}/%C3%A9` })
    t.equal(await proof.check(token, shown), undefined, alg)
    t.match(await proof.check(token, shown), invalid)
  }
})
