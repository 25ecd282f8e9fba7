import { Readable } from 'node:stream'
import { test } from 'tap'
import { type OnUnauthorized, Unauthorized } from '../../lib/index.ts'
import { createApp, Inside, Log, navigation, readReturnPath, secret, signedIn, withProvider } from './_app.ts'

interface Answering {
  readonly title: string
  readonly onUnauthorized: OnUnauthorized
  readonly statusCode: number
  readonly body?: string | RegExp
  readonly location?: string
}

async function * slowly (...parts: readonly string[]): AsyncGenerator<string> {
  for (const part of parts) {
    await new Promise(resolve => { setImmediate(resolve) })
    yield part
  }
}

const refused = /FST_LOGIN_UNAUTHORIZED/

const answers: readonly Answering[] = [
  { title: 'what it returns is sent', onUnauthorized: () => ({ sign: 'in' }), statusCode: 200, body: '{"sign":"in"}' },
  {
    title: 'what it returns is sent with the status that it set',
    onUnauthorized: (_request, reply) => {
      reply.code(403)
      return 'Sign in!'
    },
    statusCode: 403,
    body: 'Sign in!'
  },
  { title: 'what it promises is sent', onUnauthorized: async () => 'later', statusCode: 200, body: 'later' },
  { title: 'a stream that it returns is sent', onUnauthorized: () => Readable.from(['Sign', ' in']), statusCode: 200, body: 'Sign in' },
  { title: 'it may send and return the reply', onUnauthorized: (_request, reply) => reply.redirect('/login'), statusCode: 302, location: '/login' },
  { title: 'it may send and promise the reply', onUnauthorized: async (_request, reply) => reply.redirect('/login', 303), statusCode: 303, location: '/login' },
  { title: 'it may send and return nothing', onUnauthorized: (_request, reply) => { reply.redirect('/login') }, statusCode: 302, location: '/login' },
  { title: 'it may send and promise nothing', onUnauthorized: async (_request, reply) => { reply.code(401).send('no') }, statusCode: 401, body: 'no' },
  {
    title: 'it may send later and promise nothing',
    onUnauthorized: async (_request, reply) => {
      await new Promise(resolve => { setImmediate(resolve) })
      reply.code(402).send('pay')
    },
    statusCode: 402,
    body: 'pay'
  },
  {
    title: 'it may take the reply over',
    onUnauthorized: (_request, reply) => {
      reply.hijack()
      reply.raw.end('hijacked')
    },
    statusCode: 200,
    body: 'hijacked'
  },
  { title: 'where it does nothing, the stranger is refused', onUnauthorized: () => undefined, statusCode: 401, body: refused },
  { title: 'where it does nothing and takes its time, the stranger is refused', onUnauthorized: async () => undefined, statusCode: 401, body: refused },
  { title: 'where it only sets a status, the stranger is refused', onUnauthorized: (_request, reply) => { reply.code(200) }, statusCode: 401, body: refused },
  { title: 'what it throws is the answer', onUnauthorized: () => { throw Object.assign(new Error('teapot'), { statusCode: 418 }) }, statusCode: 418, body: /teapot/ },
  { title: 'the error that it is given may be thrown', onUnauthorized: async (_request, _reply, error) => { throw error }, statusCode: 401, body: refused },
  { title: 'the error that it is given may be returned', onUnauthorized: (_request, _reply, error) => error, statusCode: 401, body: refused },
  {
    title: 'where it returns what cannot be sent, the stranger is refused',
    onUnauthorized: (_request, reply) => {
      reply.type('text/plain')
      return { not: 'a text' }
    },
    statusCode: 500
  },
  {
    title: 'where it returns what cannot be written, the stranger is refused',
    onUnauthorized: () => ({ get secret (): never { throw new Error('unreadable') } }),
    statusCode: 500
  },
  {
    title: 'a stream that it began to send is sent to its end',
    onUnauthorized: (_request, reply) => { reply.send(Readable.from(slowly('Sign ', 'in ', 'first'))) },
    statusCode: 200,
    body: 'Sign in first'
  },
  {
    title: 'where a login in it is all that it does, the stranger is still refused',
    onUnauthorized: async request => { await request.loginUser('guest') },
    statusCode: 401,
    body: refused
  }
]

for (const { title, onUnauthorized, statusCode, body, location } of answers) {
  for (const position of ['onRequest', 'preHandler'] as const) {
    test(`a function answers a stranger in ${position}: ${title}`, async t => {
      const app = await createApp(t, { onUnauthorized })
      const inside = new Inside()
      app.get('/', { [position]: [app.loginRequired] }, inside.handler)
      const ada = await signedIn(app, 'ada')

      const response = await app.inject('/')
      t.equal(response.statusCode, statusCode)
      if (body !== undefined) t.match(response.body, body)
      t.equal(response.headers.location, location)
      t.equal(inside.runs, 0)
      t.equal((await app.inject({ url: '/', ...ada })).body, 'inside')
    })
  }
}

