import fastifyCookie from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { test } from 'tap'
import { createClock } from '../../lib/testing/index.ts'
import { type AppOptions, createApp, Inside, navigation, signedIn, withProvider } from './_app.ts'

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

const ofOne = { 'cache-control': 'private, no-store', vary: 'Cookie' } as const

/** Whoever reads the user makes an answer for one person. */
const touch = ({ currentUser }: FastifyRequest): boolean => currentUser.isAuthenticated

const touching: Readonly<Record<string, Handler>> = {
  'a text': request => String(touch(request)),
  'an object': request => ({ is: touch(request) }),
  'a stream': request => Readable.from([String(touch(request))]),
  'no content': (request, reply) => {
    touch(request)
    return reply.code(204).send()
  },
  '304 Not Modified': (request, reply) => {
    touch(request)
    return reply.code(304).send()
  },
  'a redirect': (request, reply) => {
    touch(request)
    return reply.redirect('/elsewhere')
  },
  'an error that was thrown': request => {
    touch(request)
    throw new Error('broken')
  },
  'an error with a status of its own': request => {
    touch(request)
    throw Object.assign(new Error('teapot'), { statusCode: 418 })
  },
  'an error that was sent': (request, reply) => {
    touch(request)
    return reply.send(new Error('broken'))
  },
  'what the 404 handler says': (request, reply) => {
    touch(request)
    reply.callNotFound()
    return reply
  },
  'a login': async request => { await request.loginUser('ada') },
  'a logout': async request => { await request.logoutUser() }
}

for (const [title, handler] of Object.entries(touching)) {
  test(`an answer that touched the user is for one person only: ${title}`, async t => {
    const app = await createApp(t)
    app.get('/', async (request, reply) => await handler(request, reply))
    const ada = await signedIn(app, 'ada')

    for (const method of ['GET', 'HEAD'] as const) {
      t.match((await app.inject({ method, url: '/' })).headers, ofOne, `${method} of a stranger`)
      t.match((await app.inject({ method, url: '/', ...ada })).headers, ofOne, method)
    }
  })
}

test('an answer of the guard is for one person only, whether it let pass or not', async t => {
  const app = await createApp(t)
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)
  const ada = await signedIn(app, 'ada')

  t.match(await app.inject('/'), { statusCode: 401, headers: ofOne })
  t.match(await app.inject({ url: '/', ...ada }), { statusCode: 200, headers: ofOne })
})

test('an answer of the guard is for one person only where it redirects', async t => {
  const app = await createApp(t, withProvider)
  app.get('/', { onRequest: [app.loginRequired] }, new Inside().handler)

  t.match(await app.inject({ url: '/', headers: navigation }), { statusCode: 302, headers: ofOne })
})

const publicApps: Readonly<Record<string, AppOptions>> = {
  'without loadUser': {}, 'with loadUser, which is asked for every route': { loadUser: async () => ({}) }
}

for (const [title, options] of Object.entries(publicApps)) {
  test(`an answer that touched nobody says nothing about caches, ${title}`, async t => {
    const app = await createApp(t, options)
    app.get('/', async () => 'public')
    const ada = await signedIn(app, 'ada')

    for (const url of ['/', '/nowhere']) {
      for (const headers of [{}, ada.headers]) {
        const response = await app.inject({ url, headers })
        t.equal(response.headers['cache-control'], undefined)
        t.equal(response.headers.vary, undefined)
        t.equal(response.headers['set-cookie'], undefined)
      }
    }
  })
}

for (const cacheControl of ['public, max-age=60', 'no-cache', 'private, max-age=5']) {
  test(`a route that says "${cacheControl}" itself has its way`, async t => {
    const app = await createApp(t)
    app.get('/', async (request, reply) => {
      reply.header('Cache-Control', cacheControl)
      return String(touch(request))
    })
    const ada = await signedIn(app, 'ada')

    t.match((await app.inject({ url: '/', ...ada })).headers, { 'cache-control': cacheControl, vary: 'Cookie' })
  })
}

const withCookie: ReadonlyArray<readonly [said: string, becomes: string]> = [
  ['public, max-age=60', 'private, no-store'],
  ['max-age=60', 'private, no-store'],
  ['no-cache', 'private, no-store'],
  ['private, max-age=5', 'private, max-age=5'],
  ['No-Store', 'No-Store']
]

for (const [said, becomes] of withCookie) {
  test(`a route that says "${said}" sends "${becomes}" with our cookie`, async t => {
    const app = await createApp(t)
    app.get('/login', async (request, reply) => {
      reply.header('cache-control', said)
      await request.loginUser('ada')
    })

    t.equal((await app.inject('/login')).headers['cache-control'], becomes)
  })
}

