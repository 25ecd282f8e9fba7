import { test } from 'tap'
import { buildSite } from '../oidc/_site.ts'

test('a cookie path that leaves our own routes out is refused: such a logout would end nothing', async t => {
  await t.rejects(buildSite(t, { session: { cookie: { path: '/app' } } }), {
    code: 'FST_LOGIN_CONFIGURATION', message: /"session\.cookie\.path" is "\/app"/
  })
  await t.rejects(buildSite(t, { session: { cookie: { path: '/au' } } }), { code: 'FST_LOGIN_CONFIGURATION' })
})

test('a cookie path that has our own routes below it is accepted', async t => {
  for (const path of ['/auth', '/auth/', '/']) {
    await buildSite(t, { session: { cookie: { name: 'sid', path } } })
  }
  t.pass()
})
