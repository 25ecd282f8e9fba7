import { decodeJwt } from 'jose'
import { test } from 'tap'
import { packClaims, readClaims } from '../../lib/broker/broker-claims.ts'
import type { TokenStart } from '../../lib/session/issued-token.ts'
import { handleOf, newSessionId, userKeyOf } from '../../lib/session/handle.ts'
import type { Claims } from '../../lib/user.ts'
import { aStart, taken } from '../session/_issued.ts'
import { NOON, SESSION } from '../session/_session.ts'
import { aBroker, ISSUER, usual } from './_broker.ts'

const identity = { issuer: 'https://id.example', subject: 'ada-lovelace', provider: 'work' }
const handle = handleOf(userKeyOf(SESSION, 'ada'), newSessionId())
const names = { id: handle, handle, generation: undefined, now: NOON }

const pack = (start: Partial<TokenStart> = {}, settings: Partial<typeof usual> = {}): Claims =>
  packClaims(aStart(start), names, { ...usual, ...settings })

/** What is left of claims beside those that every token has. */
function personalOf (claims: Claims): Claims {
  const { iss, sub, aud, exp, iat, jti, client_id: clientId, sid, scope, ...others } = claims
  return others
}

test('a token says who gave it, about whom, for whom and for how long (RFC 9068, section 2.2)', async t => {
  t.same(pack(), {
    iss: ISSUER,
    sub: 'ada',
    aud: ISSUER,
    exp: NOON + 60,
    iat: NOON,
    jti: handle,
    client_id: ISSUER,
    sid: handle
  })
  const family = { handle, generation: 'g', marks: { issuedAt: NOON, subject: 's', login: 'l' } }
  const claims = packClaims(aStart({
    identity, scopes: ['a', 'b'], clientId: 'cli', authenticatedAt: NOON + 5, family
  }), { ...names, id: 'an-id', generation: 'g' }, usual)
  t.match(claims, {
    jti: 'an-id',
    sid: handle,
    client_id: 'cli',
    scope: 'a b',
    auth_time: NOON,
    provider: 'work',
    idp_iss: 'https://id.example',
    idp_sub: 'ada-lovelace',
    fastify_login: { g: 'g', m: [NOON, 's', 'l'] }
  })
})

