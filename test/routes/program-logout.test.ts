import { test } from 'tap'
import { LOGGED_OUT, providerLogout } from '../oidc/_logout.ts'
import { peopled, ROOT } from '../oidc/_people.ts'
import type { Response, Visitor } from '../oidc/_site.ts'

const OUT = 'https://tool.example.com/out'
const programs = {
  web: { passThrough: true, postLogoutRedirectUris: [OUT, 'https://tool.example.com/out?x=1', 'com.example.tool:/out'] },
  cli: { passThrough: true, postLogoutRedirectUris: ['http://127.0.0.1/out'] }
}

function logoutPath (parameters: Record<string, string> | Array<[string, string]>): string {
  return `/auth/logout?${new URLSearchParams(parameters)}`
}

/** What the button of the page that asks does. */
async function pressed (visitor: Visitor, page: Response): Promise<Response> {
  const action = /action="([^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const { pathname, search } = new URL(action)
  return await visitor.post(pathname + search)
}

/** Where the provider sends the browser on to. */
async function afterProvider (visitor: Visitor, answer: Response): Promise<unknown> {
  const sent = providerLogout(answer)
  if (sent?.['post_logout_redirect_uri'] !== LOGGED_OUT) throw new Error('the provider knows another address')
  return (await visitor.get(`/auth/logged-out?state=${sent['state'] ?? ''}`, { 'sec-fetch-site': 'cross-site' })).headers.location
}

test('a logout that a program begins asks the person, goes by the provider, and ends at the program', async t => {
  const { alice, site } = await peopled(t, { programs })
  const page = await alice.get(logoutPath({ client_id: 'web', post_logout_redirect_uri: OUT, state: 'a&b="><' }), {
    'sec-fetch-site': 'cross-site'
  })
  t.equal(page.statusCode, 200)
  t.equal(await alice.who(), 'alice')
  t.equal(await afterProvider(alice, await pressed(alice, page)), `${OUT}?state=a%26b%3D%22%3E%3C`)
  t.equal(await alice.who(), undefined)
  t.same(site.leaks(site.log), [])
})

test('it ends at any registered address, with what was in its query, and at any port of this machine', async t => {
  for (const [said, ends] of [
    [{ post_logout_redirect_uri: OUT }, OUT],
    [{ client_id: 'web', post_logout_redirect_uri: `${OUT}?x=1`, state: 's' }, `${OUT}?x=1&state=s`],
    [{ client_id: 'web', post_logout_redirect_uri: 'com.example.tool:/out', state: 's' }, 'com.example.tool:/out?state=s'],
    [{ client_id: 'cli', post_logout_redirect_uri: 'http://127.0.0.1:4711/out' }, 'http://127.0.0.1:4711/out']
  ] as const) {
    const { alice } = await peopled(t, { programs })
    t.equal(await afterProvider(alice, await alice.post(logoutPath(said))), ends)
    const { alice: other } = await peopled(t, { programs })
    t.equal(await afterProvider(other, await other.post('/auth/logout', new URLSearchParams(said).toString())), ends, 'in a form')
  }
})

test('an address that is not registered is as if nothing had been said', async t => {
  const addresses = [
    'https://evil.example/', `${OUT}/`, `${OUT}?x=2`, `${OUT}#x`, 'https://tool.example.com:444/out', '//tool.example.com/out',
    'HTTPS://tool.example.com/out', 'https://tool.example.com/a/../out', 'javascript:alert(1)', '', `${OUT}\r\nx: y`,
    'https://tool.example.com@evil.example/out', 'http://127.0.0.1:0x50/out', 'http://localhost/out', 'http://127.0.0.1:1@evil.example/out'
  ]
  const wishes: Array<Array<[string, string]>> = [
    ...addresses.map((address): Array<[string, string]> => [['post_logout_redirect_uri', address]]),
    [['client_id', 'cli'], ['post_logout_redirect_uri', OUT]],
    [['client_id', 'nobody'], ['post_logout_redirect_uri', OUT]],
    [['client_id', ''], ['post_logout_redirect_uri', OUT]],
    [['post_logout_redirect_uri', OUT], ['post_logout_redirect_uri', OUT]],
    [['post_logout_redirect_uri', OUT], ['state', 'x'.repeat(1025)]],
    [['post_logout_redirect_uri', OUT], ['state', 'x'], ['state', 'y']]
  ]
  for (const wish of wishes) {
    const { alice } = await peopled(t, { programs })
    const page = await alice.get(logoutPath(wish))
    t.match(page.body, 'action="https://app.example.com/auth/logout"', String(wish))
    const sent = providerLogout(await alice.post(logoutPath(wish)))
    t.match(sent, { post_logout_redirect_uri: LOGGED_OUT }, String(wish))
    t.equal(sent?.['state'], undefined, String(wish))
  }
})

test('it takes the place of where the application wants a logout to end', async t => {
  const { alice } = await peopled(t, { programs, oidc: { postLogoutRedirect: '/bye' } })
  t.equal(await afterProvider(alice, await alice.post(logoutPath({ post_logout_redirect_uri: OUT }))), OUT)
  const { alice: other } = await peopled(t, { programs, oidc: { postLogoutRedirect: '/bye' } })
  t.equal(await afterProvider(other, await other.post('/auth/logout')), 'https://app.example.com/bye')
})

test('whoever has no session of a provider is sent there at once', async t => {
  const { site } = await peopled(t, { programs })
  const visitor = site.visitor()
  t.equal((await visitor.post(logoutPath({ post_logout_redirect_uri: OUT, state: 's' }))).headers.location, `${OUT}?state=s`)
  await visitor.post('/app/login')
  t.equal((await visitor.post(logoutPath({ post_logout_redirect_uri: OUT }))).headers.location, OUT)
  t.equal(await visitor.who(), undefined)
})

test('without the page that logouts come back to, the provider ends them where it knows', async t => {
  const { alice } = await peopled(t, { programs, routes: { loggedOut: false } })
  const ended = providerLogout(await alice.post(logoutPath({ post_logout_redirect_uri: OUT })))
  t.match(ended, { post_logout_redirect_uri: ROOT })
  const { alice: other, site } = await peopled(t, { programs, routes: { loggedOut: false } })
  site.provider.metadata = { end_session_endpoint: undefined }
  site.clock.advance(700)
  const answer = await other.post(logoutPath({ post_logout_redirect_uri: OUT }))
  t.equal(answer.headers.location, OUT, 'or here, where it ends none')
})

test('a target that a program said is good only while its address is registered', async t => {
  const { alice, site } = await peopled(t, { programs })
  const state = providerLogout(await alice.post(logoutPath({ post_logout_redirect_uri: OUT })))?.['state']
  const opened = site.vault.open('logout-state', String(state))?.payload as { r: string }
  t.equal(opened.r, `program:post_logout_redirect_uri=${encodeURIComponent(OUT)}`)
  const evil = 'program:post_logout_redirect_uri=https%3A%2F%2Fevil.example'
  const forged = site.vault.seal('logout-state', { ...opened, r: evil })
  t.equal((await alice.get(`/auth/logged-out?state=${forged}`)).statusCode, 200)
})
