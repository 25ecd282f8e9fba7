import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { createClock } from '../../lib/testing/index.ts'
import { type AppOptions, createApp, Log, signedIn } from './_app.ts'

interface Case {
  readonly title: string
  readonly headers?: Readonly<Record<string, string>>
  readonly options?: AppOptions
}

const reported: readonly Case[] = [
  { title: 'over plain http' },
  { title: 'from a page on http', headers: { origin: 'http://app.example', host: 'app.example' } },
  {
    title: 'from a page on http, whatever a proxy says',
    headers: { origin: 'http://app.example', host: 'app.example', 'x-forwarded-proto': 'https' }
  },
  { title: 'over plain http to a loopback address', options: { publicUrl: 'http://localhost:3000', session: { cookie: { secure: true } } } }
]

const silent: readonly Case[] = [
  { title: 'a proxy says how it came in x-forwarded-proto', headers: { 'x-forwarded-proto': 'https' } },
  { title: 'a proxy says how it came in Forwarded', headers: { forwarded: 'proto=https' } },
  { title: 'the proxy is trusted and says https', headers: { 'x-forwarded-proto': 'https' }, options: { server: { trustProxy: true } } },
  { title: 'it came from a page on https', headers: { origin: 'https://app.example', host: 'app.example' } },
  { title: 'publicUrl is https: a proxy ends TLS', options: { publicUrl: 'https://app.example' } },
  { title: 'publicUrl is a loopback address on http: the cookie is not Secure', options: { publicUrl: 'http://localhost:3000' } },
  { title: 'the cookie is not Secure', options: { session: { cookie: { secure: false } } } }
]

const report = /cookie is Secure.*over http:\/\/.*drop.*publicUrl: "http:\/\/localhost:PORT".*publicUrl: "https:/

async function login (app: FastifyInstance, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  await app.inject({ method: 'POST', url: '/login', headers })
}

for (const { title, headers, options } of reported) {
  test(`a Secure cookie that a browser will drop is reported once: ${title}`, async t => {
    const log = new Log()
    const app = await createApp(t, { ...options, server: { logger: log.logger } })
    app.post('/login', async request => { await request.loginUser('ada') })

    await login(app, headers)
    await login(app, headers)
    t.equal(log.lines.length, 1)
    t.match(log.lines, [{ level: 40, msg: report }])
  })
}

for (const { title, headers, options: { server = {}, ...options } = {} } of silent) {
  test(`no swallowed cookie is reported where ${title}`, async t => {
    const log = new Log()
    const app = await createApp(t, { ...options, server: { ...server, logger: log.logger } })
    app.post('/login', async request => { await request.loginUser('ada') })

    await login(app, headers)
    t.same(log.messages, [])
  })
}

test('no swallowed cookie is reported where no cookie is set', async t => {
  const log = new Log()
  const app = await createApp(t, { server: { logger: log.logger } })
  app.get('/', async request => request.currentUser)
  const ada = await signedIn(app, 'ada')

  await app.inject('/')
  await app.inject({ url: '/', ...ada })
  t.same(log.messages, [])
})

test('no swallowed cookie is reported where a session is due and the route never asks', async t => {
  const log = new Log()
  const clock = createClock()
  const app = await createApp(t, { now: clock.now, loadUser: () => ({}), server: { logger: log.logger } })
  app.get('/', async () => 'public')
  const ada = await signedIn(app, 'ada')
  clock.advance(86_400 / 2)

  await app.inject({ url: '/', ...ada })
  t.same(log.messages, [])
})

test('no swallowed cookie is reported where the server itself speaks TLS', async t => {
  const log = new Log()
  const app = await createApp(t, { server: { logger: log.logger } })
  app.addHook('onRequest', async ({ raw }) => { Object.assign(raw.socket, { encrypted: true }) })
  app.post('/login', async request => { await request.loginUser('ada') })

  await login(app)
  t.same(log.messages, [])
})
