import { test } from 'tap'
import { AuthUser, loginRequired, type LoginRequirements } from '../../lib/index.ts'
import { haveClaims, resolveClaimTests } from '../../lib/guard/claim-tests.ts'
import { createApp, Inside, navigation, signedIn, withProvider } from './_app.ts'

const claims = JSON.parse(`{
  "role": "editor", "level": 3, "email_verified": false, "empty": "", "none": [], "nothing": null, "zero": 0,
  "groups": ["staff", 7, true, { "name": "deep" }, ["inner"]],
  "realm_access": { "roles": ["admin", "user"], "constructor": { "name": "own" } },
  "resource_access": { "my.client": { "roles": ["reader"] }, "my": { "client": { "seats": 2 } } },
  "https://example.com/roles": ["owner"],
  "a": { "b.c": { "d": 1 }, "b": { "c": { "d": 2, "e": 3 } } },
  "__proto__": { "isAdmin": true }
}`)

type Demands = Readonly<Record<string, unknown>>

const passing: ReadonlyArray<readonly [title: string, demands: Demands]> = [
  ['a claim that is the value', { role: 'editor', level: 3 }],
  ['a value that is one of the list in the claim', { groups: 'staff' }],
  ['numbers and booleans in a list', { groups: { all: [7, true] } }],
  ['a list of values, one of which is there', { 'realm_access.roles': ['owner', 'admin'] }],
  ['one of any', { role: { any: ['owner', 'editor'] } }],
  ['all of several', { 'realm_access.roles': { all: ['user', 'admin'] } }],
  ['one of some and all of others', { 'realm_access.roles': { any: ['owner', 'admin'], all: ['user'] } }],
  ['false, where the claim says false', { email_verified: false }],
  ['true, where the claim says anything', { role: true, groups: true, zero: true, realm_access: true }],
  ['a name that is an address', { 'https://example.com/roles': 'owner' }],
  ['a name with a dot inside a path', { 'resource_access.my.client.roles': 'reader' }],
  ['the shorter name where the longer one leads nowhere', { 'resource_access.my.client.seats': 2, 'a.b.c.e': 3 }],
  ['the longer name where both lead somewhere', { 'a.b.c.d': 1 }],
  ['a claim of its own by the name of something inherited', { 'realm_access.constructor.name': 'own' }]
]

for (const [title, demands] of passing) {
  test(`claims pass: ${title}`, async t => { t.equal(haveClaims(claims, resolveClaimTests(demands, 'x')), true) })
}

const failing: ReadonlyArray<readonly [title: string, demands: Demands]> = [
  ['another value', { role: 'admin' }],
  ['a part of the value', { role: 'edit' }],
  ['a text for a number', { level: '3' }],
  ['a number for a text in a list', { groups: '7' }],
  ['no claim of the name', { missing: 'x' }],
  ['one claim of two', { role: 'editor', level: 4 }],
  ['one of all', { 'realm_access.roles': { all: ['admin', 'owner'] } }],
  ['all, but none of any', { 'realm_access.roles': { any: ['owner'], all: ['user'] } }],
  ['an index of a list', { 'realm_access.roles.0': 'admin' }],
  ['the length of a list', { 'realm_access.roles.length': 2 }],
  ['a list in a list', { groups: 'inner' }],
  ['an object in a list', { 'groups.name': 'deep' }],
  ['true, where the claim says false', { email_verified: true }],
  ['true, where it says nothing', { nothing: true }],
  ['true, where it is empty', { empty: true }],
  ['true, where it is an empty list', { none: true }],
  ['a list of true, where it says something else', { role: [true] }],
  ['what every object inherits', { constructor: true }],
  ['the prototype', { '__proto__.isAdmin.x': true }],
  ['the prototype of an inner object', { 'realm_access.__proto__': true }],
  ['a method', { 'role.length': 6 }],
  ['a path with a dot at its end', { 'role.': true }],
  ['a path with a dot in front', { '.role': true }]
]

for (const [title, demands] of failing) {
  test(`claims do not pass: ${title}`, async t => { t.equal(haveClaims(claims, resolveClaimTests(demands, 'x')), false) })
}

test('a claim that only the prototype of the claims has is none', async t => {
  const inherited: Record<string, unknown> = Object.create({ role: 'admin', realm_access: { roles: ['admin'] } })
  for (const path of ['role', 'realm_access.roles', '__proto__.role', 'constructor.name']) {
    t.equal(haveClaims(inherited, resolveClaimTests({ [path]: 'admin' }, 'x')), false, path)
    t.equal(haveClaims({}, resolveClaimTests({ [path]: true }, 'x')), false, path)
  }
})

const sparse: unknown[] = ['a']
sparse[2] = 'b'

