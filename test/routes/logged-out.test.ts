import { test } from 'tap'
import { isRestart, peopled } from '../oidc/_people.ts'
import { buildSite, pathOf } from '../oidc/_site.ts'

test('the logged-out page is there for everybody and asks nobody to sign in', async t => {
  const { alice, stranger } = await peopled(t)
  for (const visitor of [alice, stranger]) {
    const answer = await visitor.get('/auth/logged-out')
    t.equal(answer.statusCode, 200)
    t.match(answer.headers['content-type'], /^text\/html/)
    t.match(answer.headers['cache-control'], /no-store/)
  }
})

test('the logged-out page stays public where a guard stands before the whole application', async t => {
  const site = await buildSite(t)
  site.app.addHook('onRequest', (request, reply, done) => site.app.loginRequired(request, reply, done))
  t.equal((await site.visitor().get('/auth/logged-out')).statusCode, 200)
  t.equal((await site.visitor().get('/')).statusCode, 302)
})

test('its button signs in again', async t => {
  const { stranger } = await peopled(t)
  const page = await stranger.get('/auth/logged-out')
  t.ok(isRestart(await stranger.get(pathOf(/href="([^"]*)">Sign in again/.exec(page.body)?.[1]))))
})

test('its query does not appear in it', async t => {
  const { stranger } = await peopled(t)
  t.notMatch((await stranger.get('/auth/logged-out?state=evil&error_description=evil&returnTo=evil')).body, 'evil')
})