test('a session that is prolonged keeps an answer out of shared caches, whatever the route says', async t => {
  const clock = createClock()
  const app = await createApp(t, { now: clock.now })
  app.get('/', async (request, reply) => {
    reply.header('cache-control', 'public, max-age=60')
    return String(touch(request))
  })
  const ada = await signedIn(app, 'ada')
  t.equal((await app.inject({ url: '/', ...ada })).headers['cache-control'], 'public, max-age=60')
  clock.advance(86_400 / 2)

  const response = await app.inject({ url: '/', ...ada })
  t.match(response.headers['set-cookie'], /^__Host-login=/)
  t.equal(response.headers['cache-control'], 'private, no-store')
})

test('a public route does not prolong a session', async t => {
  const clock = createClock()
  const app = await createApp(t, { now: clock.now, loadUser: async () => ({}) })
  app.get('/', async () => 'public')
  const ada = await signedIn(app, 'ada')
  clock.advance(86_400 / 2)

  t.equal((await app.inject({ url: '/', ...ada })).headers['set-cookie'], undefined)
})

const varies: ReadonlyArray<readonly [said: string | string[], becomes: string]> = [
  ['Accept-Encoding', 'Accept-Encoding, Cookie'],
  ['Accept, Accept-Encoding', 'Accept, Accept-Encoding, Cookie'],
  [['Accept', 'Origin'], 'Accept, Origin, Cookie'],
  ['Cookie', 'Cookie'],
  ['Origin,cookie', 'Origin, cookie'],
  ['Cookie2', 'Cookie2, Cookie'],
  ['*', '*']
]

for (const [said, becomes] of varies) {
  test(`Vary: ${String(said)} of a route becomes ${becomes}`, async t => {
    const app = await createApp(t)
    app.get('/', async (request, reply) => {
      reply.header('vary', said)
      return String(touch(request))
    })

    t.equal((await app.inject('/')).headers.vary, becomes)
  })
}

test('where the Authorization header says who asks, no cache gives the answer of one to another who has no cookie either', async t => {
  const taken: readonly AppOptions[] = [{ bearer: { issued: true } }, { basic: { users: { robot: 'pass' } } }]
  for (const options of taken) {
    const app = await createApp(t, options)
    app.get('/', async (request, reply) => {
      reply.headers({ 'cache-control': 'private, max-age=60', vary: 'authorization' })
      return String(touch(request))
    })
    app.get('/mine', async request => String(touch(request)))
    t.equal((await app.inject('/')).headers.vary, 'authorization, Cookie')
    t.equal((await app.inject('/mine')).headers.vary, 'Cookie, Authorization')
  }
})

test('Vary is not doubled where the answer is written twice', async t => {
  const app = await createApp(t)
  app.addHook('onSend', async (_request, reply) => { if (reply.statusCode === 200) throw new Error('broken') })
  app.get('/', async (request, reply) => {
    reply.header('vary', 'Origin')
    return String(touch(request))
  })

  t.match(await app.inject('/'), { statusCode: 500, headers: { vary: 'Origin, Cookie' } })
})

const orders = ['before', 'after'] as const

for (const order of orders) {
  test(`cookies of @fastify/cookie, registered ${order} this plugin, are kept beside ours`, async t => {
    const app = await createApp(t, { server: {} })
    if (order === 'after') await app.register(fastifyCookie)
    await app.register(async scope => {
      if (order === 'before') await scope.register(fastifyCookie)
      scope.get('/login', async (request, reply) => {
        reply.setCookie('theme', 'dark', { path: '/' })
        await request.loginUser('ada')
        reply.setCookie('language', 'en')
      })
    })

    const lines = [(await app.inject('/login')).headers['set-cookie']].flat()
    t.same(lines.map(line => line?.split('=', 1)[0]).sort(), ['__Host-login', 'language', 'theme'])
  })
}

const own: ReadonlyArray<readonly [title: string, said: string | string[], names: readonly string[]]> = [
  ['one of its own', 'a=1', ['a', '__Host-login']],
  ['several of its own', ['a=1', 'b=2; Path=/'], ['a', 'b', '__Host-login']],
  ['one that begins as ours does', '__Host-login2=1', ['__Host-login2', '__Host-login']],
  ['one of our name, which is ours to write', ['a=1', '__Host-login=forged; Path=/'], ['a', '__Host-login']]
]

for (const [title, said, names] of own) {
  test(`a route that sets a cookie without any plugin keeps ${title}`, async t => {
    const app = await createApp(t)
    app.get('/login', async (request, reply) => {
      reply.header('set-cookie', said)
      await request.loginUser('ada')
    })

    const lines = [(await app.inject('/login')).headers['set-cookie']].flat()
    t.same(lines.map(line => line?.split('=', 1)[0]), names)
    t.notMatch(lines.join(), /forged/)
  })
}
