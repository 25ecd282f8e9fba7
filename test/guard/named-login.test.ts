import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { type Test, test } from 'tap'
import { claimScope } from '../../lib/guard/claim-scope.ts'
import { findLogins } from '../../lib/guard/named-login.ts'
import { authPlugin, type AuthOptions, loginRequired } from '../../lib/index.ts'
import { Jar, setCookiesOf } from '../_jar.ts'
import { withBasic } from './_caller.ts'
import { ask, Inside, secret, signedIn, withProvider } from './_app.ts'

const idOf = (user: FastifyRequest['currentUser'] | undefined): string => user?.isAuthenticated === true ? user.id : 'nobody'

/** What a request says of both logins. */
const both = async ({ currentUser, logins }: FastifyRequest): Promise<string> => `${idOf(currentUser)} ${idOf(logins['admin']?.currentUser)}`

/** An application with a login for everybody and one for administrators, which share a secret. */
async function createTwoLogins (t: Test, admin: Partial<AuthOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  const shared = { secret: secret() }
  await app.register(authPlugin, shared)
  await app.register(authPlugin, { ...shared, name: 'admin', ...admin })
  app.get('/login', async request => { await request.loginUser('ada') })
  app.post('/logout', async request => { await request.logoutUser() })
  app.get('/admin/login', async request => { await request.logins['admin']?.loginUser('root', { remember: true }) })
  app.post('/admin/logout', async request => { await request.logins['admin']?.logoutUser() })
  app.post('/admin/renew', async request => { await request.logins['admin']?.renewLogin() })
  app.get('/both', both)
  app.get('/me', { onRequest: [app.loginRequired] }, both)
  app.get('/admin/me', { onRequest: [loginRequired({ login: 'admin' })] }, both)
  return app
}

test('a login at one leaves the other alone, and so does a logout', async t => {
  const app = await createTwoLogins(t)
  const jar = new Jar().take(await app.inject('/login'))
  t.equal((await app.inject({ url: '/both', headers: jar.headers })).body, 'ada nobody')
  jar.take(await app.inject({ url: '/admin/login', headers: jar.headers }))
  t.same([...jar.names].sort(), ['__Host-login', '__Host-login-admin'])
  t.equal((await app.inject({ url: '/both', headers: jar.headers })).body, 'ada root')

  const left = new Jar().take({ headers: { 'set-cookie': [...jar.names].map(name => `${name}=${jar.get(name)}`) } })
  jar.take(await app.inject({ method: 'POST', url: '/logout', headers: jar.headers }))
  t.same(jar.names, ['__Host-login-admin'])
  t.equal((await app.inject({ url: '/both', headers: jar.headers })).body, 'nobody root')
  left.take(await app.inject({ method: 'POST', url: '/admin/logout', headers: left.headers }))
  t.same(left.names, ['__Host-login'])
  t.equal((await app.inject({ url: '/both', headers: jar.headers })).body, 'nobody nobody')
})

test('both may begin and end in one answer', async t => {
  const app = await createTwoLogins(t)
  app.post('/in', async request => {
    await request.loginUser('ada')
    await request.logins['admin']?.loginUser('root')
    return await both(request)
  })
  app.post('/out', async request => {
    await Promise.all([request.logoutUser(), request.logins['admin']?.logoutUser()])
    return await both(request)
  })

  const begun = await app.inject({ method: 'POST', url: '/in' })
  t.equal(begun.body, 'ada root')
  t.equal(begun.headers.vary, 'Cookie')
  const jar = new Jar().take(begun)
  t.equal(jar.names.length, 2)
  const ended = await app.inject({ method: 'POST', url: '/out', headers: jar.headers })
  t.equal(ended.body, 'nobody nobody')
  t.same(jar.take(ended).names, [])
})