test('the function is given the request, the reply and the error', async t => {
  const app = await createApp(t, {
    ...withProvider,
    onUnauthorized: (request, reply, error) => {
      t.ok(error instanceof Unauthorized)
      t.equal(request.url, '/mail')
      t.match(error.loginUrl, /^http:\/\/localhost:3000\/auth\/login\?returnTo=/)
      return reply.redirect(String(error.loginUrl))
    }
  })
  app.get('/mail', { onRequest: [app.loginRequired] }, new Inside().handler)

  t.equal((await app.inject({ url: '/mail', headers: navigation })).statusCode, 302)
})

test('a function is asked about a person whose login is stale, and told so by the code', async t => {
  const app = await createApp(t, { onUnauthorized: (_request, _reply, { code }) => ({ code }) })
  app.get('/', { onRequest: [app.loginRequired({ fresh: true })] }, new Inside().handler)
  const ada = await signedIn(app, 'ada', { fresh: false })

  t.match((await app.inject({ url: '/', ...ada })).json(), { code: 'FST_LOGIN_STALE' })
})

const twice: Readonly<Record<string, OnUnauthorized>> = {
  'sends and returns nothing': (_request, reply) => { reply.redirect('/login') },
  'sends and returns something': (_request, reply) => {
    reply.redirect('/login')
    return 'something'
  }
}

for (const [title, onUnauthorized] of Object.entries(twice)) {
  test(`an answer is not followed by another one where a function ${title}`, async t => {
    const log = new Log()
    const app = await createApp(t, { server: { logger: log.logger }, onUnauthorized })
    app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)

    t.equal((await app.inject('/')).statusCode, 302)
    t.same(log.messages, [])
  })
}

test('the error handler of the README sends a stranger to the login page and leaves other errors alone', async t => {
  const app = await createApp(t)
  const inside = new Inside()
  app.setErrorHandler((error, _request, reply) => error instanceof Unauthorized ? reply.redirect('/login') : reply.send(error))
  app.get('/', { preHandler: [app.loginRequired] }, inside.handler)
  app.get('/broken', async () => { throw Object.assign(new Error('teapot'), { statusCode: 418 }) })

  t.match(await app.inject('/'), { statusCode: 302, headers: { location: '/login' } })
  t.equal((await app.inject('/broken')).statusCode, 418)
  t.equal(inside.runs, 0)
})

test('an error handler that sends the error on keeps its status and its challenge', async t => {
  const app = await createApp(t)
  app.setErrorHandler((error, _request, reply) => reply.send(error))
  app.get('/', { preHandler: [app.loginRequired] }, new Inside().handler)

  const response = await app.inject('/')
  t.equal(response.statusCode, 401)
  t.equal(response.headers['www-authenticate'], 'Cookie realm="login"')
})

test('a stale login is an Unauthorized for an error handler too', async t => {
  const app = await createApp(t)
  app.setErrorHandler((error, _request, reply) => reply.send({ isUnauthorized: error instanceof Unauthorized }))
  app.get('/', { onRequest: [app.loginRequired({ fresh: true })] }, new Inside().handler)
  const ada = await signedIn(app, 'ada', { fresh: false })

  t.same((await app.inject({ url: '/', ...ada })).json(), { isUnauthorized: true })
})

test('without a provider an Unauthorized has no loginUrl', async t => {
  const app = await createApp(t)
  app.setErrorHandler((error, _request, reply) => reply.send({ loginUrl: String((error as Unauthorized).loginUrl) }))
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)

  t.same((await app.inject('/')).json(), { loginUrl: 'undefined' })
})

test('the loginUrl of an Unauthorized is made when somebody reads it', async t => {
  const options = { ...withProvider, secret: secret() }
  const app = await createApp(t, options)
  app.setErrorHandler((error, request, reply) => {
    request.headers.referer = 'http://localhost:3000/later'
    return reply.send({ loginUrl: (error as Unauthorized).loginUrl })
  })
  app.post('/', { onRequest: [app.loginRequired] }, new Inside().handler)

  const response = await app.inject({ method: 'POST', url: '/', headers: { referer: 'http://localhost:3000/earlier' } })
  t.equal(await readReturnPath(t, response.json<{ loginUrl: string }>().loginUrl, options), '/later')
})

test('an Unauthorized is made without a stack, because strangers come often', async t => {
  const app = await createApp(t, { onUnauthorized: (_request, _reply, error) => ({ stack: error.stack ?? '' }) })
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)

  t.notMatch((await app.inject('/')).body, /\bat /)
})
