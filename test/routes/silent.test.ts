import { test } from 'tap'
import { silentLogin } from '../../lib/index.ts'
import { isRestart, ROOT, SESSION } from '../oidc/_people.ts'
import { buildSite, pathOf, type Response, type Site, type SiteOptions, type Visitor } from '../oidc/_site.ts'

const MARK = '__Host-login-silent'
const REFUSED = { code: undefined, error: 'login_required' }
const questions = ['login_required', 'interaction_required', 'consent_required', 'account_selection_required']

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** A site whose page signs in silently whom the provider knows. */
async function silentSite (t: Teardown, options: SiteOptions = {}): Promise<Site> {
  return await buildSite(t, {
    ...options,
    oidc: { silentLogin: true, ...options.oidc },
    prepare (app) {
      options.prepare?.(app)
      app.get('/page', { onRequest: [silentLogin] }, async ({ currentUser }) => currentUser.isAuthenticated ? currentUser.id : 'stranger')
      app.get('/url', async request => request.loginUrl({ silent: true, returnTo: '/page', ...request.query as object }))
      app.get('/link', async (request, reply) => request.currentUser.isAuthenticated ? 'in' : reply.redirect(request.loginUrl({ silent: true })))
      app.get('/user', async ({ currentUser }) => currentUser.isAuthenticated && [currentUser.isFresh, currentUser.authenticatedAt])
      app.get('/proven', { onRequest: [(...args) => { app.loginRequired({ maxAge: 86_400_000 })(...args) }] }, async () => 'proven')
    }
  })
}

/** A silent sign-in on its way: what the provider was asked. */
async function beginSilently (visitor: Visitor, page = '/page'): Promise<string> {
  return await visitor.begin(page)
}

/** What a page answers after all redirects on this site; fails where there are too many. */
async function follow (visitor: Visitor, answer: Response): Promise<Response> {
  let last = answer
  for (let hop = 0; hop < 10; hop++) {
    const { location } = last.headers
    if (location === undefined) return last
    last = await visitor.get(pathOf(location))
  }
  throw new Error('this goes in circles')
}

test('whom the provider knows is signed in without a question, and comes back to the page', async t => {
  const site = await silentSite(t)
  const visitor = site.visitor()
  const location = await beginSilently(visitor, '/page?a=b')
  t.equal(new URL(location).searchParams.get('prompt'), 'none')
  const answer = await visitor.deliver(location)
  t.equal(answer.headers.location, 'https://app.example.com/page?a=b')
  t.equal((await follow(visitor, answer)).body, 'alice')
})

for (const error of questions) {
  test(`whom the provider would have to ask (${error}) comes back as a stranger, and is not sent around again for a while`, async t => {
    const failed: unknown[] = []
    const site = await silentSite(t, { events: { loginFailed: event => failed.push(event) } })
    const visitor = site.visitor()
    const answer = await visitor.deliver(await beginSilently(visitor), { code: undefined, error })
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, 'https://app.example.com/page')
    const page = await visitor.get('/page')
    t.equal(page.body, 'stranger')
    t.match(page.headers['cache-control'], 'no-store')
    t.equal((await visitor.get('/page')).body, 'stranger')
    t.same(failed, [])
    site.clock.advance(600)
    visitor.jar.delete(MARK) // As a browser does after Max-Age.
    t.equal((await visitor.get('/page')).statusCode, 302)
  })
}

test('whatever else goes wrong is no error page either, but it is told', async t => {
  const failed: string[] = []
  const site = await silentSite(t, { events: { loginFailed: ({ code }) => failed.push(code) }, loadUser: () => null })
  for (const parameters of [{ code: undefined, error: 'access_denied' }, { code: undefined, error: 'server_error' }, {}]) {
    const visitor = site.visitor()
    const answer = await visitor.deliver(await beginSilently(visitor), parameters)
    t.equal((await follow(visitor, answer)).body, 'stranger')
  }
  site.provider.answers.token = () => { throw new TypeError('fetch failed') }
  const visitor = site.visitor()
  t.equal((await follow(visitor, await visitor.deliver(await beginSilently(visitor)))).body, 'stranger')
  t.same(failed, ['FST_LOGIN_DENIED', 'FST_LOGIN_PROVIDER_REFUSED', 'FST_LOGIN_USER_REFUSED', 'FST_LOGIN_PROVIDER_UNAVAILABLE'])
})

test('a provider that is away when a silent sign-in begins keeps nobody from the page', async t => {
  const site = await silentSite(t)
  site.provider.answers.discovery = () => { throw new TypeError('fetch failed') }
  const visitor = site.visitor()
  t.equal((await follow(visitor, await visitor.get('/page'))).body, 'stranger')
})

test('a fault of the application is one, also in a silent sign-in', async t => {
  const site = await silentSite(t, { userId: () => '' })
  const visitor = site.visitor()
  t.equal((await visitor.deliver(await beginSilently(visitor))).statusCode, 500)
})

