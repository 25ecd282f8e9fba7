import { test } from 'tap'
import { StoreUnavailable } from '../../lib/errors.ts'
import type { AcceptPerson, ProgramLogin, TokenAnswer } from '../../lib/programs/program-grants.ts'
import { userKeyIn } from '../../lib/session/handle.ts'
import type { IncomingIntrospection, IntrospectionAnswer } from '../../lib/programs/token-introspection.ts'
import { BearerToken } from '../../lib/bearer-token.ts'
import { ProgramClients } from '../../lib/programs/program-client.ts'
import { TokenIntrospection } from '../../lib/programs/token-introspection.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createClock } from '../../lib/testing/index.ts'
import { type Bench, bench, type BenchOptions, LOOPBACK, programsOf, refusalOf } from './_bench.ts'

const scopes = ['reports.read']
const programs = {
  cli: { redirectUris: [LOOPBACK], scopes },
  web: { redirectUris: [LOOPBACK], scopes, secret: 'of web' },
  desk: { redirectUris: [LOOPBACK], scopes, secret: 'of desk' },
  gate: { secret: 'of gate', introspect: true }
}
const marks = { issuedAt: 0, subject: 'marked', login: 'login' }
const person = { userId: 'alice', claims: { roles: ['editor'] }, authenticatedAt: 7, marks }
const login: ProgramLogin = { person, grant: undefined, scopes: ['openid', 'reports.read'], isOffline: true }
const inactive = { active: false }

async function real (options: BenchOptions = {}): Promise<Bench> {
  return await bench({ programs, isSealing: true, ...options })
}

async function begun (b: Bench, clientId = 'web', further: Partial<ProgramLogin> = {}): Promise<TokenAnswer> {
  return await b.programs.grants.begin(b.program(clientId), { ...login, ...further })
}

const told: IncomingIntrospection['tell'] = ({ claims }) => ({ ...claims, sub: 'nobody', active: false, iss: 'nobody' })

async function ask (
  { programs: { introspection } }: Pick<Bench, 'programs'>, token: unknown, clientId = 'web', accept: AcceptPerson = async () => true
): Promise<IntrospectionAnswer> {
  const body = new URLSearchParams({ client_id: clientId, client_secret: `of ${clientId}`, token: String(token) }).toString()
  return await introspection.answer({ authorization: undefined, body, accept, tell: told })
}

test('a program learns all about its own access token (RFC 7662, section 2.2)', async t => {
  const clock = createClock()
  const b = await real({ clock })
  const answer = await begun(b)
  const now = Math.floor(clock.now() / 1000)
  const { jti, ...others } = await ask(b, answer.access_token) as Record<string, unknown>
  t.match(jti, /^[\w-]{43}$/)
  t.same(others, {
    active: true,
    iss: 'https://app.example',
    sub: 'alice',
    aud: 'https://app.example',
    client_id: 'web',
    scope: 'openid reports.read',
    exp: now + 600,
    iat: now,
    token_type: 'Bearer',
    auth_time: 7,
    roles: ['editor']
  }, 'and what is told of the person sets nothing of that')
})

test('and about its own refresh token, which no service can take for an access token', async t => {
  const clock = createClock()
  const b = await real({ clock })
  const { refresh_token: token } = await begun(b)
  t.same(await ask(b, token), {
    active: true,
    iss: 'https://app.example',
    sub: 'alice',
    client_id: 'web',
    scope: 'openid reports.read offline_access',
    exp: Math.floor(clock.now() / 1000) + 30 * 86_400,
    auth_time: 7
  })
  const plain = await begun(b, 'web', { person: { userId: 'bob' } })
  t.notHas(await ask(b, plain.refresh_token), 'auth_time')
  const now = await ask(b, plain.access_token)
  t.notHas(now, 'auth_time')
  t.notHas(now, 'roles')
})

test('a token of another program is as none, but for who may ask about all (RFC 7662, section 2.2)', async t => {
  const b = await real()
  const answer = await begun(b, 'cli')
  t.same(await ask(b, answer.access_token, 'desk'), inactive)
  t.same(await ask(b, answer.refresh_token, 'desk'), inactive)
  t.match(await ask(b, answer.access_token, 'gate'), { active: true, client_id: 'cli' })
  t.same(await ask(b, answer.refresh_token, 'gate'), inactive, 'a refresh token is for its program alone')
  const own = await b.sealed.issue({ userId: 'alice', scopes: [], expiresIn: 60 })
  t.same(await ask(b, own.text, 'web'), inactive)
  const answered = await ask(b, own.text, 'gate')
  t.match(answered, { active: true, sub: 'alice', scope: '' })
  t.notHas(answered, 'client_id')
})

test('a public program learns nothing (RFC 7662, section 2.1)', async t => {
  const b = await real()
  const { access_token: token } = await begun(b, 'cli')
  const request = { authorization: undefined, accept: async () => true, tell: told }
  for (const form of [`client_id=cli&token=${token}`, `client_id=web&token=${token}`, `client_id=web&client_secret=x&token=${token}`]) {
    const refusal = await refusalOf(() => b.programs.introspection.answer({ ...request, body: form }))
    t.match(refusal, { error: 'invalid_client', statusCode: 401, headers: { 'www-authenticate': /^Basic / } }, form)
  }
  const missing = await refusalOf(() => b.programs.introspection.answer({ ...request, body: 'client_id=web&client_secret=of+web' }))
  t.equal(missing.error, 'invalid_request')
  const alone = await real({ programs: { cli: programs.cli } })
  t.equal((await refusalOf(() => alone.programs.introspection.answer({ ...request, body: `token=${token}` }))).error, 'invalid_client')
})

