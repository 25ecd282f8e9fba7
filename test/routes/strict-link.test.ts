import { test } from 'tap'
import { BINDING, isRestart } from '../oidc/_people.ts'
import { buildSite, pathOf, type Visitor } from '../oidc/_site.ts'

const strict = { session: { cookie: { sameSite: 'strict' } } } as const
const CROSS_SITE = { 'sec-fetch-site': 'cross-site' }

/** Follows a link of another site: the strict cookie stays at home until the page that comes back from here. */
async function followForeignLink (visitor: Visitor, url: string): Promise<ReturnType<Visitor['get']>> {
  const kept = visitor.jar.copy()
  for (const name of kept.names.filter(name => name !== BINDING)) visitor.jar.delete(name)
  const stranger = await visitor.get(url, CROSS_SITE)
  const page = await visitor.get(pathOf(stranger.headers.location), CROSS_SITE)
  for (const name of kept.names) visitor.jar.set(name, String(kept.get(name)))
  const next = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(page.body)?.[1] ?? ''
  return await visitor.get(pathOf(next.replaceAll('&amp;', '&')), { 'sec-fetch-site': 'same-origin' })
}

test('a signed-in person who follows a link of another site goes on without a new sign-in', async t => {
  const site = await buildSite(t, strict)
  const visitor = await site.signedIn()
  for (let link = 0; link < 4; link++) {
    const answer = await followForeignLink(visitor, '/deep/1')
    t.equal(answer.headers.location, 'https://app.example.com/deep/1')
  }
  t.equal(site.provider.count('token'), 1)
  t.equal(await visitor.who(), 'alice')
})

test('a stranger who follows a link of another site is sent to the provider', async t => {
  const site = await buildSite(t, strict)
  t.ok(isRestart(await followForeignLink(site.visitor(), '/deep/1')))
})
