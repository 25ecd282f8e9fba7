import Fastify, { type FastifyRequest } from 'fastify'
import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { test } from 'tap'
import { authPlugin, type AuthOptions } from '../../lib/index.ts'
import { setCookiesOf } from '../_jar.ts'
import { type AppOptions, createApp, Inside, secret, signedIn } from './_app.ts'

const ours = 'https://app.example'
const evil = 'https://evil.example'
const friend = 'https://friend.example'

interface Row {
  readonly title: string
  readonly headers: Readonly<Record<string, string>>
  readonly options?: AppOptions
  readonly passes: boolean
}

const withUrl = { publicUrl: `${ours}/below` }
const withFriend = { ...withUrl, allowedOrigins: [friend] }

const rows: readonly Row[] = [
  { title: 'neither header: it comes from no browser', headers: {}, passes: true },
  { title: 'same-origin', headers: { 'sec-fetch-site': 'same-origin' }, passes: true },
  { title: 'none: the person began it', headers: { 'sec-fetch-site': 'none' }, passes: true },
  { title: 'same-site', headers: { 'sec-fetch-site': 'same-site' }, passes: false },
  { title: 'cross-site', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
  { title: 'a value that nobody knows', headers: { 'sec-fetch-site': 'own' }, passes: false },
  { title: 'no value', headers: { 'sec-fetch-site': '' }, passes: false },
  { title: 'two values', headers: { 'sec-fetch-site': 'same-origin, cross-site' }, passes: false },

  { title: 'same-origin and our origin', headers: { 'sec-fetch-site': 'same-origin', origin: ours }, options: withUrl, passes: true },
  { title: 'cross-site and our origin: Sec-Fetch-Site decides', headers: { 'sec-fetch-site': 'cross-site', origin: ours }, options: withUrl, passes: false },
  { title: 'same-site and our origin: Sec-Fetch-Site decides', headers: { 'sec-fetch-site': 'same-site', origin: ours }, options: withUrl, passes: false },
  { title: 'cross-site and Origin null', headers: { 'sec-fetch-site': 'cross-site', origin: 'null' }, passes: false },
  { title: 'same-origin and Origin null: a form on a page without referrer', headers: { 'sec-fetch-site': 'same-origin', origin: 'null' }, passes: true },
  { title: 'cross-site and an allowed origin', headers: { 'sec-fetch-site': 'cross-site', origin: friend }, options: withFriend, passes: true },
  { title: 'same-site and an allowed origin', headers: { 'sec-fetch-site': 'same-site', origin: friend }, options: withFriend, passes: true },
  { title: 'cross-site and an origin beside the allowed one', headers: { 'sec-fetch-site': 'cross-site', origin: evil }, options: withFriend, passes: false },

  { title: 'the origin of publicUrl', headers: { origin: ours }, options: withUrl, passes: true },
  { title: 'the origin of publicUrl, whatever the Host is', headers: { origin: ours, host: 'localhost:3000' }, options: withUrl, passes: true },
  { title: 'the origin of the Host, but not of publicUrl', headers: { origin: evil, host: 'evil.example' }, options: withUrl, passes: false },
  { title: 'publicUrl with another scheme', headers: { origin: 'http://app.example' }, options: withUrl, passes: false },
  { title: 'publicUrl with another port', headers: { origin: `${ours}:8443` }, options: withUrl, passes: false },
  { title: 'an origin that begins as publicUrl does', headers: { origin: `${ours}.evil.example` }, options: withUrl, passes: false },
  { title: 'a foreign origin', headers: { origin: evil }, options: withUrl, passes: false },
  { title: 'Origin null', headers: { origin: 'null' }, options: withUrl, passes: false },
  { title: 'an allowed origin', headers: { origin: friend }, options: withFriend, passes: true },
  { title: 'an origin that begins as an allowed one does', headers: { origin: `${friend}.evil.example` }, options: withFriend, passes: false },
  { title: 'Origin null beside allowed ones', headers: { origin: 'null' }, options: withFriend, passes: false },

  { title: 'the origin of the Host, without publicUrl', headers: { origin: 'https://app.example', host: 'app.example' }, passes: true },
  { title: 'the origin of the Host over http, without publicUrl', headers: { origin: 'http://app.example:81', host: 'app.example:81' }, passes: true },
  { title: 'a foreign origin, without publicUrl', headers: { origin: evil, host: 'app.example' }, passes: false },
  { title: 'another port than the Host has, without publicUrl', headers: { origin: 'http://app.example:81', host: 'app.example' }, passes: false },
  { title: 'another scheme than http, without publicUrl', headers: { origin: 'ftp://app.example', host: 'app.example' }, passes: false },
  { title: 'Origin null, without publicUrl', headers: { origin: 'null', host: 'null' }, passes: false },
  { title: 'a forwarded host is nobody\'s word', headers: { origin: evil, host: 'app.example', 'x-forwarded-host': 'evil.example' }, options: { server: { trustProxy: true } }, passes: false }
]

for (const { title, headers, options = {}, passes } of rows) {
  test(`with our cookie a POST ${passes ? 'passes' : 'is refused'} with ${title}`, async t => {
    const app = await createApp(t, options)
    const inside = new Inside()
    app.post('/', inside.handler)
    const ada = await signedIn(app, 'ada')

    const response = await app.inject({ method: 'POST', url: '/', headers: { ...ada.headers, ...headers } })
    t.equal(response.statusCode, passes ? 200 : 403)
    if (!passes) t.match(response.json(), { code: 'FST_LOGIN_CROSS_SITE' })
    t.equal(inside.runs, passes ? 1 : 0)
  })
}

const foreign = { 'sec-fetch-site': 'cross-site', origin: evil }

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'] as const) {
  test(`with our cookie a foreign ${method} is refused`, async t => {
    const app = await createApp(t)
    const inside = new Inside()
    app.addHttpMethod('PROPFIND')
    app.all('/', inside.handler)
    const ada = await signedIn(app, 'ada')

    // light-my-request takes every method, but its types know the usual ones only.
    const response = await app.inject({ method: method as 'POST', url: '/', headers: { ...ada.headers, ...foreign } })
    t.equal(response.statusCode, 403)
    t.equal(inside.runs, 0)
  })
}

