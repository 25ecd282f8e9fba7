import Fastify, { type FastifyRequest } from 'fastify'
import {
  type Account, type AnonymousUser, AuthUser, type Claims, type CurrentUser, type Evidence, type Identity,
  type LoginOptions
} from 'fastify-login'
import { assertType, type Equals } from '../equals.js'

const app = Fastify()

assertType<Equals<FastifyRequest['currentUser'], CurrentUser>>(true)
assertType<Equals<CurrentUser, AuthUser | AnonymousUser>>(true)
assertType<Equals<CurrentUser['isAuthenticated'], boolean>>(true)
assertType<Equals<Account, unknown>>(true)

app.get('/', async ({ currentUser }) => {
  // @ts-expect-error a stranger has no id
  currentUser.id.toString()

  if (!currentUser.isAuthenticated) {
    assertType<Equals<typeof currentUser, AnonymousUser>>(true)
    return currentUser.toJSON()
  }
  assertType<Equals<typeof currentUser, AuthUser>>(true)
  assertType<Equals<typeof currentUser.id, string>>(true)
  assertType<Equals<typeof currentUser.identity, Identity | undefined>>(true)
  assertType<Equals<typeof currentUser.claims, Claims>>(true)
  assertType<Equals<typeof currentUser.claims[string], unknown>>(true)
  assertType<Equals<typeof currentUser.userinfo, Claims | undefined>>(true)
  assertType<Equals<typeof currentUser.scopes, readonly string[]>>(true)
  assertType<Equals<typeof currentUser.account, unknown>>(true)
  assertType<Equals<typeof currentUser.isFresh, boolean>>(true)
  assertType<Equals<typeof currentUser.isRemembered, boolean>>(true)
  assertType<Equals<typeof currentUser.authenticatedAt, number | undefined>>(true)
  assertType<Equals<typeof currentUser.authenticatedBy, Evidence>>(true)
  assertType<Equals<ReturnType<typeof currentUser.toJSON>, { id: string, isAuthenticated: true, claims: Claims }>>(true)

  // @ts-expect-error nothing of a user is assigned to
  currentUser.id = 'somebody else'
  // @ts-expect-error scopes are not added to
  currentUser.scopes.push('admin')
  return currentUser
})

app.get('/switch', async ({ currentUser }) => {
  switch (currentUser.isAuthenticated) {
    case true: return currentUser.id
    case false: return 'stranger'
  }
})

app.post<{ Params: { id: string } }>('/:id', async (request, reply) => {
  const options: LoginOptions = { remember: true, fresh: false, ttl: 60 }
  assertType<Equals<ReturnType<typeof request.loginUser>, Promise<void>>>(true)
  await request.loginUser(request.params.id)
  await request.loginUser(new AuthUser('2', { claims: { name: 'Ada' }, scopes: ['mail.read'] }), options)
  await request.renewLogin()
  await request.logoutUser()
  await request.commitLogin(reply)
  assertType<Equals<ReturnType<typeof request.loginUrl>, string>>(true)
  request.loginUrl({ returnTo: '/' })

  // @ts-expect-error an id is a text
  await request.loginUser(2)
  // @ts-expect-error an unknown option
  await request.loginUser('2', { forever: true })
  // @ts-expect-error the user is not replaced, but signed in
  request.currentUser = new AuthUser('2')
  // @ts-expect-error details have names
  return new AuthUser('2', { roles: ['admin'] })
})
