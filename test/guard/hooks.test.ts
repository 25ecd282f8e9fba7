import fastifyCookie from '@fastify/cookie'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { type Test, test } from 'tap'
import { authPlugin } from '../../lib/index.ts'
import { createClock } from '../../lib/testing/index.ts'
import { Jar, setCookiesOf, setCookiesOfName } from '../_jar.ts'
import { type AppOptions, ask, createApp, Log, secret, signedIn } from './_app.ts'

const name = '__Host-login'

/** An application where `GET /who` tells who is signed in. */
async function createDoor (t: Test, options: AppOptions = {}): Promise<FastifyInstance> {
  const app = await createApp(t, options)
  app.get('/who', async ({ currentUser }) => currentUser.isAuthenticated ? currentUser.id : 'nobody')
  return app
}

async function who (app: FastifyInstance, headers: Record<string, string>): Promise<string> {
  return (await app.inject({ url: '/who', headers })).body
}

/** Fulfils when the last hook of so many answers has run. */
function answered (app: FastifyInstance, times = 1): Promise<void> {
  let left = times
  return new Promise(resolve => { app.addHook('onResponse', async () => { if (--left === 0) resolve() }) })
}

/** Breaks an answer after our hook has written it, and lets the error reply through. */
async function breakOnce (_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (reply.statusCode === 200) throw new Error('broken')
}

const verbs: Readonly<Record<string, (request: FastifyRequest) => Promise<void>>> = {
  loginUser: request => request.loginUser('ada'),
  logoutUser: request => request.logoutUser(),
  renewLogin: request => request.renewLogin()
}

test('a login is written once where a later hook throws, and holds on the error reply', async t => {
  const app = await createDoor(t)
  app.get('/login', { onSend: breakOnce }, async request => { await request.loginUser('ada') })

  const response = await app.inject('/login')
  t.equal(response.statusCode, 500)
  t.equal(setCookiesOf(response).length, 1)
  t.equal(await who(app, new Jar().take(response).headers), 'ada')
})

test('cookies of @fastify/cookie are not doubled either where a later hook throws', async t => {
  for (const order of ['before', 'after'] as const) {
    const app = await createApp(t)
    await app.register(async scope => {
      if (order === 'before') await scope.register(fastifyCookie)
      scope.addHook('onSend', breakOnce)
      if (order === 'after') await scope.register(fastifyCookie)
      scope.get('/login', async (request, reply) => {
        reply.setCookie('theme', 'dark')
        await request.loginUser('ada')
      })
    })

    const response = await app.inject('/login')
    t.equal(response.statusCode, 500)
    t.same(setCookiesOf(response).map(line => line.split('=', 1)[0]).sort(), [name, 'theme'], order)
  }
})

test('a login holds where the error reply breaks in a hook as well', async t => {
  const app = await createApp(t)
  app.addHook('onSend', async () => { throw new Error('broken') })
  app.get('/login', async request => { await request.loginUser('ada') })

  const response = await app.inject('/login')
  t.equal(response.statusCode, 500)
  t.equal(setCookiesOf(response).length, 1)
})

test('what was called has happened: a login holds where the handler throws after it', async t => {
  const app = await createDoor(t)
  app.get('/login', async request => {
    await request.loginUser('ada')
    throw new Error('broken')
  })

  const response = await app.inject('/login')
  t.equal(response.statusCode, 500)
  t.equal(await who(app, new Jar().take(response).headers), 'ada')
})

test('what was called has happened: a logout holds where the handler throws after it', async t => {
  const app = await createDoor(t)
  app.get('/logout', async request => {
    await request.logoutUser()
    throw new Error('broken')
  })
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/logout', ...ada })
  t.equal(response.statusCode, 500)
  t.match(setCookiesOfName(response, name), [/^__Host-login=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970/])
  t.equal(await who(app, { ...ada.headers }), 'nobody')
})

test('a login holds in an error handler', async t => {
  const app = await createDoor(t)
  app.setErrorHandler(async (_error, request, reply) => {
    await request.loginUser('guest')
    return reply.code(200).send('welcome')
  })
  app.get('/broken', async () => { throw new Error('broken') })

  t.equal(await who(app, new Jar().take(await app.inject('/broken')).headers), 'guest')
})

type Install = (app: FastifyInstance, login: (request: FastifyRequest) => Promise<void>) => void

const places: Readonly<Record<string, Install>> = {
  'the 404 handler': (app, login) => { app.setNotFoundHandler(login) },
  'an onRequest hook': (app, login) => { app.get('/', { onRequest: login }, async () => 'hello') },
  'a preSerialization hook': (app, login) => { app.get('/', { preSerialization: login }, async () => ({})) }
}