test('a browser that keeps no cookies sees the page, instead of going in circles', async t => {
  const site = await silentSite(t)
  for (const page of ['/page', '/page?a=b']) {
    const visitor = site.visitor()
    let answer = await visitor.get(page)
    for (let hop = 0; answer.statusCode !== 200; hop++) {
      if (hop === 10) throw new Error('this goes in circles')
      for (const name of visitor.jar.names) visitor.jar.delete(name)
      const location = String(answer.headers.location)
      answer = isRestart(answer) ? await visitor.deliver(location, REFUSED) : await visitor.get(pathOf(location))
    }
    t.equal(answer.body, 'stranger')
  }
})

test('a browser that drops only the session cookie sees the page, instead of going in circles', async t => {
  const site = await silentSite(t)
  const visitor = site.visitor()
  const answer = await visitor.deliver(await beginSilently(visitor))
  visitor.jar.delete(SESSION)
  t.equal((await follow(visitor, answer)).body, 'stranger')
})

test('a page that sends each stranger to a silent sign-in by hand ends at a page that offers a sign-in', async t => {
  const site = await silentSite(t)
  const visitor = site.visitor()
  const refused = await visitor.deliver(await beginSilently(visitor, '/link'), REFUSED)
  const end = await follow(visitor, refused)
  t.equal(end.statusCode, 400)
  t.match(end.body, 'FST_LOGIN_SILENT_REPEATED')
  const [, link = ''] = /href="([^"]*)">Sign in again/.exec(end.body) ?? []
  const asked = await visitor.begin(pathOf(link))
  t.equal(new URL(asked).searchParams.has('prompt'), false, 'with questions')
  t.equal((await visitor.deliver(asked)).headers.location, 'https://app.example.com/link')
  t.equal(visitor.jar.get(MARK), undefined, 'and the mark is gone')
})

test('whoever logs out is not signed in again by the next page, for a day', async t => {
  const site = await silentSite(t)
  const visitor = await site.signedIn()
  for (const way of ['/app/logout', '/auth/logout']) {
    await visitor.signIn()
    await visitor.post(way)
    t.equal(await visitor.who(), undefined)
    t.match(visitor.jar.get(MARK), 'o0')
    t.equal((await visitor.get('/page')).body, 'stranger')
  }
})

test('a logout with a path to end at remembers both', async t => {
  const site = await silentSite(t, { oidc: { postLogoutRedirect: '/bye' } })
  const visitor = await site.signedIn()
  const answer = await visitor.post('/auth/logout')
  t.match(new URL(String(answer.headers.location)).searchParams.get('state'), /./)
  t.same([...visitor.jar.names].sort(), ['__Host-login-binding', MARK])
})

test('where nobody is signed in silently, a logout leaves no mark', async t => {
  const visitor = await (await buildSite(t)).signedIn()
  await visitor.post('/app/logout')
  t.same(visitor.jar.names, [])
})

test('a person who is signed in already goes straight back', async t => {
  const site = await silentSite(t)
  const visitor = await site.signedIn()
  t.equal((await visitor.get(pathOf((await visitor.get('/url')).body))).headers.location, 'https://app.example.com/page')
  t.equal((await visitor.get('/page')).body, 'alice')
})

test('a silent sign-in makes nobody of somebody else: the session goes on as it was', async t => {
  const site = await buildSite(t, {
    prepare (app) { app.get('/more', async request => request.loginUrl({ silent: true, maxAge: 60, returnTo: '/who' })) }
  })
  const more = async (visitor: Visitor, subject: string): Promise<Response> => {
    site.provider.claims = { sub: subject, auth_time: Math.floor(site.clock.now() / 1000) }
    return await visitor.deliver(await visitor.begin(pathOf((await visitor.get('/more')).body)))
  }
  const alice = await site.signedIn()
  const cookie = alice.jar.get(SESSION)
  t.equal((await more(alice, 'mallory')).headers.location, 'https://app.example.com/who')
  t.equal(alice.jar.get(SESSION), cookie)
  t.equal(await alice.who(), 'alice')
  alice.jar.delete(MARK)
  await more(alice, 'alice')
  t.not(alice.jar.get(SESSION), cookie)
  t.equal(await alice.who(), 'alice')

  const local = site.visitor()
  await local.post('/app/login')
  await more(local, 'alice')
  t.equal(await local.who(), 'local', 'nor of somebody who signed in with a password')
})

test('whoever signs in while a silent sign-in is on its way stays who they are', async t => {
  const site = await silentSite(t)
  site.app.post('/local', async request => { await request.loginUser('bob') })
  const visitor = site.visitor()
  const location = await beginSilently(visitor)
  await visitor.post('/local')
  const answer = await visitor.deliver(location)
  t.equal(answer.headers.location, 'https://app.example.com/page')
  t.equal((await follow(visitor, answer)).body, 'bob')
})