for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
  test(`with our cookie a foreign ${method} passes: it changes nothing`, async t => {
    const app = await createApp(t)
    app.all('/', new Inside().handler)
    const ada = await signedIn(app, 'ada')

    t.equal((await app.inject({ method, url: '/', headers: { ...ada.headers, ...foreign } })).statusCode, 200)
  })
}

const cookies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'without a cookie': {},
  'with another cookie': { cookie: 'a=b' },
  'with the binding cookie of a sign-in only': { cookie: '__Host-login-binding=abc' }
}

for (const [title, headers] of Object.entries(cookies)) {
  test(`${title} nothing is demanded of a foreign POST`, async t => {
    const app = await createApp(t)
    app.post('/', new Inside().handler)

    t.equal((await app.inject({ method: 'POST', url: '/', headers: { ...headers, ...foreign } })).statusCode, 200)
  })
}

test('our cookie among others is enough to demand the proof, also where it is worth nothing', async t => {
  const app = await createApp(t)
  app.post('/', new Inside().handler)
  const headers = { ...foreign, cookie: 'a=b; __Host-login=nonsense; c=d' }

  t.equal((await app.inject({ method: 'POST', url: '/', headers })).statusCode, 403)
})

test('a route that says auth: false takes a foreign POST with our cookie', async t => {
  const app = await createApp(t)
  app.post('/webhook', { config: { auth: false } }, new Inside().handler)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ method: 'POST', url: '/webhook', headers: { ...ada.headers, ...foreign } })).statusCode, 200)
})

const verbs: Readonly<Record<string, (request: FastifyRequest) => Promise<void>>> = {
  loginUser: request => request.loginUser('bob'),
  logoutUser: request => request.logoutUser(),
  renewLogin: request => request.renewLogin()
}