for (const [place, install] of Object.entries(places)) {
  test(`a login holds in ${place}`, async t => {
    const app = await createDoor(t)
    install(app, async request => { await request.loginUser('ada') })

    t.equal(await who(app, new Jar().take(await app.inject('/')).headers), 'ada')
  })
}

test('a login holds in an onSend hook that was there before the plugin', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onSend', async request => { if (request.url === '/') await request.loginUser('ada') })
  await app.register(authPlugin, { secret: secret() })
  app.get('/who', async ({ currentUser }) => currentUser.isAuthenticated ? currentUser.id : 'nobody')
  app.get('/', async () => 'hello')

  t.equal(await who(app, new Jar().take(await app.inject('/')).headers), 'ada')
})

test('a login on HEAD sends its cookie', async t => {
  const app = await createDoor(t)
  app.get('/login', async request => {
    await request.loginUser('ada')
    return 'welcome'
  })

  const response = await app.inject({ method: 'HEAD', url: '/login' })
  t.equal(response.body, '')
  t.equal(await who(app, new Jar().take(response).headers), 'ada')
})

test('a login before a stream sends its cookie ahead of the stream, over a real socket', async t => {
  const app = await createDoor(t)
  app.get('/login', async (request, reply) => {
    await request.loginUser('ada')
    return reply.send(Readable.from(['one ', 'two ', 'three']))
  })

  const answer = await ask(app, { path: '/login' })
  t.equal(answer.body, 'one two three')
  t.equal(await who(app, new Jar().take(answer).headers), 'ada')
})

test('a stream that breaks has sent its cookie before', async t => {
  const app = await createDoor(t)
  app.get('/login', async (request, reply) => {
    await request.loginUser('ada')
    return reply.send(Readable.from((async function * () {
      yield 'one'
      await new Promise(resolve => { setImmediate(resolve) })
      throw new Error('broken')
    })()))
  })

  const answer = await ask(app, { path: '/login' })
  t.equal(answer.body, 'one')
  t.equal(await who(app, new Jar().take(answer).headers), 'ada')
})

for (const [verb, call] of Object.entries(verbs)) {
  for (const isTouched of [true, false]) {
    test(`${verb} throws after the reply has left, where the user was ${isTouched ? '' : 'never '}asked for`, async t => {
      const app = await createApp(t)
      const outcome = new Promise(resolve => {
        app.get('/', async (request, reply) => {
          if (isTouched) t.ok(request.currentUser)
          reply.send('gone')
          resolve(await call(request).catch((error: unknown) => error))
          return reply
        })
      })
      const ada = await signedIn(app, 'ada')

      const response = await app.inject({ url: '/', ...ada })
      t.same(setCookiesOf(response), [])
      t.match(await outcome, { code: 'FST_LOGIN_REPLY_SENT', statusCode: 500 })
    })
  }

  test(`${verb} throws where nobody waits for it and the reply leaves meanwhile`, async t => {
    const app = await createApp(t)
    const outcome = new Promise(resolve => {
      app.get('/', async request => {
        call(request).then(resolve, resolve)
        return 'gone'
      })
    })
    const ada = await signedIn(app, 'ada')

    t.same(setCookiesOf(await app.inject({ url: '/', ...ada })), [])
    t.match(await outcome, { code: 'FST_LOGIN_REPLY_SENT' })
  })
}

test('a login that nobody waits for does not end the session that is, where loadUser answers after the reply has left', async t => {
  let open = (): void => {}
  const gate = new Promise<void>(resolve => { open = resolve })
  const app = await createDoor(t, { loadUser: async ({ id }) => id === 'ada' ? {} : await gate.then(() => ({})) })
  const outcome = new Promise(resolve => {
    app.get('/', async request => {
      request.loginUser('bob').then(resolve, resolve)
      return 'gone'
    })
  })
  const ada = await signedIn(app, 'ada')

  t.equal((await app.inject({ url: '/', ...ada })).body, 'gone')
  open()
  t.match(await outcome, { code: 'FST_LOGIN_REPLY_SENT' })
  t.equal(await who(app, { ...ada.headers }), 'ada')
})

test('loadUser is not asked about a login that comes after the reply has left', async t => {
  let calls = 0
  const app = await createApp(t, { loadUser: () => ({ calls: ++calls }) })
  const outcome = new Promise(resolve => {
    app.get('/', async (request, reply) => {
      reply.send('gone')
      request.loginUser('ada').then(resolve, resolve)
      return reply
    })
  })

  await app.inject('/')
  t.match(await outcome, { code: 'FST_LOGIN_REPLY_SENT' })
  t.equal(calls, 0)
})

