import Fastify from 'fastify'
import t from 'tap'
import { devProvider } from '../../lib/dev-provider/index.ts'

t.test('the provider of an application gives what goes under oidc, and closes with the application', async t => {
  const app = Fastify()
  const registration = await devProvider(app, { client: { client_id: 'shop' } })
  t.strictSame(Object.keys(registration), ['issuer', 'clientId', 'clientSecret'])
  t.equal(registration.clientId, 'shop')
  t.equal((await fetch(`${registration.issuer}/jwks`)).status, 200)
  await app.close()
  await t.rejects(fetch(registration.issuer))
})

t.test('an application whose provider did not start closes as ever', async t => {
  const app = Fastify()
  await t.rejects(devProvider(app, { port: -1 }), { code: 'FST_LOGIN_CONFIGURATION' })
  await app.close()
})

t.test('an application that is ready already closes its provider too', async t => {
  const app = Fastify()
  await app.ready()
  const { issuer } = await devProvider(app)
  await app.close()
  await t.rejects(fetch(issuer))
})
