import { test } from 'tap'
import { Unauthorized } from '../../lib/index.ts'
import { ask, createApp, Inside, navigation, readReturnPath, secret, withProvider } from './_app.ts'

interface Navigation {
  readonly title: string
  readonly url: string
  readonly publicUrl?: string
  readonly leadsTo: string
}

const navigations: readonly Navigation[] = [
  { title: 'the page that was asked for, with its query', url: '/mail?folder=1&x=%2F', leadsTo: '/mail?folder=1&x=%2F' },
  { title: 'the page below the path of publicUrl, which the proxy took away', url: '/mail?x', publicUrl: 'http://localhost:3000/app', leadsTo: '/app/mail?x' },
  { title: 'the page below the path of publicUrl, which the proxy left', url: '/app/mail', publicUrl: 'http://localhost:3000/app', leadsTo: '/app/mail' },
  { title: 'the path of publicUrl itself', url: '/app', publicUrl: 'http://localhost:3000/app', leadsTo: '/app' },
  { title: 'the path of publicUrl with a query', url: '/app?x', publicUrl: 'http://localhost:3000/app', leadsTo: '/app?x' },
  { title: 'a page that only begins as the path of publicUrl does', url: '/apple', publicUrl: 'http://localhost:3000/app', leadsTo: '/app/apple' },
  { title: 'the root, where the address is the one of another host', url: '//evil.example/mail', leadsTo: 'the root' },
  { title: 'the root, where the address could be read as one of another host', url: '/a/..//evil.example', leadsTo: 'the root' },
  { title: 'the root, where the address has a backslash', url: '/\\evil.example', leadsTo: 'the root' },
  { title: 'the root, where the address is too long', url: `/mail?${'x'.repeat(1024)}`, leadsTo: 'the root' }
]

for (const { title, url, publicUrl = 'http://localhost:3000', leadsTo } of navigations) {
  test(`a person comes back to ${title}`, async t => {
    const options = { ...withProvider, publicUrl, secret: secret() }
    const app = await createApp(t, options)
    app.get('/*', { onRequest: [app.loginRequired] }, new Inside().handler)

    const { statusCode, headers } = await ask(app, { path: url, headers: navigation })
    t.equal(statusCode, 302)
    t.equal(await readReturnPath(t, headers.location, options), leadsTo)
  })
}

interface Posted {
  readonly title: string
  readonly referer?: string
  readonly publicUrl?: string
  readonly leadsTo: string
}

const posted: readonly Posted[] = [
  { title: 'the page of this site that it stood on', referer: 'http://localhost:3000/mail?folder=1', leadsTo: '/mail?folder=1' },
  { title: 'the root, where it stood on a page of another site', referer: 'https://evil.example/mail', leadsTo: 'the root' },
  { title: 'the root, where it stood on another port of this host', referer: 'http://localhost:3001/mail', leadsTo: 'the root' },
  { title: 'the root, where it stood on this host with another scheme', referer: 'https://localhost:3000/mail', leadsTo: 'the root' },
  { title: 'the root, where the Referer is no address', referer: 'mail', leadsTo: 'the root' },
  { title: 'the root, where there is no Referer', leadsTo: 'the root' },
  { title: 'the root, where it stood on a page of the sign-in', referer: 'http://localhost:3000/auth/logged-out', leadsTo: 'the root' },
  { title: 'the root, where the path of the Referer could leave the site', referer: 'http://localhost:3000//evil.example', leadsTo: 'the root' },
  { title: 'the page below the path of publicUrl', referer: 'http://localhost:3000/app/mail', publicUrl: 'http://localhost:3000/app', leadsTo: '/app/mail' },
  { title: 'the root of the application, where it stood beside the path of publicUrl', referer: 'http://localhost:3000/other', publicUrl: 'http://localhost:3000/app', leadsTo: 'the root' }
]

for (const { title, referer, publicUrl = 'http://localhost:3000', leadsTo } of posted) {
  test(`after signing in, the person of a form comes back to ${title}`, async t => {
    const options = { ...withProvider, publicUrl, secret: secret() }
    const app = await createApp(t, options)
    app.post('/send', { onRequest: [app.loginRequired] }, new Inside().handler)
    app.setErrorHandler((error, _request, reply) => reply.send({ loginUrl: error instanceof Unauthorized ? error.loginUrl : '' }))

    const headers = referer === undefined ? {} : { referer }
    const response = await app.inject({ method: 'POST', url: '/send', headers })
    t.equal(await readReturnPath(t, response.json<{ loginUrl: string }>().loginUrl, options), leadsTo)
  })
}

const wished: ReadonlyArray<readonly [returnTo: string, leadsTo: string]> = [
  ['/mail?x#y', '/mail?x#y'],
  ['/a/../mail', '/mail'],
  ['/', 'the root'],
  ['mail', 'the root'],
  ['', 'the root'],
  ['https://evil.example/', 'the root'],
  ['//evil.example', 'the root'],
  ['/\\evil.example', 'the root'],
  ['/.//evil.example', 'the root'],
  ['/a/..//evil.example', 'the root'],
  ['/mail\nSet-Cookie: a=b', 'the root'],
  ['javascript:alert(1)', 'the root'],
  ['/auth/login', 'the root'],
  ['/auth/callback?code=1', 'the root'],
  ['/Auth/LOGIN/', 'the root'],
  ['/%61uth/login', 'the root'],
  ['/mail%ff', 'the root']
]

for (const [returnTo, leadsTo] of wished) {
  test(`request.loginUrl({ returnTo: ${JSON.stringify(returnTo)} }) leads to ${leadsTo}`, async t => {
    const options = { ...withProvider, secret: secret() }
    const app = await createApp(t, options)
    app.get('/', async request => request.loginUrl({ returnTo }))

    t.equal(await readReturnPath(t, (await app.inject('/')).body, options), leadsTo)
  })
}

test('behind a proxy a page of the sign-in is no place to come back to either, however often its path is said', async t => {
  const options = { ...withProvider, publicUrl: 'http://localhost:3000/app', secret: secret() }
  const app = await createApp(t, options)
  app.get('/', async request => ['/app/auth/login', '/app/app/auth/login', '/app/mail']
    .map(returnTo => request.loginUrl({ returnTo })))

  const urls = (await app.inject('/')).json<readonly string[]>()
  const leadTo = await Promise.all(urls.map(async url => await readReturnPath(t, url, options)))
  t.same(leadTo, ['the root', 'the root', '/app/mail'])
})

test('request.loginUrl() leads to where the person is', async t => {
  const options = { ...withProvider, secret: secret() }
  const app = await createApp(t, options)
  app.get('/mail', async request => request.loginUrl())

  const response = await app.inject({ url: '/mail?x', headers: navigation })
  t.equal(await readReturnPath(t, response.body, options), '/mail?x')
})

test('the return path travels sealed: it is not to be read in the address', async t => {
  const app = await createApp(t, withProvider)
  app.get('/', async request => request.loginUrl({ returnTo: '/my-private-page' }))

  const { body } = await app.inject('/')
  t.notMatch(body, /private/)
  t.notMatch(Buffer.from(String(new URL(body).searchParams.get('returnTo')), 'base64url').toString(), /private/)
})

test('request.loginUrl() without a provider throws FST_LOGIN_NO_PROVIDER', async t => {
  const app = await createApp(t)
  app.get('/', async request => request.loginUrl())

  const response = await app.inject('/')
  t.equal(response.statusCode, 500)
  t.match(response.json(), { code: 'FST_LOGIN_NO_PROVIDER' })
})
