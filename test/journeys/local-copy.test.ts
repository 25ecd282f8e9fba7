import { Redis } from 'ioredis'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { buildApp, secret } from '../_app.ts'
import { bePatient } from '../_patience.ts'
import { type RedisServer, startRedis } from '../_redis.ts'
import { needsRedis } from '../_services.ts'
import { Browser } from '../session/_browser.ts'

const modes = ['store', 'cookie'] as const

/** Two processes of one application, as far as they can tell. */
async function setUp (t: Test, server: RedisServer, mode: 'store' | 'cookie') {
  const options = { secret: secret(), session: { store: server.url, mode, localCopy: true } }
  const apps = [await buildApp(options), await buildApp(options)] as const
  t.teardown(async () => { for (const app of apps) await app.close() })
  return { here: apps[0], there: apps[1] }
}

const statusOf = async (browser: Browser): Promise<number> => (await browser.get('/me')).statusCode

/** Asks as often as it takes until many requests have asked Redis nothing. */
async function untilNothingIsRead (server: RedisServer, browser: Browser): Promise<void> {
  let commands: readonly string[] = ['mget']
  while (commands.some(command => command !== 'ping')) {
    commands = await server.commandsDuring(async () => {
      for (let count = 0; count < 20; count++) await browser.get('/me')
    })
  }
}

t.test('with a local copy requests ask Redis nothing, and a logout elsewhere holds all the same', needsRedis(), async t => {
  bePatient(t)
  const server = await startRedis()
  t.teardown(() => server.stop())
  for (const mode of modes) {
    const { here, there } = await setUp(t, server, mode)
    const [ada, bob] = [await new Browser(here).login({ id: 'ada' }), await new Browser(here).login({ id: 'bob' })]
    const copies = [ada, bob].map(browser => browser.thief(there))
    for (const copy of copies) await untilNothingIsRead(server, copy)
    await ada.post('/logout')
    await here.login.sessions.endAll('bob')
    for (const copy of copies) {
      while (await statusOf(copy) !== 401) await pause(1)
      for (let count = 0; count < 50; count++) t.equal(await statusOf(copy), 401, mode)
      const again = await new Browser(here).login({ id: 'ada' })
      t.equal(await statusOf(again.thief(there)), 200)
    }
  }
})

t.test('a logout is known at once where it was made', needsRedis(), async t => {
  bePatient(t)
  const server = await startRedis()
  t.teardown(() => server.stop())
  for (const mode of modes) {
    const { here } = await setUp(t, server, mode)
    for (let round = 0; round < 10; round++) {
      const ada = await new Browser(here).login({ id: 'ada' })
      const thief = ada.thief(here)
      await untilNothingIsRead(server, thief)
      await ada.post('/logout')
      t.equal(await statusOf(thief), 401, mode)
    }
  }
})

t.test('without Redis nobody is let in by heart, and nobody is thrown out', needsRedis(), async t => {
  const server = await startRedis({ persistent: true })
  t.teardown(() => server.stop())
  const { here } = await setUp(t, server, 'store')
  const ada = await new Browser(here).login({ id: 'ada' })
  await untilNothingIsRead(server, ada)
  await server.kill()
  while (await statusOf(ada) === 200) await pause(5)
  for (let count = 0; count < 20; count++) t.equal(await statusOf(ada), 503)
  await server.restart()
  while (await statusOf(ada) !== 200) await pause(50)
  await untilNothingIsRead(server, ada)
})

t.test('the log says once that there is no copy, and why', needsRedis(), async t => {
  bePatient(t)
  const server = await startRedis()
  t.teardown(() => server.stop())
  const admin = new Redis(server.url)
  t.teardown(() => admin.disconnect())
  await admin.call('acl', 'setuser', 'default', '-client|tracking')
  const lines: Array<Record<string, unknown>> = []
  const stream = {
    write (line: string): void { if (line.includes('store of sessions')) lines.push(JSON.parse(line)) }
  }
  const app = await buildApp({ session: { store: server.url, localCopy: true }, logger: { level: 'warn', stream } })
  t.teardown(() => app.close())
  const ada = await new Browser(app).login({ id: 'ada' })
  while (lines.length === 0) t.equal(await statusOf(ada), 200)
  for (let count = 0; count < 50; count++) {
    t.equal(await statusOf(ada), 200)
    await pause(10)
  }
  t.match(lines, [{ level: 40, msg: /no local copy of the store of sessions/, err: { message: /NOPERM|permission/ } }])
  t.equal(lines.length, 1)
})
