import { test } from 'tap'
import { BINDING, evilPaths, isRestart, peopled, ROOT } from '../oidc/_people.ts'
import { buildSite, pathOf } from '../oidc/_site.ts'

test('a person who asks for the login page is sent to the provider, and the answer is cached nowhere', async t => {
  const { stranger } = await peopled(t)
  const answer = await stranger.get('/auth/login')
  t.ok(isRestart(answer))
  t.match(answer.headers['cache-control'], /private, no-store/)
  t.match(answer.headers.vary, /Cookie/)
})

test('a browser without fetch metadata is a person too', async t => {
  const { site } = await peopled(t)
  t.ok(isRestart(await site.app.inject({ url: '/auth/login' })))
})

const noPerson: Record<string, Record<string, string | undefined>> = {
  'a prefetch': { 'sec-purpose': 'prefetch' },
  'a prerender': { 'sec-purpose': 'prefetch;prerender' },
  'an old prefetch': { purpose: 'prefetch' },
  'a fetch': { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
  'a fetch of this site': { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' },
  'an image': { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  'an iframe': { 'sec-fetch-dest': 'iframe' },
  'an XMLHttpRequest of an old browser': { 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined, 'x-requested-with': 'XMLHttpRequest' }
}

for (const [name, headers] of Object.entries(noPerson)) {
  test(`${name} begins no login: an empty answer that is cached nowhere, and no cookie`, async t => {
    const { site, stranger } = await peopled(t)
    const answer = await stranger.get('/auth/login', headers)
    t.equal(answer.statusCode, 204)
    t.equal(answer.body, '')
    t.match(answer.headers['cache-control'], /no-store/)
    t.same(answer.cookies, [])
    t.equal(answer.headers.location, undefined)
    t.equal(site.provider.count('discovery'), 1, 'the provider is not asked')
  })
}

test('HEAD begins no login', async t => {
  const { stranger } = await peopled(t)
  const answer = await stranger.head('/auth/login')
  t.equal(answer.statusCode, 204)
  t.match(answer.headers['cache-control'], /no-store/)
  t.same(stranger.jar.names, [])
})

test('POST begins no login', async t => {
  const { stranger } = await peopled(t)
  t.equal((await stranger.post('/auth/login')).statusCode, 404)
})

test('a signed-in person may sign in again, and stays signed in until that is done', async t => {
  const { alice } = await peopled(t)
  t.ok(isRestart(await alice.get('/auth/login')))
  t.equal(await alice.who(), 'alice')
})

test('a return path that was sealed here is where the login ends', async t => {
  const { site, stranger } = await peopled(t)
  const answer = await stranger.signIn(site.loginPage('/deep/1?a=b%26c#top'))
  t.equal(answer.headers.location, 'https://app.example.com/deep/1?a=b%26c#top')
})

test('a return path that was sealed here but leaves the site leads to its root', async t => {
  const { site } = await peopled(t)
  for (const path of evilPaths) {
    const location = await site.visitor().begin(site.loginPage(path))
    t.equal(site.returnToOf(location), '/', JSON.stringify(path).slice(0, 40))
    const answer = await site.visitor().signIn(site.loginPage(path))
    t.equal(answer.headers.location, ROOT)
  }
})

test('a return path that was not sealed here leads to the root', async t => {
  const { site, stranger } = await peopled(t)
  await stranger.begin()
  const sealed = new URL(site.loginPage('/deep/1'), ROOT).searchParams.get('returnTo') ?? ''
  const texts = {
    'a plain path': '/deep/1',
    'an address': 'https://evil.example/',
    nothing: '',
    'a tampered text': `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`,
    'a text with more at its end': `${sealed}A`,
    'a text for another purpose': site.vault.seal('state', { v: 1, r: '/deep/1' }),
    'a text of another version': site.vault.seal('return-path', { v: 2, r: '/deep/1' }),
    'a binding': String(stranger.jar.get(BINDING)),
    'a text of another application': new URL((await buildSite(t)).loginPage('/deep/1'), ROOT).searchParams.get('returnTo') ?? ''
  }
  for (const [name, text] of Object.entries(texts)) {
    const answer = await site.visitor().signIn(`/auth/login?returnTo=${encodeURIComponent(text)}`)
    t.equal(answer.headers.location, ROOT, name)
  }
})

test('two return paths are none', async t => {
  const { site, stranger } = await peopled(t)
  const one = site.loginPage('/deep/1')
  t.equal((await stranger.signIn(`${one}&${one.split('?')[1]}`)).headers.location, ROOT)
})

test('other names for a return path have no meaning', async t => {
  const { site } = await peopled(t)
  for (const name of ['return_to', 'redirect', 'redirect_uri', 'next', 'target_link_uri', 'url', 'returnto']) {
    t.equal((await site.visitor().signIn(`/auth/login?${name}=/deep/1`)).headers.location, ROOT, name)
  }
})

test('request.loginUrl leads to a path of this site, and for anything else to its root', async t => {
  const { site, stranger } = await peopled(t)
  const end = async (to: string): Promise<unknown> => {
    const url = (await stranger.get(`/login-url?to=${encodeURIComponent(to)}`)).body
    return (await site.visitor().signIn(pathOf(url))).headers.location
  }
  t.equal(await end('/deep/1?a=b'), 'https://app.example.com/deep/1?a=b')
  t.equal(await end('/'), ROOT)
  for (const path of evilPaths) t.equal(await end(String(path)), ROOT, String(path).slice(0, 40))
})

test('a login begins without a session where loadUser has nothing to say about it', async t => {
  let isDown = false
  const loadUser = (): object => {
    if (isDown) throw new Error('the database is down')
    return {}
  }
  const { alice } = await peopled(t, { loadUser })
  isDown = true
  t.ok(isRestart(await alice.get('/auth/login')))
})