test('a login in an onSend hook after ours throws: its cookie could not be written any more', async t => {
  const app = await createApp(t)
  app.addHook('onSend', async request => { await request.loginUser('ada') })
  app.get('/', async () => 'hello')

  const response = await app.inject('/')
  t.equal(response.statusCode, 500)
  t.match(response.json(), { code: 'FST_LOGIN_REPLY_SENT' })
})

test('the user can still be read after the reply has left', async t => {
  const app = await createApp(t)
  const seen = new Promise(resolve => {
    app.addHook('onResponse', async request => { resolve(request.currentUser.isAuthenticated) })
  })
  app.get('/', async () => 'hello')
  const ada = await signedIn(app, 'ada')

  await app.inject({ url: '/', ...ada })
  t.equal(await seen, true)
})

test('a login, a logout and a login in one request leave one cookie, of the last login', async t => {
  const app = await createDoor(t)
  app.get('/login', async request => {
    await request.loginUser('ada')
    await request.logoutUser()
    await request.loginUser('bob')
  })
  const before = await signedIn(app, 'carol')

  const response = await app.inject({ url: '/login', ...before })
  t.equal(setCookiesOf(response).length, 1)
  t.equal(await who(app, new Jar().take(response).headers), 'bob')
  t.equal(await who(app, { ...before.headers }), 'nobody')
})

test('a login and a logout in one request leave nobody signed in', async t => {
  const app = await createDoor(t)
  app.get('/', async request => {
    await request.loginUser('ada')
    await request.logoutUser()
    return request.currentUser
  })
  const before = await signedIn(app, 'carol')

  const response = await app.inject({ url: '/', ...before })
  t.same(response.json(), { isAuthenticated: false })
  t.same(new Jar().take(response).names, [])
  t.equal(await who(app, { ...before.headers }), 'nobody')
})

for (const loadUser of [undefined, async () => ({})]) {
  test(`two logins at once in one request leave one cookie, of the user that the request has then, ${loadUser === undefined ? 'without' : 'with'} loadUser`, async t => {
    const app = await createDoor(t, loadUser === undefined ? {} : { loadUser })
    app.get('/', async request => {
      await Promise.all([request.loginUser('ada'), request.loginUser('bob')])
      return request.currentUser.isAuthenticated ? request.currentUser.id : 'nobody'
    })
    const before = await signedIn(app, 'carol')

    const response = await app.inject({ url: '/', ...before })
    t.equal(setCookiesOf(response).length, 1)
    t.match(response.body, /^(ada|bob)$/)
    t.equal(await who(app, new Jar().take(response).headers), response.body)
    t.equal(await who(app, { ...before.headers }), 'nobody')
  })
}

test('a hijacked reply whose login was committed carries the cookie, and nothing is logged', async t => {
  const log = new Log()
  const app = await createDoor(t, { server: { logger: log.logger } })
  app.get('/login', async (request, reply) => {
    await request.loginUser('ada')
    await request.commitLogin(reply)
    reply.hijack()
    reply.raw.end('hijacked')
  })
  const done = answered(app)

  const answer = await ask(app, { path: '/login' })
  await done
  t.match(answer, { body: 'hijacked', headers: { 'cache-control': 'private, no-store', vary: 'Cookie' } })
  t.equal(await who(app, new Jar().take(answer).headers), 'ada')
  t.same(log.messages, [])
})

test('a hijacked reply keeps the cookies and the headers that it had of its own', async t => {
  const app = await createDoor(t)
  app.get('/login', async (request, reply) => {
    reply.raw.setHeader('set-cookie', ['theme=dark'])
    reply.raw.setHeader('vary', 'Origin')
    await request.loginUser('ada')
    await request.commitLogin(reply)
    await request.commitLogin(reply)
    reply.hijack()
    reply.raw.end()
  })

  const answer = await ask(app, { path: '/login' })
  t.same(new Jar().take(answer).names, ['theme', name])
  t.equal(setCookiesOf(answer).length, 2)
  t.equal(answer.headers.vary, 'Origin, Cookie')
})

test('a reply that was committed and is sent as usual carries the cookie once', async t => {
  const app = await createDoor(t)
  app.get('/login', async (request, reply) => {
    await request.loginUser('ada')
    await request.commitLogin(reply)
    return 'usual'
  })

  const answer = await ask(app, { path: '/login' })
  t.equal(setCookiesOf(answer).length, 1)
  t.equal(await who(app, new Jar().take(answer).headers), 'ada')
})

for (const [verb, call] of Object.entries(verbs)) {
  test(`${verb} throws after commitLogin`, async t => {
    const app = await createApp(t)
    app.get('/', async (request, reply) => {
      await request.commitLogin(reply)
      await call(request)
    })
    const ada = await signedIn(app, 'ada')

    t.match((await app.inject({ url: '/', ...ada })).json(), { code: 'FST_LOGIN_REPLY_SENT' })
  })
}

