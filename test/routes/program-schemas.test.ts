import { test } from 'tap'
import { withProvider } from '../guard/_app.ts'
import { createDocumented, type Document, openapi } from '../guard/openapi/_document.ts'

const options = {
  ...withProvider, bearer: { issued: true }, programs: { cli: { redirectUris: ['http://127.0.0.1/callback'] } }
}

for (const version of ['3.0.3', '3.1.0']) {
  test(`endpoints for programs are in the document of an application, pages are not, in OpenAPI ${version}`, async t => {
    const app = await createDocumented(t, { options, swagger: openapi(version) })
    await app.ready()
    const { paths } = app.swagger() as unknown as Document
    t.same(Object.keys(paths).sort(), [
      '/auth/authorize', '/auth/device', '/auth/introspect', '/auth/revoke', '/auth/token', '/auth/userinfo'
    ])
    t.same(Object.keys(paths['/auth/authorize'] ?? {}), ['get'])
    for (const path of ['/auth/token', '/auth/revoke', '/auth/introspect']) {
      t.notHas(paths[path]?.['post'], 'security', 'programs prove themselves in the form or by Basic')
    }
    t.match(paths['/auth/userinfo']?.['get'], { security: Array, responses: { 401: {} } })
  })
}

test('what OpenAPI says of an endpoint judges nothing: its handler does, in the words of the standard', async t => {
  const app = await createDocumented(t, { options })
  const nowhere = await app.inject('/auth/authorize?client_id=cli&response_type=token&response_type=code')
  t.notMatch(nowhere.body, 'querystring')
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const token = await app.inject({ method: 'POST', url: '/auth/token', payload: 'grant_type=nonsense', headers })
  t.match(token.json(), { error: /^[a-z_]+$/ })
})
