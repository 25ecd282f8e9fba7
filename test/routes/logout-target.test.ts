import { test } from 'tap'
import { LOGGED_OUT, providerLogout } from '../oidc/_logout.ts'
import { evilPaths, peopled, ROOT } from '../oidc/_people.ts'

test('where the function fails, or gives no place, the logout ends on the logged-out page', async t => {
  const failing: ReadonlyArray<() => unknown> = [
    () => { throw new Error('broken') },
    async () => { throw new Error('broken') },
    ...evilPaths.filter(path => !/^(https:|\/auth)/.test(String(path))).map(path => () => path)
  ]
  for (const postLogoutRedirect of failing) {
    const { site, alice } = await peopled(t, { oidc: { postLogoutRedirect: postLogoutRedirect as () => string } })
    const sent = providerLogout(await alice.post('/auth/logout'))
    t.equal(sent?.['post_logout_redirect_uri'], LOGGED_OUT)
    t.equal(sent?.['state'], undefined)
    t.equal(await alice.who(), undefined)
    t.match(site.log, /oidc.postLogoutRedirect/)
  }
})

test('where the function does not answer, the logout does not wait for it', async t => {
  const { alice } = await peopled(t, { oidc: { postLogoutRedirect: () => new Promise<string>(() => {}) } })
  const alive = setInterval(() => {}, 1000) // A server would keep the process awake.
  t.teardown(() => clearInterval(alive))
  const { setTimeout } = globalThis
  t.intercept(globalThis, 'setTimeout', {
    value: (callback: () => void, delay: number): unknown => setTimeout(callback, delay === 2000 ? 0 : delay)
  })
  t.equal(providerLogout(await alice.post('/auth/logout'))?.['post_logout_redirect_uri'], LOGGED_OUT)
  t.equal(await alice.who(), undefined)
})

test('a page of ours is no place to end at', async t => {
  const { alice } = await peopled(t, { oidc: { postLogoutRedirect: () => '/auth/login' } })
  const state = providerLogout(await alice.post('/auth/logout'))?.['state']
  t.equal((await alice.get(`/auth/logged-out?state=${state}`)).headers.location, ROOT)
})

test('an address that is no ASCII, or has a line break in it, is written as a header takes it', async t => {
  const spellings = {
    'https://www.example.com/\u65e5': 'https://www.example.com/%E6%97%A5',
    'https://www.example.com/\r\nset-cookie: a=b': 'https://www.example.com/set-cookie:%20a=b',
    'https://\u65e5.example/': 'https://xn--wgv.example/',
    'https://www.example.com': 'https://www.example.com'
  }
  for (const [target, spelling] of Object.entries(spellings)) {
    const asked = await peopled(t, { oidc: { postLogoutRedirect: () => target } })
    const state = providerLogout(await asked.alice.post('/auth/logout'))?.['state']
    t.equal((await asked.alice.get(`/auth/logged-out?state=${state}`)).headers.location, spelling)
    const { alice, stranger } = await peopled(t, { oidc: { postLogoutRedirect: target } })
    t.equal(providerLogout(await alice.post('/auth/logout'))?.['post_logout_redirect_uri'], spelling)
    t.equal((await stranger.post('/auth/logout')).headers.location, spelling)
  }
})
