import { test } from 'tap'
import { createApp, Inside, navigation, signedIn, withProvider } from './_app.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS'

interface Row {
  readonly title: string
  readonly method?: Method
  readonly headers: Readonly<Record<string, string>>
}

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const page = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

const navigations: readonly Row[] = [
  { title: 'a navigation of a browser', headers: { ...page, ...html } },
  { title: 'a HEAD navigation', method: 'HEAD', headers: { ...page, ...html } },
  { title: 'a navigation whose destination is not said', headers: { 'sec-fetch-mode': 'navigate', ...html } },
  { title: 'a browser without Sec-Fetch headers that accepts HTML', headers: html },
  { title: 'a browser that accepts XHTML only', headers: { accept: 'application/xhtml+xml' } },
  { title: 'a web view, which puts the name of its application into X-Requested-With', headers: { ...html, 'x-requested-with': 'com.example.app' } },
  { title: 'a navigation that accepts anything: Sec-Fetch-Mode decides before Accept', headers: { ...page, accept: '*/*' } },
  { title: 'a navigation without Accept: Sec-Fetch-Mode decides', headers: page },
  { title: 'a navigation that says XMLHttpRequest: Sec-Fetch-Mode decides before X-Requested-With', headers: { ...page, ...html, 'x-requested-with': 'XMLHttpRequest' } },
  { title: 'a purpose that is no prefetch', headers: { ...page, purpose: 'preview-prefetching' } }
]

const others: readonly Row[] = [
  { title: 'a fetch', headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' } },
  { title: 'a fetch that accepts HTML: Sec-Fetch-Mode decides before Accept', headers: { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty', ...html } },
  { title: 'a frame', headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'frame', ...html } },
  { title: 'an iframe', headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe', ...html } },
  { title: 'an embedded object', headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object', ...html } },
  { title: 'an image', headers: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'image/*' } },
  { title: 'an image of which only the destination is said', headers: { 'sec-fetch-dest': 'image', ...html } },
  { title: 'a script', headers: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script', ...html } },
  { title: 'a WebSocket', headers: { 'sec-fetch-mode': 'websocket', 'sec-fetch-dest': 'websocket', ...html } },
  { title: 'an XMLHttpRequest that accepts HTML: X-Requested-With decides before Accept', headers: { ...html, 'x-requested-with': 'XMLHttpRequest' } },
  { title: 'an XMLHttpRequest in another case', headers: { ...html, 'x-requested-with': 'xmlhttprequest' } },
  { title: 'a prefetch', headers: { ...page, ...html, 'sec-purpose': 'prefetch' } },
  { title: 'a prerender', headers: { ...page, ...html, 'sec-purpose': 'prefetch;prerender' } },
  { title: 'a prefetch of an older browser', headers: { ...html, purpose: 'prefetch' } },
  { title: 'a program that accepts JSON', headers: { accept: 'application/json' } },
  { title: 'a program that accepts anything', headers: { accept: '*/*' } },
  { title: 'a program that accepts what only begins as HTML does', headers: { accept: 'text/htmlx' } },
  { title: 'a program that says nothing', headers: {} },
  { title: 'a form that is posted', method: 'POST', headers: { ...page, ...html } },
  { title: 'a PUT that accepts HTML', method: 'PUT', headers: html },
  { title: 'a DELETE', method: 'DELETE', headers: html },
  { title: 'an OPTIONS request', method: 'OPTIONS', headers: { ...page, ...html } }
]

for (const { title, method = 'GET', headers } of navigations) {
  test(`with 'auto' a stranger is sent to sign in: ${title}`, async t => {
    const app = await createApp(t, withProvider)
    const inside = new Inside()
    app.all('/mail', { onRequest: [app.loginRequired] }, inside.handler)

    const response = await app.inject({ method, url: '/mail', headers })
    t.equal(response.statusCode, 302)
    t.match(response.headers.location, /^http:\/\/localhost:3000\/auth\/login\?returnTo=[\w.-]+$/)
    t.match(response.headers, { 'cache-control': 'private, no-store', vary: 'Cookie' })
    t.equal(inside.runs, 0)
  })
}

for (const { title, method = 'GET', headers } of others) {
  test(`with 'auto' a stranger is refused: ${title}`, async t => {
    const app = await createApp(t, withProvider)
    const inside = new Inside()
    app.all('/mail', { onRequest: [app.loginRequired] }, inside.handler)

    const response = await app.inject({ method, url: '/mail', headers })
    t.equal(response.statusCode, 401)
    t.match(response.json(), { code: 'FST_LOGIN_UNAUTHORIZED' })
    t.equal(response.headers.location, undefined)
    t.equal(inside.runs, 0)
  })
}

test("with 'auto' a navigation is also redirected where it took time to find out that nobody is signed in", async t => {
  const app = await createApp(t, { ...withProvider, loadUser: async () => null })
  const inside = new Inside()
  app.get('/mail', { onRequest: [app.loginRequired] }, inside.handler)
  const ada = await signedIn(app, 'ada')

  const response = await app.inject({ url: '/mail', headers: { ...ada.headers, ...navigation } })
  t.equal(response.statusCode, 302)
  t.equal(inside.runs, 0)
})

test("with 'auto' a person whose login is stale is sent to sign in again, and a program is told so", async t => {
  const app = await createApp(t, withProvider)
  app.get('/mail', { onRequest: [app.loginRequired({ fresh: true })] }, new Inside().handler)
  const ada = await signedIn(app, 'ada', { fresh: false })

  const page = await app.inject({ url: '/mail', headers: { ...ada.headers, ...navigation } })
  t.equal(page.statusCode, 302)
  t.match(page.headers.location, /^http:\/\/localhost:3000\/auth\/login\?returnTo=/)
  const data = await app.inject({ url: '/mail', ...ada })
  t.equal(data.statusCode, 401)
  t.match(data.json(), { code: 'FST_LOGIN_STALE' })
})

test("'throw' is the default without a provider: a navigation is refused, not redirected", async t => {
  const app = await createApp(t)
  app.get('/mail', { onRequest: [app.loginRequired] }, new Inside().handler)

  t.equal((await app.inject({ url: '/mail', headers: navigation })).statusCode, 401)
})

test("with 'throw' and a provider a navigation is refused, not redirected", async t => {
  const app = await createApp(t, { ...withProvider, onUnauthorized: 'throw' })
  app.get('/mail', { onRequest: [app.loginRequired] }, new Inside().handler)

  t.equal((await app.inject({ url: '/mail', headers: navigation })).statusCode, 401)
})

test('the pages of the sign-in pass a guard of the whole scope', async t => {
  const app = await createApp(t, withProvider)
  app.addHook('onRequest', app.loginRequired)
  const headers = { 'sec-fetch-mode': 'cors' }

  t.equal((await app.inject({ url: '/auth/login', headers })).statusCode, 204)
  t.equal((await app.inject('/auth/logged-out')).statusCode, 200)
  t.equal((await app.inject('/auth/elsewhere')).statusCode, 401)
})