test('each guard asks its own realm', async t => {
  const app = await createTwoLogins(t)
  app.get('/member', { onRequest: [app.logins['admin']?.loginRequired ?? []].flat() }, both)
  const [ada, root] = [await signedIn(app, 'ada'), await signedIn(app, 'root', { login: 'admin' })]

  for (const [url, admitted, refused] of [['/me', ada, root], ['/admin/me', root, ada], ['/member', root, ada]] as const) {
    t.equal((await app.inject({ url, ...admitted })).statusCode, 200, url)
    t.equal((await app.inject({ url, ...refused })).statusCode, 401, url)
  }
  t.equal((await app.inject('/admin/me')).headers['www-authenticate'], 'Cookie realm="login admin"')
})

test('a cookie of one is nothing to the other, not even under its name', async t => {
  const app = await createTwoLogins(t)
  const jar = new Jar().take(await app.inject('/login')).take(await app.inject('/admin/login'))
  const [user, admin] = [String(jar.get('__Host-login')), String(jar.get('__Host-login-admin'))]
  const swapped = new Jar().set('__Host-login', admin).set('__Host-login-admin', user)

  t.equal((await app.inject({ url: '/both', headers: swapped.headers })).body, 'nobody nobody')
  for (const url of ['/me', '/admin/me']) t.equal((await app.inject({ url, headers: swapped.headers })).statusCode, 401)
})

test('with either cookie a state-changing request of another site is refused', async t => {
  const app = await createTwoLogins(t)
  app.post('/', new Inside().handler)
  const foreign = { 'sec-fetch-site': 'cross-site' }
  for (const { headers } of [await signedIn(app, 'ada'), await signedIn(app, 'root', { login: 'admin' })]) {
    t.equal((await app.inject({ method: 'POST', url: '/', headers: { ...headers, ...foreign } })).statusCode, 403)
  }
  t.equal((await app.inject({ method: 'POST', url: '/', headers: foreign })).statusCode, 200)
})

test('each has people, rules and ways of its own', async t => {
  const app = await createTwoLogins(t, {
    loadUser: ({ id }) => id === 'root' ? 'the root' : null, basic: { users: { robot: 'r2d2' } }, session: { remember: false }
  })
  app.get('/robot', { onRequest: [loginRequired({ login: 'admin', via: ['basic'] })] }, both)
  const mallory = await signedIn(app, 'mallory', { login: 'admin' })

  t.equal((await app.inject({ url: '/admin/me', ...mallory })).statusCode, 401)
  t.equal((await app.inject({ url: '/me', ...await signedIn(app, 'mallory') })).statusCode, 200)
  t.equal((await app.inject({ url: '/robot', ...withBasic('robot', 'r2d2') })).statusCode, 401, 'loadUser refuses it')
  t.notMatch(setCookiesOf(await app.inject('/admin/login')).join(), 'Max-Age')
  t.throws(() => app.loginRequired({ via: ['basic'] }), { code: 'FST_LOGIN_VIA_UNKNOWN' })
})

test('the verbs throw as the short ones do', async t => {
  const app = await createTwoLogins(t)
  t.match(await app.inject({ method: 'POST', url: '/admin/renew' }), { statusCode: 401 })
  const root = await signedIn(app, 'root', { login: 'admin' })
  t.equal(setCookiesOf(await app.inject({ method: 'POST', url: '/admin/renew', ...root })).length, 1)
})

test('cookies of a named login reach a reply that is hijacked', async t => {
  const app = await createTwoLogins(t)
  app.get('/hijacked', async (request, reply) => {
    await request.loginUser('ada')
    await request.logins['admin']?.loginUser('root')
    await request.commitLogin(reply)
    await request.logins['admin']?.commitLogin(reply)
    reply.hijack()
    reply.raw.end('raw')
  })

  t.equal(setCookiesOf(await ask(app, { path: '/hijacked' })).length, 2)
})

