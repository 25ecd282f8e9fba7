import Fastify from 'fastify'
import { type LoginGuard, loginRequired, type LoginRequired } from 'fastify-login'
import { assertType, type Equals } from '../equals.js'

const app = Fastify()
const handler = async () => ({})

assertType<Equals<typeof app.loginRequired, LoginRequired>>(true)
assertType<Equals<typeof loginRequired, LoginRequired>>(true)

for (const guard of [app.loginRequired, loginRequired]) {
  app.get('/on-request', { onRequest: guard }, handler)
  app.get('/on-requests', { onRequest: [guard] }, handler)
  app.get('/pre-parsing', { preParsing: [async (_request, _reply, payload) => payload], onRequest: [guard] }, handler)
  app.get('/pre-validation', { preValidation: guard }, handler)
  app.get('/pre-validations', { preValidation: [guard] }, handler)
  app.get('/pre-handler', { preHandler: guard }, handler)
  app.get('/pre-handlers', { preHandler: [guard, async () => {}] }, handler)
  app.route({ method: 'POST', url: '/route', onRequest: guard, handler })
  app.addHook('onRequest', guard)
  app.addHook('preValidation', guard)
  app.addHook('preHandler', guard)

  const demanding = guard({ fresh: true, maxAge: 300 })
  assertType<Equals<typeof demanding, LoginGuard>>(true)
  app.get('/fresh/on-request', { onRequest: demanding }, handler)
  app.get('/fresh/on-requests', { onRequest: [demanding] }, handler)
  app.get('/fresh/pre-validation', { preValidation: [demanding] }, handler)
  app.get('/fresh/pre-handler', { preHandler: [guard, demanding] }, handler)
  app.addHook('onRequest', demanding)
  app.addHook('preHandler', guard())
  app.setNotFoundHandler({ preHandler: guard, preValidation: demanding }, handler)

  app.get<{ Params: { id: string }, Querystring: { page: number }, Reply: { id: string } }>('/generic/:id',
    { onRequest: [guard], preValidation: guard({}), preHandler: [guard({ maxAge: 60 })] },
    async ({ params }) => ({ id: params.id }))

  guard({ via: ['cookie', 'basic', 'api-key'] as const, login: 'admin' })

  // @ts-expect-error evidence comes in a list
  guard({ via: 'basic' })
  // @ts-expect-error an unknown requirement
  guard({ roles: ['admin'] })
  // @ts-expect-error an age in seconds
  guard({ maxAge: '5m' })
  // @ts-expect-error a guard is no hook of the answer
  app.get('/on-send', { onSend: [guard({})] }, handler)
}

app.get('/public', { config: { auth: false } }, handler)
app.get('/private', { config: { auth: true }, onRequest: [app.loginRequired] }, handler)
// @ts-expect-error auth is switched, not named
app.get('/wrong', { config: { auth: 'none' } }, handler)