const refused: ReadonlyArray<readonly [value: unknown, message: RegExp]> = [
  ['admin', /"loginRequired\.claims" must be an object/],
  [['role'], /"loginRequired\.claims" must be an object/],
  [{}, /"loginRequired\.claims" names no claim/],
  [new Map([['role', 'admin']]), /names no claim/],
  [{ '': 'x' }, /has a claim without a name/],
  [{ role: [] }, /"loginRequired\.claims\["role"\]" is an empty list/],
  [{ role: NaN }, /claims\["role"\]" must be a text, a number or a boolean/],
  [{ role: Infinity }, /must be a text/],
  [{ role: null }, /must be a text/],
  [{ role: undefined }, /must be a text/],
  [{ role: () => true }, /must be a text/],
  [{ role: 1n }, /must be a text/],
  [{ role: ['a', {}] }, /claims\["role"\]\[1\]" must be a text/],
  [{ role: sparse }, /claims\["role"\]\[1\]" must be a text/],
  [{ role: {} }, /claims\["role"\]" is empty/],
  [{ role: /admin/ }, /claims\["role"\]" is empty/],
  [{ role: { any: undefined } }, /is empty/],
  [{ role: { any: [] } }, /claims\["role"\]\.any" is an empty list/],
  [{ role: { all: 'a' } }, /claims\["role"\]\.all" must be a list/],
  [{ role: { all: [NaN] } }, /claims\["role"\]\.all\[0\]" must be a text/],
  [{ role: { some: ['a'] } }, /claims\["role"\]\.some" is not an option.*any, all/]
]

for (const [index, [value, message]] of refused.entries()) {
  test(`a guard is not made of what nobody could mean (${index + 1})`, async t => {
    const requirements = { claims: value } as LoginRequirements
    t.throws(() => loginRequired(requirements), { code: 'FST_LOGIN_CONFIGURATION', message })
  })
}

test('what is demanded is a copy, which nobody changes afterwards', async t => {
  const roles = ['admin']
  const tests = resolveClaimTests({ role: roles, level: { any: roles, all: roles }, id: 1 }, 'x')
  roles.push('anybody')
  t.equal(haveClaims({ role: 'anybody' }, tests), false)
  const lists = tests.flatMap(({ any, all }) => [any, all]).filter(list => list !== undefined)
  t.equal(lists.length, 4)
  for (const frozen of [tests, ...tests, ...lists]) t.ok(Object.isFrozen(frozen))
})

test('a guard lets pass who has the claims, and refuses with 403 who has not', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.get('/', { onRequest: [app.loginRequired({ claims: { 'realm_access.roles': 'admin' } })] }, inside.handler)
  const admin = await signedIn(app, new AuthUser('ada', { claims: { realm_access: { roles: ['admin'] } } }))
  const other = await signedIn(app, new AuthUser('bob', { claims: { realm_access: { roles: ['user'] } } }))

  t.equal((await app.inject('/')).statusCode, 401)
  const refusal = await app.inject({ url: '/', ...other })
  t.match(refusal, { statusCode: 403 })
  t.match(refusal.json(), { code: 'FST_LOGIN_CLAIM_MISSING', error: 'Forbidden' })
  t.notMatch(refusal.body, /realm_access|admin/, 'what would help is not told')
  t.equal(inside.runs, 0)
  t.equal((await app.inject({ url: '/', ...admin })).statusCode, 200)
})

test('nobody is sent to sign in for a claim, but for what is looked at before', async t => {
  const app = await createApp(t, withProvider)
  app.get('/', { onRequest: [app.loginRequired({ claims: { role: 'admin' }, scopes: ['mail'] })] }, new Inside().handler)
  app.get('/fresh', { onRequest: [app.loginRequired({ claims: { role: 'admin' }, fresh: true })] }, new Inside().handler)
  const bob = await signedIn(app, 'bob', { fresh: false })
  const headers = { ...bob.headers, ...navigation }

  t.match(await app.inject({ url: '/', headers }), { statusCode: 403, headers: { location: undefined } })
  t.equal((await app.inject({ url: '/', headers: navigation })).statusCode, 302)
  t.equal((await app.inject({ url: '/fresh', headers })).statusCode, 302, 'how strong the login is comes first')
})

test('the claims of an authenticator count as those of a session do', async t => {
  const authenticate = ({ headers }: { headers: Record<string, unknown> }): AuthUser =>
    new AuthUser('robot', { claims: { role: headers['x-role'] } })
  const app = await createApp(t, { authenticators: [{ name: 'key', authenticate }] })
  app.get('/', { onRequest: [loginRequired({ claims: { role: ['admin', 'owner'] } })] }, new Inside().handler)

  t.equal((await app.inject({ url: '/', headers: { 'x-role': 'owner' } })).statusCode, 200)
  t.equal((await app.inject({ url: '/', headers: { 'x-role': 'guest' } })).statusCode, 403)
})
