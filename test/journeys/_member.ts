/** One process of an application that several share; `_members.ts` starts it. */
import Fastify from 'fastify'
import { authPlugin, type SessionOptions } from '../../lib/index.ts'
import { patient } from '../_patience.ts'

interface Assignment {
  readonly secret: string
  readonly session: SessionOptions
}

const { secret, session } = JSON.parse(String(process.env['MEMBER'])) as Assignment
let ahead = 0

globalThis.setTimeout = patient(globalThis.setTimeout)

const app = Fastify({ logger: false })
await app.register(authPlugin, { secret, session, now: () => Date.now() + ahead })

app.post<{ Body: { id: string, remember?: boolean } }>('/login', async request => {
  await request.loginUser(request.body.id, { remember: request.body.remember === true })
  return {}
})
app.post('/logout', async request => {
  await request.logoutUser()
  return {}
})
app.post('/renew', async request => {
  await request.renewLogin()
  return {}
})
app.post('/end-others', { onRequest: [app.loginRequired] }, async ({ currentUser }) => {
  if (currentUser.isAuthenticated) await app.login.sessions.endAll(currentUser, { except: currentUser.sessionHandle })
  return {}
})
app.post('/end-all', { onRequest: [app.loginRequired] }, async ({ currentUser }) => {
  if (currentUser.isAuthenticated) await app.login.sessions.endAll(currentUser)
  return {}
})
app.get('/me', { onRequest: [app.loginRequired] }, async request => request.currentUser)
app.get('/who', async request => request.currentUser)
app.get('/public', async () => ({ hello: 'world' }))
/** Moves the clock on, by seconds. */
app.post<{ Body: { seconds: number } }>('/clock', async ({ body }) => {
  ahead += body.seconds * 1000
  return {}
})

const address = await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.(address)
process.once('disconnect', () => process.exit())
