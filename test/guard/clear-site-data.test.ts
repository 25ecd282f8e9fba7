import Fastify from 'fastify'
import { type Test, test } from 'tap'
import { authPlugin, type AuthOptions } from '../../lib/index.ts'
import { buildApp, secret, type BuildOptions } from '../_app.ts'
import { buildSite } from '../oidc/_site.ts'
import { Browser } from '../session/_browser.ts'

const publicUrl = 'https://app.example.com'
const HEADER = 'clear-site-data'

async function build (t: Test, options: BuildOptions = {}): ReturnType<typeof buildApp> {
  const app = await buildApp({ publicUrl, session: { clearSiteData: true }, ...options })
  t.teardown(() => app.close())
  return app
}

test('the answer to a logout says what to forget, once, and no other answer does', async t => {
  const app = await build(t)
  const ada = new Browser(app)
  t.equal((await ada.post('/login')).headers[HEADER], undefined)
  for (const url of ['/me', '/who', '/public']) t.equal((await ada.get(url)).headers[HEADER], undefined, url)
  t.equal((await ada.post('/renew')).headers[HEADER], undefined)
  t.equal((await ada.post('/logout')).headers[HEADER], '"cache", "storage"')
  t.equal((await ada.get('/who')).headers[HEADER], undefined)
})

test('where the answer leaves twice because a later hook threw, it is there once', async t => {
  const app = await build(t)
  const onSend = async (): Promise<never> => { throw new Error('a later hook') }
  app.get('/leave', { onSend }, async request => { await request.logoutUser() })
  const { headers, statusCode } = await app.inject('/leave')
  t.equal(statusCode, 500)
  t.equal(headers[HEADER], '"cache", "storage"')
})

test('nothing is said without the option, or on plain http, where browsers take no notice', async t => {
  const quiet: readonly Partial<AuthOptions>[] = [
    { session: {} }, { session: { clearSiteData: false } }, { publicUrl: 'http://localhost:3000' }
  ]
  for (const options of quiet) {
    const app = await build(t, options)
    t.equal((await (await new Browser(app).login()).post('/logout')).headers[HEADER], undefined)
  }
})

test('without publicUrl the scheme of the request decides', async t => {
  const app = Fastify({ trustProxy: true })
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret(), session: { clearSiteData: ['*'] } })
  app.post('/logout', async request => { await request.logoutUser() })
  for (const [scheme, value] of [['http', undefined], ['https', '"*"']] as const) {
    const { headers } = await app.inject({ method: 'POST', url: '/logout', headers: { 'x-forwarded-proto': scheme } })
    t.equal(headers[HEADER], value)
  }
})

test('a route that says it itself has its way', async t => {
  const app = await build(t)
  app.post('/leave', async (request, reply) => {
    reply.header(HEADER, '"cookies"')
    await request.logoutUser()
    return {}
  })
  t.equal((await (await new Browser(app).login()).post('/leave')).headers[HEADER], '"cookies"')
})

test('who is logged in again with the same answer keeps everything', async t => {
  const app = await build(t)
  app.post('/switch', async request => {
    await request.logoutUser()
    await request.loginUser('other')
    return {}
  })
  const ada = await new Browser(app).login()
  t.equal((await ada.post('/switch')).headers[HEADER], undefined)
  t.equal(await ada.isSignedIn(), true)
})

test('a hijacked answer has it by commitLogin', async t => {
  const app = await build(t)
  app.post('/leave', async (request, reply) => {
    await request.logoutUser()
    await request.commitLogin(reply)
    reply.hijack()
    reply.raw.end('bye')
  })
  t.equal((await (await new Browser(app).login()).post('/leave')).headers[HEADER], '"cache", "storage"')
})

test('the logout route says it too, and a refused person does not', async t => {
  const site = await buildSite(t, { session: { clearSiteData: ['cache', 'cookies'] } })
  const alice = await site.signedIn()
  t.equal((await alice.post('/auth/logout')).headers[HEADER], '"cache", "cookies"')
  let isKnown = true
  const app = await build(t, { loadUser: () => isKnown ? {} : null })
  const ada = await new Browser(app).login()
  isKnown = false
  t.equal((await ada.get('/who')).headers[HEADER], undefined)
})
