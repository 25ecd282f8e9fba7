import { fastifyCookie } from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import { createRequire } from 'node:module'
import { test, type Test } from 'tap'
import { AuthUser } from '../../lib/index.ts'
import { createClock } from '../../lib/testing/index.ts'
import { buildApp, type BuildOptions, secret } from '../_app.ts'
import { Jar } from '../_jar.ts'
import { SESSION } from './_session.ts'

interface Sodium {
  crypto_secretbox_open_easy (...args: readonly unknown[]): boolean
  crypto_secretbox_easy (...args: readonly unknown[]): void
}

// The one that @fastify/secure-session works with.
const require = createRequire(import.meta.url)
const sodium = createRequire(require.resolve('@fastify/secure-session'))('sodium-native') as Sodium

/** Counts what really happens below us: boxes opened and sealed, headers parsed. */
function count (t: Test): { opened: number, sealed: number, parsed: number } {
  const counts = { opened: 0, sealed: 0, parsed: 0 }
  const { crypto_secretbox_open_easy: open, crypto_secretbox_easy: seal } = sodium
  const { parse } = fastifyCookie
  t.intercept(sodium, 'crypto_secretbox_open_easy', { value: (...args: unknown[]) => { counts.opened++; return open(...args) } })
  t.intercept(sodium, 'crypto_secretbox_easy', { value: (...args: unknown[]) => { counts.sealed++; return seal(...args) } })
  t.intercept(fastifyCookie, 'parse', { value: (...args: Parameters<typeof parse>) => { counts.parsed++; return parse(...args) } })
  return counts
}

interface Visit { readonly app: FastifyInstance, readonly jar: Jar }

async function signedInTo (t: Test, options: BuildOptions = {}): Promise<Visit> {
  const app = await buildApp(options)
  t.teardown(() => app.close())
  return { app, jar: new Jar().take(await app.inject({ method: 'POST', url: '/login' })) }
}

async function get ({ app, jar }: Visit, url: string): Promise<number> {
  return (await app.inject({ url, headers: jar.headers })).statusCode
}

test('a guarded route opens a cookie that comes again for the last time: the next requests with it open nothing', async t => {
  const visit = await signedInTo(t)
  const counts = count(t)
  t.equal(await get(visit, '/me'), 200)
  t.same(counts, { opened: 1, sealed: 0, parsed: 0 })
  t.equal(await get(visit, '/me'), 200)
  t.equal(counts.opened, 2)
  t.equal(await get(visit, '/me'), 200)
  t.equal(await get(visit, '/who'), 200)
  t.equal(counts.opened, 2)
})

test('a public route opens no cookie and parses none', async t => {
  const visit = await signedInTo(t)
  const counts = count(t)
  t.equal(await get(visit, '/public'), 200)
  t.equal((await visit.app.inject({ url: '/nowhere', headers: visit.jar.headers })).statusCode, 404)
  t.same(counts, { opened: 0, sealed: 0, parsed: 0 })
})

test('a stranger costs no opening, and without our cookie no parsing', async t => {
  const { app } = await signedInTo(t)
  const counts = count(t)
  t.equal((await app.inject('/me')).statusCode, 401)
  t.equal((await app.inject({ url: '/me', headers: { cookie: 'theme=dark; a=b' } })).statusCode, 401)
  t.same(counts, { opened: 0, sealed: 0, parsed: 0 })
})

test('a request opens its cookie once, however often somebody asks', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  app.addHook('preHandler', async request => { t.type(request.currentUser.isAuthenticated, 'boolean') })
  app.get('/often', { preHandler: [app.loginRequired, app.loginRequired({ fresh: true })] }, async request => {
    const { currentUser } = request
    return [currentUser, currentUser === request.currentUser]
  })
  const jar = new Jar().take(await app.inject({ method: 'POST', url: '/login' }))
  const counts = count(t)
  t.match((await app.inject({ url: '/often', headers: jar.headers })).json(), [{ id: '2' }, true])
  t.same(counts, { opened: 1, sealed: 0, parsed: 0 })
})

test('a damaged cookie is never taken for one that was opened before', async t => {
  const visit = await signedInTo(t)
  await get(visit, '/me')
  const value = String(visit.jar.get(SESSION))
  for (const index of [1, 10, value.length - 34]) {
    const damaged = value.slice(0, index) + (value[index] === 'A' ? 'B' : 'A') + value.slice(index + 1)
    t.equal(await get({ app: visit.app, jar: new Jar().set(SESSION, damaged) }, '/me'), 401)
  }
})

test('what was opened before still ends by its times', async t => {
  const clock = createClock()
  const visit = await signedInTo(t, { now: clock.now })
  t.equal(await get(visit, '/me'), 200)
  clock.advance(86_400)
  t.equal(await get(visit, '/me'), 401)
})

test('what was opened before still ends by logout', async t => {
  const visit = await signedInTo(t)
  t.equal(await get(visit, '/me'), 200)
  await visit.app.inject({ method: 'POST', url: '/logout', headers: visit.jar.headers })
  t.equal(await get(visit, '/me'), 401)
})

test('a cookie of a previous secret is opened for each request until the browser has the new one', async t => {
  const [first, second] = [secret(), secret()]
  const { jar } = await signedInTo(t, { secret: first })
  const { app } = await signedInTo(t, { secret: [second, first] })
  const counts = count(t)
  for (let turn = 1; turn <= 2; turn++) {
    t.equal(await get({ app, jar }, '/me'), 200)
    t.equal(counts.sealed, turn)
  }
  jar.take(await app.inject({ url: '/me', headers: jar.headers }))
  counts.sealed = 0
  for (let turn = 1; turn <= 2; turn++) t.equal(await get({ app, jar }, '/me'), 200)
  counts.opened = 0
  t.equal(await get({ app, jar }, '/me'), 200)
  t.same([counts.opened, counts.sealed], [0, 0])
})

test('a login seals once', async t => {
  const { app } = await signedInTo(t)
  const counts = count(t)
  await app.inject({ method: 'POST', url: '/login' })
  t.same(counts, { opened: 0, sealed: 1, parsed: 0 })
})

test('people share nothing but the cache', async t => {
  const app = await buildApp()
  t.teardown(() => app.close())
  app.post('/as/:id', async request => {
    const { id } = request.params as { id: string }
    await request.loginUser(new AuthUser(id))
  })
  const jars = await Promise.all(['a', 'b', 'c'].map(async id => new Jar().take(await app.inject({ method: 'POST', url: `/as/${id}` }))))
  for (let turn = 0; turn < 2; turn++) {
    const ids = await Promise.all(jars.map(async jar => (await app.inject({ url: '/who', headers: jar.headers })).json<{ id: string }>().id))
    t.same(ids, ['a', 'b', 'c'])
  }
})
