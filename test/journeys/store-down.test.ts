import type { LightMyRequestResponse as Response } from 'fastify'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { buildApp } from '../_app.ts'
import { setCookiesOf } from '../_jar.ts'
import { startMariadb } from '../_mariadb.ts'
import { startPostgres } from '../_postgres.ts'
import { startRedis } from '../_redis.ts'
import { needsMariadb, needsPostgres, needsRedis } from '../_services.ts'
import { Browser } from '../session/_browser.ts'

/** A server that can be taken away and brought back. */
interface Server {
  readonly url: string
  pause (): unknown
  resume (): unknown
  kill (): Promise<unknown>
  restart (): Promise<unknown>
}

const PATIENCE = 60_000

/** Asks until the store counts as up again, which takes a while for reading and for writing. */
async function answerOf (request: () => Promise<Response>): Promise<Response> {
  const giveUpAt = Date.now() + PATIENCE
  for (;;) {
    const answer = await request()
    if (answer.statusCode !== 503 || Date.now() > giveUpAt) return answer
    await pause(100)
  }
}

async function outages (t: Test, server: Server, mode: 'cookie' | 'store'): Promise<void> {
  const app = await buildApp({ session: { store: server.url, mode } })
  t.teardown(() => app.close())
  const [ada, bob] = [new Browser(app), new Browser(app)]
  t.equal((await answerOf(() => ada.post('/login', { id: 'ada' }))).statusCode, 200)
  t.equal((await answerOf(() => bob.post('/login', { id: 'bob' }))).statusCode, 200)
  const thief = bob.thief()
  t.equal((await answerOf(() => bob.post('/logout'))).statusCode, 200)

  const ways = [
    ['is paused', async () => { await server.pause() }, async () => { await server.resume() }],
    ['is killed', () => server.kill(), () => server.restart()]
  ] as const
  for (const [way, takeAway, bringBack] of ways) {
    await takeAway()
    const unavailable = { statusCode: 503, code: 'FST_LOGIN_STORE_UNAVAILABLE' }
    for (const what of ['first', 'next']) {
      const answer = await ada.get('/me')
      t.match(answer.json(), unavailable, `the ${what} guarded request fails while the store ${way}`)
      t.match(answer.headers['retry-after'], /^\d+$/)
    }
    t.match((await ada.get('/who')).json(), unavailable, 'nobody is called anonymous who could not be looked up')
    t.match((await thief.get('/me')).json(), unavailable, 'nobody gets in who was logged out')
    t.equal((await ada.get('/public')).statusCode, 200, 'a public route answers')
    t.equal((await new Browser(app).get('/me')).statusCode, 401, 'a stranger is a stranger')
    const login = await new Browser(app).post('/login')
    t.match(login.json(), unavailable)
    t.same(setCookiesOf(login), [], 'a login that was not written sets no cookie')
    t.match((await ada.post('/logout')).json(), unavailable)
    t.match((await ada.post('/renew')).json(), unavailable)
    await bringBack()
    const answer = await answerOf(() => ada.get('/me'))
    t.equal(answer.statusCode, 200, `a person is known again after the store ${way.replace('is', 'was')}`)
    t.equal((await answerOf(() => thief.get('/me'))).statusCode, 401, 'who was logged out stays out')
  }
  t.equal((await answerOf(() => ada.post('/logout'))).statusCode, 200)
  t.equal((await answerOf(() => ada.get('/me'))).statusCode, 401)
}

for (const mode of ['store', 'cookie'] as const) {
  t.test(`an outage of Redis logs nobody out and lets nobody in, in ${mode} mode`, needsRedis(), async t => {
    const server = await startRedis({ persistent: true })
    t.teardown(() => server.stop())
    await outages(t, server, mode)
  })
}

t.test('an outage of PostgreSQL logs nobody out and lets nobody in', needsPostgres(), async t => {
  await outages(t, await startPostgres(t), 'store')
})

t.test('an outage of MariaDB logs nobody out and lets nobody in', needsMariadb(), async t => {
  await outages(t, await startMariadb(t), 'store')
})