const lost: Readonly<Record<string, (app: FastifyInstance) => void>> = {
  'a hijacked reply': app => {
    app.get('/', async (request, reply) => {
      await request.loginUser('ada')
      reply.hijack()
      reply.raw.end()
    })
  },
  'reply.raw without hijack': app => {
    app.get('/', async (request, reply) => {
      await request.loginUser('ada')
      reply.raw.end()
      return reply
    })
  },
  'a logout before a hijacked reply': app => {
    app.get('/', async (request, reply) => {
      await request.logoutUser()
      reply.hijack()
      reply.raw.end()
    })
  }
}

for (const [title, install] of Object.entries(lost)) {
  test(`what was not committed and cannot reach the browser is logged as an error: ${title}`, async t => {
    const log = new Log()
    const app = await createDoor(t, { server: { logger: log.logger } })
    install(app)
    const done = answered(app)
    const before = await signedIn(app, 'carol')

    const answer = await ask(app, { path: '/', headers: before.headers })
    await done
    t.same(setCookiesOf(answer), [])
    t.match(log.lines, [{ level: 50, msg: /never reached the browser.*commitLogin\(reply\)/ }])
    t.equal(await who(app, { ...before.headers }), 'nobody', 'the session before is dead all the same')
  })
}

test('a login by a hook in front of ours that cannot reach the browser is logged once, however often it is changed', async t => {
  const log = new Log()
  const app = Fastify({ logger: log.logger })
  t.teardown(() => app.close())
  app.addHook('onRequest', async request => {
    await request.loginUser('ada')
    await request.loginUser('bob')
  })
  await app.register(authPlugin, { secret: secret() })
  app.get('/', async (_request, reply) => {
    reply.hijack()
    reply.raw.end()
  })
  const done = answered(app)
  await ask(app, { path: '/' })
  await done
  t.match(log.lines, [{ level: 50, msg: /never reached the browser/ }])
  t.equal(log.lines.length, 1)
})

test('a browser that goes away before its answer is no hijacked reply', async t => {
  const log = new Log()
  const app = await createApp(t, { publicUrl: 'http://localhost:3000', server: { logger: log.logger } })
  app.get('/', async (request, reply) => {
    await request.loginUser('ada')
    const closed = once(reply.raw, 'close')
    browser.destroy()
    await closed
    await new Promise(resolve => { setImmediate(resolve) })
    return 'late'
  })
  const written = new Promise<void>(resolve => { app.addHook('onSend', async () => { resolve() }) })
  const address = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const browser = connect(Number(address.port), address.hostname)
  browser.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')

  await written
  t.same(log.messages, [])
})

test('a hijacked reply that changed nothing is not logged', async t => {
  const log = new Log()
  const app = await createApp(t, { server: { logger: log.logger } })
  app.get('/', { onRequest: [app.loginRequired] }, async (request, reply) => {
    t.ok(request.currentUser.isAuthenticated)
    reply.hijack()
    reply.raw.end('events')
  })
  app.get('/public', async (_request, reply) => {
    reply.hijack()
    reply.raw.end('events')
  })
  const done = answered(app, 2)
  const ada = await signedIn(app, 'ada')

  for (const path of ['/', '/public']) t.equal((await ask(app, { path, headers: ada.headers })).body, 'events')
  await done
  t.same(log.messages, [])
})

test('a session that is due is prolonged once where a later hook throws', async t => {
  const clock = createClock()
  const app = await createDoor(t, { now: clock.now })
  app.addHook('onSend', breakOnce)
  const ada = await signedIn(app, 'ada')
  clock.advance(86_400 / 2)

  const response = await app.inject({ url: '/who', ...ada })
  t.equal(response.statusCode, 500)
  t.equal(setCookiesOf(response).length, 1)
})

test('a session that cannot be prolonged stays as it is, the answer leaves, and it is logged', async t => {
  const log = new Log()
  const clock = createClock()
  let isBroken = false
  function now (): number {
    if (isBroken) throw new Error('broken')
    return clock.now()
  }
  const app = await createApp(t, { now, server: { logger: log.logger } })
  app.get('/', async ({ currentUser }) => {
    isBroken = true
    return currentUser
  })
  const ada = await signedIn(app, 'ada')
  clock.advance(5000)

  const response = await app.inject({ url: '/', ...ada })
  t.match(response.json(), { id: 'ada' })
  t.same(setCookiesOf(response), [])
  t.match(log.lines, [{ level: 50, msg: /could not be prolonged/ }])
})
