import { test } from 'tap'
import { StoreUnavailable } from '../../lib/errors.ts'
import type { CodeBinding, CodeProof } from '../../lib/programs/program-codes.ts'
import { userKeyIn } from '../../lib/session/handle.ts'
import { type Bench, bench, LOOPBACK, pkce, refusalOf } from './_bench.ts'

const { verifier, challenge } = pkce()
const binding: CodeBinding = { clientId: 'cli', redirectUri: LOOPBACK, isRedirectSaid: true, codeChallenge: challenge }
const login = { person: { userId: 'alice' }, grant: undefined, scopes: ['reports.read'], isOffline: false }
const programs = { cli: { redirectUris: [LOOPBACK], scopes: ['reports.read'] }, other: {} }

async function issued (b: Bench, further: Partial<CodeBinding> = {}): Promise<string> {
  return await b.programs.codes.issue({ ...binding, ...further }, login)
}

const proof = (code: string, further: Partial<CodeProof> = {}): CodeProof =>
  ({ code, redirectUri: LOOPBACK, codeVerifier: verifier, ...further })

test('a code is exchanged for tokens by whom it is for (RFC 6749, section 4.1.3)', async t => {
  const b = await bench({ programs })
  const code = await issued(b)
  t.match(code, /^[\w-]{43}$/)
  t.match(await b.programs.codes.redeem(b.program('cli'), proof(code)), { access_token: 'token-1', scope: 'reports.read' })
})

const wrong: Record<string, Partial<CodeProof>> = {
  'another redirect address': { redirectUri: 'http://127.0.0.1:1/callback' },
  'no redirect address where the request had one': { redirectUri: undefined },
  'another verifier': { codeVerifier: pkce().verifier },
  'no verifier': { codeVerifier: undefined },
  'the challenge for the verifier': { codeVerifier: challenge },
  'a verifier that is too short (RFC 7636, section 4.1)': { codeVerifier: verifier.slice(1) },
  'a verifier that is too long': { codeVerifier: 'a'.repeat(129) },
  'another code': { code: 'A'.repeat(43) },
  'a code that is none': { code: `${'A'.repeat(43)}/` },
  'a code of 100 kB': { code: 'A'.repeat(100_000) }
}

for (const [name, further] of Object.entries(wrong)) {
  test(`${name} is invalid_grant, and the code stays for whom it is for`, async t => {
    const b = await bench({ programs })
    const code = await issued(b)
    t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(code, further)))).error, 'invalid_grant')
    t.ok(await b.programs.codes.redeem(b.program('cli'), proof(code)))
  })
}

test('another program has no use of a stolen code, and ends nothing by it', async t => {
  const b = await bench({ programs })
  const code = await issued(b)
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('other'), proof(code)))).error, 'invalid_grant')
  t.ok(await b.programs.codes.redeem(b.program('cli'), proof(code)))
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('other'), proof(code)))).error, 'invalid_grant')
  t.same(b.ended, [])
})

test('a code without a challenge comes without a verifier: nobody takes the challenge away (RFC 9700, section 4.8.2)', async t => {
  const b = await bench({ programs })
  const code = await issued(b, { codeChallenge: undefined })
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(code)))).error, 'invalid_grant')
  t.ok(await b.programs.codes.redeem(b.program('cli'), proof(code, { codeVerifier: undefined })))
})

test('an address that was not in the request need not be repeated, and must not be another one', async t => {
  const b = await bench({ programs })
  const code = await issued(b, { isRedirectSaid: false })
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(code, { redirectUri: 'x:/' })))).error, 'invalid_grant')
  t.ok(await b.programs.codes.redeem(b.program('cli'), proof(code, { redirectUri: undefined })))
})

test('a code that is used twice ends what came of it (RFC 6749, section 4.1.2)', async t => {
  const b = await bench({ programs })
  const code = await issued(b)
  await b.programs.codes.redeem(b.program('cli'), proof(code))
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(code)))).error, 'invalid_grant')
  const { handle, generation } = b.issued[0]?.family ?? { handle: '', generation: undefined }
  t.ok(await b.revocations.isEnded({ handle, generation }))
  t.same(b.ended, [[handle, 'reused']])
})

