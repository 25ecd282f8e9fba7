import Fastify from 'fastify'
import authPlugin, { type Account, AuthUser, type CurrentUser, type LoadUser, loginRequired } from 'fastify-login'
import { assertType, type Equals } from '../equals.js'

interface Person { readonly name: string, readonly isAdmin: boolean }

declare module 'fastify-login' {
  interface LoginTypes { account: Person }
  interface LoginNames { admin: true }
}

const app = Fastify()
const people = new Map<string, Person>()

assertType<Equals<Account, Person>>(true)
assertType<Equals<AuthUser['account'], Person>>(true)

app.register(authPlugin, { secret: 'x', loadUser: ({ id }) => people.get(id) })
app.register(authPlugin, { secret: 'x', loadUser: async ({ id }) => people.get(id) ?? null })
const loadUser: LoadUser = async () => ({ name: 'Ada', isAdmin: true })
app.register(authPlugin, { secret: 'x', loadUser })

app.get('/', { onRequest: [app.loginRequired] }, async ({ currentUser }) => {
  // @ts-expect-error a stranger has no account
  if (currentUser.account.isAdmin) return 'nobody'
  return currentUser.isAuthenticated && currentUser.account.isAdmin ? currentUser.account.name : 'nobody'
})

// @ts-expect-error not what the application calls an account
app.register(authPlugin, { secret: 'x', loadUser: () => ({ name: 'Ada' }) })
// @ts-expect-error neither behind a promise
app.register(authPlugin, { secret: 'x', loadUser: async () => 'Ada' })
// @ts-expect-error an account has nothing else
app.get('/age', async ({ currentUser }) => currentUser.isAuthenticated && currentUser.account.age)

app.register(authPlugin, { secret: 'x', name: 'admin' })
app.get('/admin', { onRequest: [app.logins.admin.loginRequired, loginRequired({ login: 'admin' })] }, async request => {
  await request.logins.admin.loginUser('root')
  assertType<Equals<typeof request.logins.admin.currentUser, CurrentUser>>(true)
  // @ts-expect-error no such login
  return request.logins.staff
})
// @ts-expect-error no such login
app.register(authPlugin, { secret: 'x', name: 'staff' })
// @ts-expect-error no such login
loginRequired({ login: 'staff' })
