import { test } from 'tap'
import { silentLogin } from '../../lib/index.ts'
import { startApplication, startProvider } from './_application.ts'
import { Browser } from './_browser.ts'

test('whom a real provider knows is signed in without a question, and a stranger comes back as one', async t => {
  const provider = await startProvider(t)
  const { origin, session } = await startApplication(t, {
    provider,
    oidc: { silentLogin: true },
    addPages (scope) {
      scope.get('/page', { onRequest: [silentLogin] }, async ({ currentUser }) => currentUser.isAuthenticated ? currentUser.id : 'stranger')
      scope.get('/sign-up', async (request, reply) => reply.redirect(request.loginUrl({ prompt: 'create', returnTo: '/page' })))
    }
  })
  const browser = new Browser()
  const tab = browser.tab()
  t.equal((await tab.open(`${origin}/page`)).text, 'stranger')
  const before = tab.visited.length
  t.equal((await tab.open(`${origin}/page`)).text, 'stranger')
  t.equal(tab.visited.length, before + 1, 'nobody is sent around again')

  await tab.open(`${origin}/sign-up`)
  t.equal(tab.page.url.origin, provider.issuer)
  const asked = tab.visited.findLast(url => url.searchParams.has('client_id'))
  t.equal(asked?.searchParams.get('prompt'), 'create')
  t.equal((await tab.submit('alice')).text, 'alice')

  browser.forget(session)
  t.equal((await tab.open(`${origin}/page`)).text, 'alice', 'without a question')
  t.ok(tab.visited.some(url => url.searchParams.get('prompt') === 'none'))
})