test('a token is for all services of the application, or for those that were asked for', async t => {
  const audience = [ISSUER, 'https://files.example', 'https://mail.example'] as const
  t.same(pack({}, { audience }).aud, audience)
  t.equal(pack({ audience: ['https://mail.example'] }, { audience }).aud, 'https://mail.example')
  t.same(pack({ audience: [ISSUER, 'https://mail.example', ISSUER] }, { audience }).aud, [ISSUER, 'https://mail.example'])
  for (const wrong of [[], ['https://other.example'], [ISSUER, 'https://other.example']]) {
    t.throws(() => pack({ audience: wrong }, { audience }), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  }
})

test('roles are those of the person here, each once and texts only, and none of other clients of the provider', async t => {
  const claims = {
    roles: ['editor', 7, null, ['x']],
    groups: 'staff',
    realm_access: { roles: ['editor', 'admin'] },
    resource_access: { other: { roles: ['owner'] } }
  }
  t.same(personalOf(pack({ claims })), { roles: ['editor', 'staff', 'admin'] })
  for (const none of [{}, { roles: [] }, { roles: {} }, { realm_access: 'x' }, { realm_access: [{ roles: ['y'] }] }, { roles: [''] }]) {
    t.same(personalOf(pack({ claims: none })), {})
  }
})

test('names and the e-mail address are told by scope, and nothing else of a person', async t => {
  const claims = {
    name: 'Ada Lovelace',
    given_name: 'Ada',
    preferred_username: 'ada',
    email: 'ada@example.com',
    email_verified: true,
    phone_number: '1',
    iss: 'https://id.example',
    sub: 'other',
    nonce: 'x',
    salary: 7
  }
  const [name, email] = [
    { name: 'Ada Lovelace', given_name: 'Ada', preferred_username: 'ada' }, { email: 'ada@example.com', email_verified: true }
  ]
  t.same(personalOf(pack({ claims })), {})
  t.same(personalOf(pack({ claims, scopes: ['profile'] })), name)
  t.same(personalOf(pack({ claims, scopes: ['email', 'openid'] })), email)
  t.same(pack({ claims, scopes: ['profile', 'email'] }).sub, 'ada')
})

test('an application decides by mapClaims what a token tells, but not whose it is and how it may be used', async t => {
  const claims = { roles: ['editor'], name: 'Ada' }
  let seen: unknown
  const settings = {
    mapClaims (...given: readonly unknown[]) {
      seen = given
      return { plan: 'gold', roles: ['x'], name: undefined }
    }
  }
  t.same(personalOf(pack({ claims, scopes: ['profile'], clientId: 'cli' }, settings)), { plan: 'gold', roles: ['x'] })
  t.same(seen, [claims, { userId: 'ada', identity: undefined, clientId: 'cli', scopes: ['profile'] }])
  const registered = {
    iss: 'x',
    sub: 'admin',
    aud: 'x',
    exp: 9e9,
    nbf: 1,
    iat: 1,
    jti: 'x',
    client_id: 'x',
    azp: 'x',
    scope: 'admin',
    scp: ['admin'],
    auth_time: 1,
    sid: 'x',
    provider: 'x',
    idp_iss: 'x',
    idp_sub: 'x',
    cnf: { jkt: 'x' },
    act: {},
    may_act: {},
    typ: 'ID',
    token_use: 'id',
    events: {},
    fastify_login: { g: 'x' }
  }
  t.same(pack({}, { mapClaims: () => registered }), pack())
})

test('what a token of our own told is told again as it is, but for what an application cannot decide', t => {
  const settings = { mapClaims: () => { throw new Error('asked again') } }
  const claims = { plan: 'gold', roles: ['x'], scope: 'admin', cnf: { jkt: 'x' } }
  t.same(personalOf(pack({ claims, isMapped: true, scopes: ['a'] }, settings)), { plan: 'gold', roles: ['x'] })
  t.equal(pack({ claims, isMapped: true, scopes: ['a'] }, settings)['scope'], 'a')
  t.end()
})

test('what mapClaims returns must be claims', async t => {
  for (const wrong of [undefined, null, 'x', [], Promise.resolve({}), Promise.reject(new Error('late'))]) {
    t.throws(() => pack({}, { mapClaims: () => wrong as never }), { code: 'FST_LOGIN_ARGUMENT_INVALID', message: /broker.mapClaims/ })
  }
  t.throws(() => pack({}, { mapClaims: () => ({ size: 1n }) }), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  t.throws(() => pack({}, { mapClaims: () => { throw new Error('mine') } }), { message: 'mine' })
})

test('what was packed is read again, and nobody can change it', async t => {
  const family = { handle, generation: 'g', marks: { issuedAt: NOON, subject: 's', login: undefined } }
  const start = aStart({ identity, scopes: ['a', 'b'], clientId: 'cli', authenticatedAt: NOON - 5, family })
  const claims = packClaims(start, { ...names, id: 'an-id', generation: 'g' }, usual)
  const { details, ...rest } = readClaims(claims, ISSUER)
  t.same(rest, { handle, generation: 'g', marks: family.marks, isOfFamily: true, isBorrowed: false })
  t.same(details, {
    userId: 'ada',
    identity,
    subject: 'ada',
    clientId: 'cli',
    audience: [ISSUER],
    scopes: ['a', 'b'],
    claims,
    id: 'an-id',
    issuedAt: NOON,
    expiresAt: NOON + 60,
    authenticatedAt: NOON - 5,
    confirmation: undefined
  })
  for (const part of [details.claims, details.identity, details.scopes, details.audience, details.claims['fastify_login']]) {
    t.ok(Object.isFrozen(part))
  }
  t.match(readClaims(pack(), ISSUER), { details: { clientId: undefined, identity: undefined }, isOfFamily: false })
})

test('what was not written here is a fault, although it is signed', async t => {
  const faults: readonly Claims[] = [
    { sub: undefined }, { sub: '' }, { sub: 7 }, { sub: ['ada'] }, { jti: 7 }, { sid: undefined }, { sid: 'short' },
    { sid: `${handle}A` }, { client_id: null }, { exp: '9' }, { exp: Infinity }, { exp: Number.NaN }, { iat: undefined },
    { auth_time: 'x' }, { provider: 'work' }, { provider: 7, idp_iss: 'x', idp_sub: 'x' },
    { provider: 'work', idp_iss: 'x', idp_sub: '' }, { fastify_login: 'x' }, { fastify_login: null },
    { fastify_login: [] }, { fastify_login: { g: 7 } }, { fastify_login: { m: [1] } }, { fastify_login: { m: 'x' } },
    { cnf: null }, { cnf: { x: 1 } }
  ]
  for (const fault of faults) {
    t.throws(() => readClaims({ ...pack({ identity: undefined }), ...fault }, ISSUER), { name: 'TokenFault' }, JSON.stringify(fault))
  }
})

test('names that objects have are claims like others', async t => {
  const text = '{"__proto__":{"isAdmin":true},"constructor":1,"toString":"x"}'
  const { tokens } = await aBroker({ mapClaims: () => JSON.parse(text) as Claims })
  const { text: token } = await tokens.issue(aStart())
  const { claims } = taken(await tokens.verify(token))
  t.equal(claims['isAdmin'], undefined)
  t.equal(claims['constructor'], 1)
  t.equal(Object.getPrototypeOf(claims), Object.prototype)
  t.match(decodeJwt(token), { sub: 'ada', constructor: 1 })
})