test('of twenty that use a code at once, one gets tokens, which are ended: nobody can say who is the thief', async t => {
  const b = await bench({ programs })
  const code = await issued(b)
  const uses = Array.from({ length: 20 }, () => b.programs.codes.redeem(b.program('cli'), proof(code)))
  const results = await Promise.allSettled(uses)
  t.ok(results.filter(({ status }) => status === 'fulfilled').length <= 1)
  t.ok(b.ended.length > 0)
})

test('a code ends after 60 seconds, and with all sessions of the person', async t => {
  const b = await bench({ programs })
  const code = await issued(b)
  b.clock.advance(60)
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(code)))).error, 'invalid_grant')
  const other = await issued(b)
  const { handle } = await b.programs.grants.nameFor('alice')
  await b.revocations.endAll(userKeyIn(handle), undefined)
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(other)))).error, 'invalid_grant')
  t.same(b.issued, [])
})

test('what lies in the store under a code is its own record, or none', async t => {
  const b = await bench({ programs })
  const keys: string[] = []
  const { add } = b.store
  b.store.add = async (key, value, options) => {
    keys.push(key, value)
    return await add.call(b.store, key, value, options)
  }
  const [one, other] = [await issued(b), await issued(b)]
  const [key = '', value = '', otherKey = ''] = keys
  t.notOk(keys.some(text => text.includes(one) || text.includes(other)))
  await b.store.set(otherKey, value, { expiresAt: b.clock.now() + 1000 })
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(other)))).error, 'invalid_grant')
  await b.store.set(key, 'nonsense', { expiresAt: b.clock.now() + 1000 })
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(one)))).error, 'invalid_grant')
})

test('a code that an outage made nothing of is good for another try, and a replay meanwhile still ends it', async t => {
  for (const isReplayed of [false, true]) {
    const b = await bench({ programs })
    const code = await issued(b)
    const { getMany } = b.store
    Object.assign(b.store, { peek: undefined })
    b.store.getMany = async () => {
      if (isReplayed) await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(code)))
      throw new StoreUnavailable()
    }
    await t.rejects(b.programs.codes.redeem(b.program('cli'), proof(code)), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
    b.store.getMany = getMany
    const again = b.programs.codes.redeem(b.program('cli'), proof(code))
    if (isReplayed) t.equal((await refusalOf(() => again)).error, 'invalid_grant')
    else t.match(await again, { access_token: 'token-1' })
  }
})

test('a code that an outage made nothing of is spent where the outage goes on', async t => {
  const b = await bench({ programs })
  const code = await issued(b)
  const { getMany, replace } = b.store
  Object.assign(b.store, { peek: undefined })
  let writes = 0
  b.store.getMany = async () => { throw new StoreUnavailable() }
  b.store.replace = async (...entry) => {
    if (++writes > 1) throw new Error('away')
    return await replace.apply(b.store, entry)
  }
  await t.rejects(b.programs.codes.redeem(b.program('cli'), proof(code)), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
  Object.assign(b.store, { getMany, replace })
  t.equal((await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(code)))).error, 'invalid_grant')
})

test('what came of a code that is used twice stays ended, also where it was issued slowly', async t => {
  const b = await bench({ programs })
  const code = await issued(b)
  const { replace } = b.store
  b.store.replace = async (...entry) => {
    const written = await replace.apply(b.store, entry)
    b.clock.advance(5)
    return written
  }
  await b.programs.codes.redeem(b.program('cli'), proof(code))
  await refusalOf(() => b.programs.codes.redeem(b.program('cli'), proof(code)))
  const { expiresIn = 0, family } = b.issued[0] ?? {}
  b.clock.advance(expiresIn - 1)
  t.ok(await b.revocations.isEnded({ handle: String(family?.handle), generation: family?.generation }))
})
