import fastifyWebsocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Test, test } from 'tap'
import { authPlugin, type AuthOptions, loginRequired } from '../lib/index.ts'
import { signedIn } from '../lib/testing/index.ts'
import { secret } from './_app.ts'
import { setCookiesOf } from './_jar.ts'
import { Log, navigation, withProvider } from './guard/_app.ts'

interface SocketOptions extends Partial<AuthOptions> {
  readonly order?: 'before' | 'after'
  readonly log?: Log
}

/** An application with WebSockets, registered before or after this plugin. */
async function createSocketApp (t: Test, { order = 'before', log, ...options }: SocketOptions = {}): Promise<FastifyInstance> {
  const app = Fastify(log === undefined ? {} : { logger: log.logger })
  t.teardown(() => app.close())
  if (order === 'before') await app.register(fastifyWebsocket)
  await app.register(authPlugin, { secret: secret(), ...options })
  if (order === 'after') await app.register(fastifyWebsocket)
  return app
}

interface Handshake {
  readonly statusCode: number | undefined
  readonly headers: IncomingMessage['headers']
  /** The first frame that the server sent, where it sent one. */
  readonly text: string
}

/** Knocks with an upgrade request over a real socket. */
async function knock (
  t: Test, app: FastifyInstance, path: string, headers: Readonly<Record<string, string>> = {}
): Promise<Handshake> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const request = http.request({
    host: '127.0.0.1',
    port,
    path,
    headers: {
      connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...headers
    }
  })
  // After an upgrade the socket is no longer the request's to close.
  t.teardown(() => { request.destroy().socket?.destroy() })
  request.end()
  return await new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', ({ statusCode, headers }) => { resolve({ statusCode, headers, text: '' }) })
    request.on('upgrade', ({ statusCode, headers }, socket, head) => {
      // A short unmasked text frame: its second byte is its length (RFC 6455, section 5.2).
      const textOf = (frame: Buffer): string => frame.subarray(2, 2 + Number(frame[1])).toString()
      const frame = head.length > 0 ? Promise.resolve([head]) : once(socket, 'data')
      frame.then(([data]) => { resolve({ statusCode, headers, text: textOf(data as Buffer) }) }, reject)
    })
  })
}

const idOf = ({ currentUser }: FastifyRequest): string => currentUser.isAuthenticated ? currentUser.id : 'nobody'

for (const order of ['before', 'after'] as const) {
  for (const position of ['onRequest', 'preValidation', 'preHandler'] as const) {
    test(`a guard in ${position} refuses a stranger before the upgrade, with @fastify/websocket registered ${order}`, async t => {
      const app = await createSocketApp(t, { order })
      let opened = 0
      await app.register(async scope => {
        scope.get('/', { websocket: true, [position]: [scope.loginRequired] }, (socket, request) => {
          opened++
          socket.send(idOf(request))
        })
      })
      const ada = await signedIn(app, 'ada')

      const refused = await knock(t, app, '/')
      t.equal(refused.statusCode, 401)
      t.equal(refused.headers['www-authenticate'], 'Cookie realm="login"')
      t.equal(opened, 0)

      const accepted = await knock(t, app, '/', ada.headers)
      t.equal(accepted.statusCode, 101)
      t.equal(accepted.text, 'ada')
      t.equal(opened, 1)
    })
  }
}

test('a guard of the scope covers sockets and pages alike', async t => {
  const app = await createSocketApp(t)
  app.addHook('onRequest', loginRequired)
  app.get('/', { websocket: true }, socket => { socket.send('open') })

  t.equal((await knock(t, app, '/')).statusCode, 401)
  t.equal((await knock(t, app, '/nowhere')).statusCode, 401)
})

test('a socket that nobody guards knows who opened it', async t => {
  const app = await createSocketApp(t)
  app.get('/', { websocket: true }, (socket, request) => { socket.send(idOf(request)) })
  const ada = await signedIn(app, 'ada')

  t.equal((await knock(t, app, '/')).text, 'nobody')
  t.equal((await knock(t, app, '/', ada.headers)).text, 'ada')
})

test('a socket that was opened with a dead session belongs to nobody', async t => {
  const app = await createSocketApp(t)
  app.get('/', { websocket: true }, (socket, request) => { socket.send(idOf(request)) })
  app.post('/logout', async request => { await request.logoutUser() })
  const ada = await signedIn(app, 'ada')
  await app.inject({ method: 'POST', url: '/logout', ...ada })

  t.equal((await knock(t, app, '/', ada.headers)).text, 'nobody')
})

test("with 'auto' a socket is refused and not redirected", async t => {
  const app = await createSocketApp(t, withProvider)
  app.get('/', { websocket: true, onRequest: [app.loginRequired] }, socket => { socket.send('open') })

  const headers = { ...navigation, 'sec-fetch-mode': 'websocket', 'sec-fetch-dest': 'websocket' }
  t.equal((await knock(t, app, '/', headers)).statusCode, 401)
})

test('a stale login opens no socket that wants a fresh one', async t => {
  const app = await createSocketApp(t)
  app.get('/', { websocket: true, onRequest: [app.loginRequired({ fresh: true })] }, socket => { socket.send('open') })
  const ada = await signedIn(app, 'ada', { fresh: false })

  t.match(await knock(t, app, '/', ada.headers), { statusCode: 401, headers: { 'www-authenticate': /insufficient_user_authentication/ } })
})

const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }

test('a foreign page opens no socket in the name of our cookie: what is said on it could change anything', async t => {
  const app = await createSocketApp(t, { allowedOrigins: ['https://friend.example'] })
  let opened = 0
  app.get('/', { websocket: true }, (socket, request) => {
    opened++
    socket.send(idOf(request))
  })
  const ada = await signedIn(app, 'ada')

  for (const headers of [foreign, { origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'same-site' }]) {
    t.equal((await knock(t, app, '/', { ...ada.headers, ...headers })).statusCode, 403, JSON.stringify(headers))
  }
  t.equal(opened, 0)
  for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { ...foreign, origin: 'https://friend.example' }, {}]) {
    t.equal((await knock(t, app, '/', { ...ada.headers, ...headers })).text, 'ada', JSON.stringify(headers))
  }
})

test('a foreign page without our cookie opens a socket that belongs to nobody', async t => {
  const app = await createSocketApp(t)
  app.get('/', { websocket: true }, (socket, request) => { socket.send(idOf(request)) })

  t.equal((await knock(t, app, '/', foreign)).text, 'nobody')
})

const verbs: Readonly<Record<string, (request: FastifyRequest) => Promise<void>>> = {
  loginUser: request => request.loginUser('bob'),
  logoutUser: request => request.logoutUser(),
  renewLogin: request => request.renewLogin()
}

for (const [verb, call] of Object.entries(verbs)) {
  test(`${verb} throws in a WebSocket handler: its cookie could not reach the browser`, async t => {
    const app = await createSocketApp(t)
    app.get('/', { websocket: true }, async (socket, request) => {
      const outcome: unknown = await call(request).catch((error: unknown) => error)
      socket.send((outcome as { code: string }).code)
    })
    app.get('/who', async request => idOf(request))
    const ada = await signedIn(app, 'ada')

    t.equal((await knock(t, app, '/', ada.headers)).text, 'FST_LOGIN_REPLY_SENT')
    t.equal((await app.inject({ url: '/who', ...ada })).body, 'ada', 'and nothing has changed')
  })

  test(`${verb} throws in a hook of a WebSocket route`, async t => {
    const app = await createSocketApp(t)
    app.get('/', { websocket: true, preHandler: async request => { await call(request) } }, socket => { socket.send('open') })
    const ada = await signedIn(app, 'ada')

    const { statusCode, headers } = await knock(t, app, '/', ada.headers)
    t.equal(statusCode, 500)
    t.same(setCookiesOf({ headers }), [])
  })
}

test('loginUser works on a page of an application that has sockets', async t => {
  const app = await createSocketApp(t)
  app.get('/login', async request => { await request.loginUser('ada') })

  t.equal(setCookiesOf(await app.inject('/login')).length, 1)
})

test('a socket that loadUser does not accept belongs to nobody, and no lost cookie is reported', async t => {
  const log = new Log()
  const app = await createSocketApp(t, { log, loadUser: () => null })
  app.get('/', { websocket: true }, (socket, request) => { socket.send(idOf(request)) })
  const ada = await signedIn(app, 'ada')

  t.equal((await knock(t, app, '/', ada.headers)).text, 'nobody')
  t.same(log.messages, [])
})

test('a guard that refuses a socket because of loadUser takes the cookie out of the browser', async t => {
  const app = await createSocketApp(t, { loadUser: () => null })
  app.get('/', { websocket: true, onRequest: [app.loginRequired] }, socket => { socket.send('open') })
  const ada = await signedIn(app, 'ada')

  const { statusCode, headers } = await knock(t, app, '/', ada.headers)
  t.equal(statusCode, 401)
  t.match(setCookiesOf({ headers }), [/^__Host-login=; Max-Age=0;/])
})

const robot = { authorization: `Basic ${Buffer.from('robot:r2d2').toString('base64')}` }

test('basic credentials and keys open sockets whose guards take them, and no others', async t => {
  const app = await createSocketApp(t, {
    basic: { users: { robot: 'r2d2' } },
    authenticators: [{ name: 'api-key', authenticate: ({ headers }) => headers['x-api-key'] === 'k1' ? 'drone' : undefined }]
  })
  const paths = { '/basic': ['basic'], '/key': ['api-key'], '/cookie': ['cookie'] }
  for (const [path, via] of Object.entries(paths)) {
    const onRequest = [app.loginRequired({ via })]
    app.get(path, { websocket: true, onRequest }, (socket, request) => { socket.send(idOf(request)) })
  }
  const ada = await signedIn(app, 'ada')
  const headers = { ...robot, ...ada.headers, 'x-api-key': 'k1' }

  for (const [path, id] of [['/basic', 'robot'], ['/key', 'drone'], ['/cookie', 'ada']] as const) {
    t.match(await knock(t, app, path, headers), { statusCode: 101, text: id })
    t.equal((await knock(t, app, path)).statusCode, 401)
  }
  const wrong = await knock(t, app, '/basic', { ...headers, authorization: 'Basic nonsense' })
  t.match(wrong, { statusCode: 401, headers: { 'www-authenticate': 'Basic realm="login", charset="UTF-8"' } })
})

test('a foreign page opens no socket with credentials that the browser sends along', async t => {
  const app = await createSocketApp(t, { basic: { users: { robot: 'r2d2' } } })
  app.get('/', { websocket: true, onRequest: [app.loginRequired({ via: ['basic'] })] }, socket => { socket.send('open') })

  t.equal((await knock(t, app, '/', { ...robot, ...foreign })).statusCode, 403)
  t.equal((await knock(t, app, '/', { ...robot, 'sec-fetch-site': 'same-origin' })).text, 'open')
})