test('a silent sign-in proves nothing unless the provider says when the person proved it', async t => {
  const site = await silentSite(t)
  const proof = async (claims: object): Promise<unknown> => {
    site.provider.claims = { ...claims }
    const visitor = site.visitor()
    await visitor.deliver(await beginSilently(visitor))
    return [...(await visitor.get('/user')).json(), (await visitor.get('/proven')).statusCode]
  }
  const now = Math.floor(site.clock.now() / 1000)
  t.match(await proof({}), [false, 0, 302])
  t.match(await proof({ auth_time: now - 5 }), [true, now - 5, 200])
  t.match(await proof({ auth_time: now - 86_400 }), [false, now - 86_400, 200])
  const visitor = await site.signedIn()
  t.match((await visitor.get('/user')).json(), [false])
})

test('a login that is silent first asks where it must, and keeps what it was begun with', async t => {
  const seen: unknown[] = []
  const site = await buildSite(t, {
    oidc: { prompt: 'select_account' },
    onLogin: (_request, _reply, { appState }) => { seen.push(appState) },
    prepare (app) { app.get('/first', async request => request.loginUrl({ silent: 'first', appState: [7], returnTo: '/who' })) }
  })
  const visitor = site.visitor()
  const silent = await visitor.begin(pathOf((await visitor.get('/first')).body))
  t.equal(new URL(silent).searchParams.get('prompt'), 'none')
  const asked = await visitor.deliver(silent, REFUSED)
  t.ok(isRestart(asked))
  t.equal(new URL(String(asked.headers.location)).searchParams.get('prompt'), 'select_account')
  t.equal((await visitor.deliver(String(asked.headers.location))).headers.location, 'https://app.example.com/who')
  t.same(seen, [[7]])
  const again = await visitor.deliver(await visitor.begin(pathOf((await visitor.get('/first')).body)), { code: undefined, error: 'access_denied' })
  t.equal(again.statusCode, 403, 'whoever says no is not asked again')
})

test('an answer in a form leads back too', async t => {
  const site = await silentSite(t, { oidc: { responseMode: 'form_post' } })
  const visitor = site.visitor()
  t.equal((await follow(visitor, await visitor.deliver(await beginSilently(visitor), REFUSED))).body, 'stranger')
  visitor.jar.delete(MARK)
  t.equal((await follow(visitor, await visitor.deliver(await beginSilently(visitor)))).body, 'alice')
})

test('with a strict cookie the way back leads over a page of this site', async t => {
  const site = await silentSite(t, { session: { cookie: { sameSite: 'strict' } } })
  const visitor = site.visitor()
  const answer = await visitor.deliver(await beginSilently(visitor), REFUSED)
  t.equal(answer.statusCode, 200)
  t.match(answer.body, 'https://app.example.com/page')
})

test('with a strict cookie too a silent sign-in makes nobody else of who signed in meanwhile', async t => {
  const site = await silentSite(t, { session: { cookie: { sameSite: 'strict' } } })
  const visitor = site.visitor()
  const callback = site.provider.authorize(await beginSilently(visitor))
  await visitor.post('/app/login')
  const kept = visitor.jar.copy()
  visitor.jar.delete(SESSION) // It does not come along where another site leads here.
  const page = await visitor.get(callback, { 'sec-fetch-site': 'cross-site' })
  t.equal(page.statusCode, 200)
  t.equal(site.provider.count('token'), 0)
  visitor.jar.set(SESSION, String(kept.get(SESSION)))
  t.equal((await visitor.get(callback, { 'sec-fetch-site': 'same-origin' })).statusCode, 200)
  t.equal(await visitor.who(), 'local')
})

test('a state of somebody else leads a browser to a page of this site, signs nobody in, and goes in no circle', async t => {
  const site = await silentSite(t)
  const [mallory, victim] = [site.visitor(), site.visitor()]
  const answer = await victim.deliver(await beginSilently(mallory))
  t.equal(answer.headers.location, 'https://app.example.com/page?silent-login=failed')
  t.equal((await follow(victim, answer)).body, 'stranger')
  const evil = await beginSilently(site.visitor())
  t.equal((await victim.deliver(site.reseal(evil, { returnTo: '//evil.example' }))).headers.location, `${ROOT}?silent-login=failed`)
})

test('a frame begins no silent sign-in', async t => {
  const site = await silentSite(t)
  const visitor = site.visitor()
  const frame = { 'sec-fetch-dest': 'iframe' }
  t.equal((await visitor.get('/page', frame)).body, 'stranger')
  t.equal((await visitor.get(pathOf((await visitor.get('/url')).body), frame)).statusCode, 204)
  t.same(visitor.jar.names, [])
})