test('whatever is not good is inactive, and nobody is told why', async t => {
  const clock = createClock()
  const b = await real({ clock })
  const { access_token: access, refresh_token: refresh } = await begun(b)
  const elsewhere = await begun(await real())
  for (const token of ['x', `${access}x`, 'A'.repeat(86), 'A'.repeat(60_000), 'eyJhbGciOiJub25lIn0.e30.', elsewhere.access_token, elsewhere.refresh_token]) {
    t.same(await ask(b, token, 'gate'), inactive)
  }
  clock.advance(600)
  t.same(await ask(b, access), inactive)
  t.match(await ask(b, refresh), { active: true })
  clock.advance(30 * 86_400)
  t.same(await ask(b, refresh), inactive)
})

test('a refresh token that was used is good no more, and a question about it ends nothing', async t => {
  const b = await real()
  const first = await begun(b)
  const next = await b.programs.grants.refresh(b.program('web'), String(first.refresh_token))
  t.same(await ask(b, first.refresh_token), inactive)
  t.match(await ask(b, next.refresh_token), { active: true })
  t.match(await ask(b, first.access_token), { active: true })
})

const endings: Record<string, (b: Bench, answer: TokenAnswer) => unknown> = {
  'the person ends all sessions': ({ revocations, issued }) => revocations.endAll(userKeyIn(String(issued[0]?.family?.handle)), undefined),
  'the provider logs the person out': ({ revocations, clock }) => revocations.endSubject('marked', clock.now() / 1000, clock.now()),
  'the provider ends the login': ({ revocations, clock }) => revocations.endLogin('login', clock.now()),
  'the program gives the access token back': ({ programs }, { access_token: token }) =>
    programs.revocation.answer({ authorization: undefined, body: `client_id=web&client_secret=of+web&token=${token}` }),
  'the program gives the refresh token back': ({ programs }, { refresh_token: token }) =>
    programs.revocation.answer({ authorization: undefined, body: `client_id=web&client_secret=of+web&token=${token}` }),
  'somebody uses an old refresh token': async ({ programs, program, clock }, { refresh_token: token }) => {
    await programs.grants.refresh(program('web'), String(token))
    clock.advance(31)
    await refusalOf(() => programs.grants.refresh(program('web'), String(token)))
  }
}

for (const [what, end] of Object.entries(endings)) {
  test(`both tokens are inactive as soon as ${what}`, async t => {
    const b = await real()
    const answer = await begun(b)
    for (const token of [answer.access_token, answer.refresh_token]) t.match(await ask(b, token), { active: true })
    await end(b, answer)
    for (const token of [answer.access_token, answer.refresh_token]) t.same(await ask(b, token), inactive)
  })
}

test('whom the application does not accept has no active token, until it does', async t => {
  const b = await real()
  const answer = await begun(b)
  const asked: unknown[] = []
  const refuse: AcceptPerson = async ({ userId, claims }) => { asked.push([userId, claims]); return false }
  for (const token of [answer.access_token, answer.refresh_token]) {
    t.same(await ask(b, token, 'web', refuse), inactive)
    t.match(await ask(b, token), { active: true })
  }
  t.same(asked, [['alice', person.claims], ['alice', person.claims]])
})

test('a refresh token has no scope that its program is not registered for any more', async t => {
  const [store, clock] = [new MemoryStore(), createClock()]
  const before = await real({ store, clock })
  const { refresh_token: token } = await begun(before)
  const fewer = { ...programs, web: { ...programs.web, scopes: [] } }
  const later = await real({ store, clock, vault: before.vault, programs: fewer })
  t.match(await ask(later, token), { active: true, scope: 'openid offline_access' })
})

test('where nobody can say, nobody says', async t => {
  const store = new MemoryStore()
  const b = await real({ store })
  const answer = await begun(b)
  Object.assign(store, { peek: undefined })
  store.get = store.getMany = async () => { throw new StoreUnavailable() }
  for (const token of [answer.access_token, answer.refresh_token]) await t.rejects(ask(b, token), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
})

test('a token for several services says all of them, and one that says little is told of as it is', async t => {
  const b = await real()
  const clients = new ProgramClients(programsOf(programs), 'here')
  const details = {
    userId: 'alice',
    identity: undefined,
    subject: 'alice',
    clientId: undefined,
    scopes: [],
    claims: {},
    id: undefined,
    issuedAt: undefined,
    expiresAt: 9,
    authenticatedAt: undefined,
    confirmation: undefined
  }
  for (const [audience, aud] of [[['a', 'b'], ['a', 'b']], [['a'], 'a']] as const) {
    const issued = { look: () => new BearerToken('x', { ...details, audience }) }
    const parts = { ...b.programs, clients, issued, identifier: 'https://app.example/broker' }
    const introspection = new TokenIntrospection(parts)
    const body = 'client_id=gate&client_secret=of+gate&token=x'
    t.same(await introspection.answer({ authorization: undefined, body, accept: async () => true, tell: () => ({}) }), {
      active: true, iss: 'https://app.example/broker', sub: 'alice', aud, scope: '', exp: 9, token_type: 'Bearer'
    })
  }
})

test('where no tokens are issued, none is active', async t => {
  const b = await bench({ programs: { web: { ...programs.web, passThrough: true } }, isIssuing: false })
  t.same(await ask(b, 'x'), inactive)
})
