import { test } from 'tap'
import { AuthUser, type Evidence, loginRequired, type LoginRequirements } from '../../lib/index.ts'
import { withBasic } from './_caller.ts'
import { createApp, Inside, navigation, signedIn, withProvider } from './_app.ts'

const ada = withBasic('ada', 'lovelace')
const basic = { users: { ada: 'lovelace' } }

test('basic credentials are taken only where the guard says so', async t => {
  const app = await createApp(t, { basic })
  const inside = new Inside()
  app.get('/plain', { onRequest: [app.loginRequired] }, inside.handler)
  app.get('/made', { onRequest: [loginRequired({ fresh: true })] }, inside.handler)
  app.get('/cookie', { onRequest: [app.loginRequired({ via: ['cookie'] })] }, inside.handler)

  for (const url of ['/plain', '/made', '/cookie']) t.equal((await app.inject({ url, ...ada })).statusCode, 401, url)
  t.equal(inside.runs, 0)
})

test('a cookie is not taken where the guard names other evidence', async t => {
  const app = await createApp(t, { basic })
  const inside = new Inside()
  app.get('/', { onRequest: [app.loginRequired({ via: ['basic'] })] }, inside.handler)

  t.equal((await app.inject({ url: '/', ...await signedIn(app, 'ada') })).statusCode, 401)
  t.equal(inside.runs, 0)
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200)
})

test('a guard that names evidence which no option gives is refused when it is made', async t => {
  const app = await createApp(t)
  const withUsers = await createApp(t, { basic })

  t.throws(() => app.loginRequired({ via: ['basic'] }), { code: 'FST_LOGIN_VIA_UNKNOWN', message: /"basic".*cookie/ })
  t.throws(() => withUsers.loginRequired({ via: ['cookie', 'api-key'] }), { code: 'FST_LOGIN_VIA_UNKNOWN', message: /"api-key"/ })
  t.doesNotThrow(() => app.loginRequired({ via: ['cookie'] }))
})

test('the export, which knows no options when it is made, lets nobody pass then', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.get('/', { onRequest: [loginRequired({ via: ['cookie', 'basic'] })] }, inside.handler)

  for (const { headers } of [{ headers: {} }, ada, await signedIn(app, 'ada')]) {
    const response = await app.inject({ url: '/', headers })
    t.equal(response.statusCode, 500)
    t.match(response.json(), { code: 'FST_LOGIN_VIA_UNKNOWN' })
  }
  t.equal(inside.runs, 0)
})

test('the option names evidence in a list that is not empty', async t => {
  const guardOf = (via: unknown): unknown => loginRequired({ via } as LoginRequirements)
  for (const via of [[], 'basic', null, [1], [''], {}]) t.throws(() => guardOf(via), { code: 'FST_LOGIN_CONFIGURATION' })
})

test('a list that is changed afterwards changes nothing', async t => {
  const app = await createApp(t, { basic })
  const via: Evidence[] = ['cookie']
  app.get('/', { onRequest: [app.loginRequired({ via })] }, new Inside().handler)
  via.push('basic')

  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 401)
})

test('of several guards each has to take what the request came by', async t => {
  const app = await createApp(t, { basic })
  const inside = new Inside()
  const [plain, either, alone] = [undefined, ['cookie', 'basic'], ['basic']]
    .map(via => app.loginRequired(via === undefined ? {} : { via })) as [never, never, never]
  app.get('/either-plain', { onRequest: [either, plain] }, inside.handler)
  app.get('/either-cookie', { onRequest: [either], preHandler: [app.loginRequired({ via: ['cookie'] })] }, inside.handler)
  app.get('/either-alone', { onRequest: [either, alone] }, async request => request.currentUser)
  const bob = await signedIn(app, 'bob')
  const both = { headers: { ...ada.headers, ...bob.headers } }

  for (const url of ['/either-plain', '/either-cookie']) {
    t.equal((await app.inject({ url, ...both })).statusCode, 401, `${url}: the header has decided`)
    t.equal((await app.inject({ url, ...bob })).statusCode, 200, url)
  }
  t.equal((await app.inject({ url: '/either-alone', ...bob })).statusCode, 401)
  t.equal((await app.inject({ url: '/either-alone', ...both })).json().id, 'ada')
  t.equal(inside.runs, 2)
})

test('whose scopes are not enough hears it in the scheme that they came by, and is offered no sign-in', async t => {
  const app = await createApp(t, {
    ...withProvider, basic, authenticators: [{ name: 'key', authenticate: () => new AuthUser('robot', { scopes: ['mail.read'] }) }]
  })
  for (const via of ['key', 'basic']) {
    app.get(`/${via}`, { onRequest: [app.loginRequired({ via: [via], scopes: ['mail'] })] }, new Inside().handler)
  }
  const lacking = 'realm="http://localhost:3000"'

  for (const headers of [{}, navigation]) {
    t.match(await app.inject({ url: '/key', headers }), {
      statusCode: 403,
      headers: { location: undefined, 'www-authenticate': `key ${lacking}, error="insufficient_scope", scope="mail"` }
    })
  }
  t.equal((await app.inject({ url: '/basic', ...ada })).headers['www-authenticate'],
    `Basic ${lacking}, charset="UTF-8", error="insufficient_scope", scope="mail"`)
})
