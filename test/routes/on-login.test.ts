import { test } from 'tap'
import type { AuthOptions } from '../../lib/index.ts'
import { BINDING, evilPaths, isRestart, ROOT } from '../oidc/_people.ts'
import { buildSite, pathOf, type Site, type Visitor } from '../oidc/_site.ts'

const CART = { cart: ['a', 1, null, { deep: 'ü' }] }

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** A site whose sign-ins carry a cart, and what the application heard of them. */
async function cartSite (t: Teardown, options: Partial<AuthOptions> = {}): Promise<{ site: Site, heard: unknown[] }> {
  const heard: unknown[] = []
  const { oidc, ...others } = options
  const site = await buildSite(t, {
    onLogin ({ currentUser }, _reply, { appState, returnTo }) {
      heard.push([currentUser.isAuthenticated && currentUser.id, appState, returnTo])
    },
    ...others,
    ...oidc === undefined ? {} : { oidc },
    prepare (app) { app.get('/buy', async request => request.loginUrl({ appState: CART, returnTo: '/deep/pay', ...request.query as object })) }
  })
  return { site, heard }
}

async function buy (visitor: Visitor): Promise<string> {
  return await visitor.begin(pathOf((await visitor.get('/buy')).body))
}

test('what a sign-in was begun with comes back when the person is signed in, once', async t => {
  const { site, heard } = await cartSite(t)
  const visitor = site.visitor()
  const callback = site.provider.authorize(await buy(visitor))
  t.equal((await visitor.get(callback)).headers.location, 'https://app.example.com/deep/pay')
  await visitor.get(callback)
  t.same(heard, [['alice', CART, '/deep/pay']])
})

test('a sign-in without a state brings none', async t => {
  const { site, heard } = await cartSite(t)
  await site.visitor().signIn('/deep/1')
  t.same(heard, [['alice', undefined, '/deep/1']])
})

test('it survives lost cookies, as often as the sign-in does, and a person who signs in once more', async t => {
  const { site, heard } = await cartSite(t)
  const visitor = site.visitor()
  let location = await buy(visitor)
  for (let round = 0; round < 2; round++) {
    visitor.jar.delete(BINDING)
    const answer = await visitor.deliver(location)
    t.ok(isRestart(answer))
    location = String(answer.headers.location)
  }
  await visitor.deliver(location)
  await visitor.deliver(await buy(visitor))
  t.same(heard, [['alice', CART, '/deep/pay'], ['alice', CART, '/deep/pay']])
})

test('it survives a refusal: the page that says so offers the same sign-in', async t => {
  const { site, heard } = await cartSite(t)
  const visitor = site.visitor()
  const page = await visitor.deliver(await buy(visitor), { code: undefined, error: 'access_denied' })
  t.equal(page.statusCode, 403)
  t.same(heard, [])
  const [, link = ''] = /href="([^"]*)">Sign in again/.exec(page.body) ?? []
  await visitor.signIn(pathOf(link))
  t.same(heard, [['alice', CART, '/deep/pay']])
})

test('nobody can make one up, or read it on its way', async t => {
  const { site, heard } = await cartSite(t)
  const visitor = site.visitor()
  t.notMatch(decodeURIComponent(await buy(visitor)), 'cart')
  await visitor.signIn('/auth/login?appState=%7B%22cart%22%3A1%7D')
  t.same(heard, [['alice', undefined, '/']])
})

test('the application may say where the person goes on to, and it is a path of this site', async t => {
  let target: string | undefined
  const { site } = await cartSite(t, { onLogin: async () => target })
  const end = async (): Promise<unknown> => {
    const visitor = site.visitor()
    return (await visitor.deliver(await buy(visitor))).headers.location
  }
  t.equal(await end(), 'https://app.example.com/deep/pay')
  target = '/welcome?a=b'
  t.equal(await end(), 'https://app.example.com/welcome?a=b')
  for (target of evilPaths.filter(path => typeof path === 'string')) t.equal(await end(), ROOT)
})

test('it may answer itself', async t => {
  const { site } = await cartSite(t, { async onLogin (_request, reply) { await reply.code(201).send('hello') } })
  const visitor = site.visitor()
  const answer = await visitor.deliver(await buy(visitor))
  t.match(answer, { statusCode: 201, body: 'hello' })
  t.equal(await visitor.who(), 'alice')
})

test('where it fails, or returns something else, the person is signed in all the same', async t => {
  for (const onLogin of [() => { throw new Error('the database is down') }, async () => { throw new Error('down') }, () => 7, () => null]) {
    const { site } = await cartSite(t, { onLogin: onLogin as unknown as () => undefined })
    const visitor = site.visitor()
    t.equal((await visitor.deliver(await buy(visitor))).statusCode, 500)
    t.equal(await visitor.who(), 'alice')
  }
})

test('it is not asked about a login that the application makes itself', async t => {
  const { site, heard } = await cartSite(t)
  await site.visitor().post('/app/login')
  t.same(heard, [])
})