test('each has its own sign-in', async t => {
  const app = await createTwoLogins(t, { ...withProvider, routes: { prefix: '/admin/auth' } })
  app.get('/url', async ({ logins }) => logins['admin']?.loginUrl({ returnTo: '/x' }))
  app.get('/none', async request => request.loginUrl())

  t.match((await app.inject('/url')).body, /^http:\/\/localhost:3000\/admin\/auth\/login\?returnTo=/)
  t.match((await app.inject('/none')).json(), { code: 'FST_LOGIN_NO_PROVIDER' })
  const page = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html' }
  t.match((await app.inject({ url: '/admin/me', headers: page })).headers.location, /\/admin\/auth\/login/)
  t.equal((await app.inject({ url: '/me', headers: page })).statusCode, 401)
})

test('a named login inside the scope of the one without a name works, and the other way round', async t => {
  for (const [outer, inner] of [[undefined, 'admin'], ['admin', undefined]] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    const shared = { secret: secret() }
    const options = (name: string | undefined): AuthOptions => ({ ...shared, ...name === undefined ? {} : { name } })
    await app.register(authPlugin, options(outer))
    let scope: FastifyInstance = app
    await app.register(async inside => {
      scope = inside
      await inside.register(authPlugin, options(inner))
      inside.get('/both', { onRequest: [loginRequired, loginRequired({ login: 'admin' })] }, both)
    })
    app.get('/inner', { onRequest: [loginRequired(inner === undefined ? {} : { login: inner })] }, both)
    const ada = await signedIn(scope, 'ada')
    const root = await signedIn(scope, 'root', { login: 'admin' })

    const cookie = `${ada.headers.cookie}; ${root.headers.cookie}`
    t.equal((await app.inject({ url: '/both', headers: { cookie } })).body, 'ada root')
    for (const one of [ada, root]) t.equal((await app.inject({ url: '/both', ...one })).statusCode, 401)
    t.equal((await app.inject({ url: '/inner', headers: { cookie } })).statusCode, 500, 'outside nobody passes')
  }
})

test('only those that a scope is in can be seen there', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const seen: string[][] = []
  const look = ({ logins }: { logins: object }): void => { seen.push(Object.keys(logins).sort()) }
  await app.register(authPlugin, { secret: secret(), name: 'root' })
  for (const name of ['staff', 'guests']) {
    await app.register(async scope => {
      await scope.register(authPlugin, { secret: secret(), name })
      look(scope)
      scope.get('/', async request => { look(request) })
    }, { prefix: `/${name}` })
  }
  look(app)
  for (const url of ['/staff', '/guests']) await app.inject(url)

  t.same(seen, [['root', 'staff'], ['guests', 'root'], ['root'], ['root', 'staff'], ['guests', 'root']])
})

test('without a named registration there is no "logins", and without the other one there are no short names', async t => {
  const [plain, named] = [Fastify(), Fastify()]
  for (const app of [plain, named]) t.teardown(() => app.close())
  await plain.register(authPlugin, { secret: secret() })
  await named.register(authPlugin, { secret: secret(), name: 'admin' })
  named.get('/', { onRequest: [loginRequired] }, new Inside().handler)

  t.equal(plain.hasDecorator('logins') || plain.hasRequestDecorator('logins'), false)
  t.equal(named.loginRequired, undefined)
  t.equal(named.hasRequestDecorator('currentUser'), false)
  t.match((await named.inject('/')).json(), { code: 'FST_LOGIN_GUARD_UNWIRED' })
})

test('what is claimed but not yet there is not found', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  claimScope(app, 'admin', ['x'])
  t.same(findLogins(app, () => 'found'), {})
})

test('a guard of an instance cannot be turned to another login', async t => {
  const app = await createTwoLogins(t)
  t.throws(() => app.loginRequired({ login: 'admin' }), { code: 'FST_LOGIN_CONFIGURATION', message: /app\.logins\.NAME/ })
  for (const login of ['', 1, null]) t.throws(() => loginRequired({ login: login as string }), { code: 'FST_LOGIN_CONFIGURATION' })
})
