import { test } from 'tap'
import { EVENT_NAMES, type LoginEventMap, LoginEvents } from '../lib/events.ts'
import { buildApp } from './_app.ts'
import { Browser } from './session/_browser.ts'

test('a listener hears its event, and no other', async t => {
  const heard: unknown[] = []
  const events = new LoginEvents({ sessionEnded: event => heard.push(event) }, error => t.fail(String(error)))
  events.emit('sessionEnded', { sessionHandle: 'a', reason: 'logout' })
  events.emit('allSessionsEnded', { userId: '2', except: undefined })
  t.same(heard, [{ sessionHandle: 'a', reason: 'logout' }])
})

test('a listener that throws or rejects harms nobody', async t => {
  for (const listener of [() => { throw new Error('broken') }, async () => { throw new Error('broken') }]) {
    const failure = new Promise(resolve => {
      const events = new LoginEvents({ sessionEnded: listener }, (error, name) => resolve([String(error), name]))
      events.emit('sessionEnded', { sessionHandle: 'a', reason: 'logout' })
    })
    t.same(await failure, ['Error: broken', 'sessionEnded'])
  }
})

test('a login, another one and a logout are told in their order, with their reasons', async t => {
  const heard: unknown[] = []
  const listeners = Object.fromEntries(EVENT_NAMES.map(name => [name, (event: LoginEventMap[typeof name]) => {
    heard.push([name, 'reason' in event ? event.reason : undefined])
  }]))
  const app = await buildApp({ events: listeners })
  t.teardown(() => app.close())
  const browser = await new Browser(app).login()
  await browser.login()
  await browser.post('/logout')
  await app.login.sessions.endAll('2')
  t.same(heard, [
    ['login', undefined], ['sessionEnded', 'replaced'], ['login', undefined], ['sessionEnded', 'logout'],
    ['logout', undefined], ['allSessionsEnded', undefined]
  ])
})

test('a listener that fails is logged, and the login is there', async t => {
  const lines: string[] = []
  const stream = { write (line: string) { lines.push(line) } }
  const app = await buildApp({ events: { login () { throw new Error('broken listener') } }, logger: { stream } })
  t.teardown(() => app.close())
  const browser = await new Browser(app).login()
  t.equal((await browser.get('/me')).statusCode, 200)
  t.match(lines.join(''), /the listener of \\"login\\" failed/)
})

test('what an event tells names somebody, and has no token in it', async t => {
  const heard: Array<LoginEventMap['login']> = []
  const app = await buildApp({ events: { login: event => heard.push(event) } })
  t.teardown(() => app.close())
  await new Browser(app).login()
  const [{ request, ...somebody } = {}] = heard
  t.match(somebody, { userId: '2', identity: undefined, sessionHandle: /^[\w-]{65}$/ })
  t.equal(request?.method, 'POST')
})
