import { test } from 'tap'
import { isRestart, peopled, ROOT } from '../oidc/_people.ts'
import { buildSite, pathOf } from '../oidc/_site.ts'

const formPost = { oidc: { responseMode: 'form_post' } } as const

test('a body of more than 64 kB is refused with a page of 413', async t => {
  const { stranger } = await peopled(t, formPost)
  for (const url of ['/auth/callback', '/auth/logout']) {
    const answer = await stranger.post(url, `state=${'a'.repeat(65_531)}`)
    t.equal(answer.statusCode, 413, url)
    t.match(answer.headers['content-type'], /^text\/html/)
    t.equal((await stranger.post(url, `state=${'a'.repeat(65_530)}`)).statusCode, 303)
  }
})

test('a body of any other type is no answer of a provider, and no fault of ours', async t => {
  const { stranger } = await peopled(t, formPost)
  const types = [
    'application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded; charset=utf-16',
    'nonsense', ';;;', '/', 'a'.repeat(5000), undefined
  ]
  for (const type of types) {
    for (const body of ['{"state":', '', '\u0000\uffff', '%%%&&&===']) {
      const answer = await stranger.post('/auth/callback', body, { 'content-type': type })
      const { statusCode } = answer.statusCode === 303 ? await stranger.get(pathOf(answer.headers.location)) : answer
      t.ok(statusCode >= 400 && statusCode < 500, `${type} ${statusCode}`)
    }
  }
})

test('the parsers of the application stay its own, and ours stay ours', async t => {
  const site = await buildSite(t, formPost)
  site.app.post('/echo', async request => request.body)
  const json = await site.app.inject({ method: 'POST', url: '/echo', payload: { a: 1 } })
  t.same(json.json(), { a: 1 })
  const other = await site.app.inject({ method: 'POST', url: '/echo', payload: '<a/>', headers: { 'content-type': 'text/xml' } })
  t.equal(other.statusCode, 415)
})

test('an application that parses forms into objects changes nothing about the answer of the provider', async t => {
  const site = await buildSite(t, {
    ...formPost,
    prepare (app) {
      app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
        done(null, Object.fromEntries(new URLSearchParams(String(body))))
      })
    }
  })
  t.equal((await site.visitor().signIn('/deep/1')).headers.location, `${ROOT}deep/1`)
})

test('the error handler of the application answers its own routes', async t => {
  const site = await buildSite(t)
  site.app.setErrorHandler((error, _request, reply) => reply.code(418).send(error instanceof Error ? error.message : ''))
  site.app.get('/broken', async () => { throw new Error('broken') })
  t.equal((await site.visitor().get('/broken')).statusCode, 418)
  const page = await site.visitor().get('/auth/callback')
  t.equal(page.statusCode, 400)
  t.match(page.body, '<h1>')
})

test('the routes are where the options say', async t => {
  const routes = { prefix: '/me/session', login: '/in', callback: '/back', logout: '/out', loggedOut: '/gone' }
  const site = await buildSite(t, { routes })
  const visitor = site.visitor()
  const login = await visitor.get('/me/session/in')
  t.ok(isRestart(login))
  t.equal(new URL(String(login.headers.location)).searchParams.get('redirect_uri'), 'https://app.example.com/me/session/back')
  await visitor.deliver(String(login.headers.location))
  t.equal(await visitor.who(), 'alice')
  const logout = await visitor.post('/me/session/out')
  const target = new URL(String(logout.headers.location)).searchParams.get('post_logout_redirect_uri')
  t.equal(target, 'https://app.example.com/me/session/gone')
  t.equal((await visitor.get('/me/session/gone')).statusCode, 200)
  for (const path of ['login', 'callback', 'logout', 'logged-out']) t.equal((await visitor.get(`/auth/${path}`)).statusCode, 404)
})

test('a guard before the whole application leaves the pages of a sign-in open', async t => {
  const site = await buildSite(t)
  site.app.addHook('onRequest', (request, reply, done) => site.app.loginRequired(request, reply, done))
  const visitor = site.visitor()
  t.equal((await visitor.signIn('/deep/1')).headers.location, `${ROOT}deep/1`)
  t.equal(await visitor.who(), 'alice')
})

test('methods that a page does not know are not found', async t => {
  const site = await buildSite(t)
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const) {
    for (const path of ['login', 'callback', 'logout', 'logged-out']) {
      t.equal((await site.app.inject({ method, url: `/auth/${path}` })).statusCode, 404)
    }
  }
})

test('the query of our pages stays out of the log, where an authorization code travels in it', async t => {
  const { site, stranger } = await peopled(t)
  await stranger.get('/auth/callback?code=abc-secret&state=made-up')
  await stranger.get('/who?visible=yes')
  t.match(site.log, '"url":"/auth/callback"')
  t.notMatch(site.log, 'abc-secret')
  t.match(site.log, '"url":"/who?visible=yes"')
})