for (const [verb, call] of Object.entries(verbs)) {
  test(`${verb} refuses a foreign POST, whatever the route and the cookie say, and nothing has changed`, async t => {
    const app = await createApp(t)
    app.post('/', { config: { auth: false } }, async request => { await call(request) })
    app.get('/', { onRequest: [app.loginRequired] }, async ({ currentUser }) => currentUser)
    const ada = await signedIn(app, 'ada')

    for (const headers of [{}, ada.headers]) {
      const response = await app.inject({ method: 'POST', url: '/', headers: { ...headers, ...foreign } })
      t.equal(response.statusCode, 403)
      t.match(response.json(), { code: 'FST_LOGIN_CROSS_SITE' })
      t.same(setCookiesOf(response), [])
    }
    t.match((await app.inject({ url: '/', ...ada })).json(), { id: 'ada' })
  })
}

test('a foreign POST with our cookie is refused before its body is parsed and before anybody is looked up', async t => {
  let calls = 0
  const app = await createApp(t, { loadUser: () => { calls++ } })
  app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => {
    calls++
    done(null, body)
  })
  app.post('/', new Inside().handler)
  const ada = await signedIn(app, 'ada')
  const headers = { ...ada.headers, ...foreign, 'content-type': 'text/csv' }

  t.equal((await app.inject({ method: 'POST', url: '/', headers, payload: 'a,b' })).statusCode, 403)
  t.equal(calls, 0)
})

test('the refusal of a foreign POST depends on the cookie, and says so to caches', async t => {
  const app = await createApp(t)
  app.post('/', new Inside().handler)
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ method: 'POST', url: '/', headers: { ...ada.headers, ...foreign } })
  t.match(response, { statusCode: 403, headers: { 'cache-control': 'private, no-store', vary: 'Cookie' } })
})

test('a foreign POST with our cookie to an address that is not there is refused too', async t => {
  const app = await createApp(t)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ method: 'POST', url: '/nowhere', headers: { ...ada.headers, ...foreign } })).statusCode, 403)
})

test('a foreign POST cannot sign anybody out', async t => {
  const app = await createApp(t)
  app.post('/logout', async request => { await request.logoutUser() })
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ method: 'POST', url: '/logout', headers: { ...ada.headers, ...foreign } })).statusCode, 403)
  t.equal((await app.inject({ url: '/', ...ada })).statusCode, 200)
})

test('allowedOrigins cannot be given Origin null', async t => {
  await t.rejects(createApp(t, { allowedOrigins: ['null'] }), { code: 'FST_LOGIN_CONFIGURATION', message: /allowedOrigins/ })
})

for (const [title, isOurs] of [['our own', true], ['a foreign', false]] as const) {
  test(`over HTTP/2, which has no Host header, ${title} origin ${isOurs ? 'passes' : 'is refused'} without publicUrl`, async t => {
    const app = Fastify({ http2: true })
    t.teardown(() => app.close())
    const options: AuthOptions = { secret: secret() }
    await app.register(authPlugin, options)
    app.get('/login', async request => { await request.loginUser('ada') })
    app.post('/', new Inside().handler)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const client = http2.connect(`http://127.0.0.1:${port}`)
    t.teardown(() => { client.destroy() })

    async function send (headers: http2.OutgoingHttpHeaders): Promise<http2.IncomingHttpHeaders> {
      const stream = client.request(headers)
      stream.resume().end()
      const [answer] = await once(stream, 'response') as [http2.IncomingHttpHeaders]
      return answer
    }

    const login = await send({ ':path': '/login' })
    const cookie = String(login['set-cookie']).split(';', 1)[0]
    const origin = isOurs ? `http://127.0.0.1:${port}` : evil
    const answer = await send({ ':method': 'POST', ':path': '/', cookie, origin })
    t.equal(answer[':status'], isOurs ? 200 : 403)
  })
}
