import t from 'tap'
import { createClock } from '../../lib/testing/index.ts'
import { buildApp } from '../_app.ts'
import { bePatient } from '../_patience.ts'
import { startRedis } from '../_redis.ts'
import { needsRedis } from '../_services.ts'
import { Browser } from '../session/_browser.ts'

t.test('Redis is asked once per request that needs the user, and told nothing unless the interval passed', needsRedis(), async t => {
  bePatient(t)
  const server = await startRedis()
  t.teardown(() => server.stop())
  for (const mode of ['store', 'cookie'] as const) {
    const clock = createClock()
    const app = await buildApp({ session: { store: server.url, mode, idle: 1000 }, now: clock.now })
    t.teardown(() => app.close())
    const ada = await new Browser(app).login({ remember: true })
    await ada.get('/me')

    const guarded = await server.commandsDuring(async () => { await ada.get('/me') })
    t.same(guarded, ['mget'], `a guarded route in ${mode} mode`)
    const unguarded = await server.commandsDuring(async () => { await ada.get('/who') })
    t.same(unguarded, ['mget'], `a route that asks who it is in ${mode} mode`)
    const strangers = await server.commandsDuring(async () => {
      const stranger = new Browser(app)
      for (const url of ['/me', '/who', '/public']) await stranger.get(url)
    })
    t.same(strangers, [], `strangers in ${mode} mode`)
    clock.advance(60)
    const due = await server.commandsDuring(async () => { await ada.get('/me') })
    t.ok(due.length > 1, `a session that is due is written in ${mode} mode`)
    const afterwards = await server.commandsDuring(async () => { await ada.get('/me') })
    t.same(afterwards, ['mget'], `and not again in ${mode} mode`)
  }
})
