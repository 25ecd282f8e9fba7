import Fastify from 'fastify'
import authPlugin, { AuthUser } from 'fastify-login'
import { listen } from '../subjects/listen.ts'
import { personOf } from '../subjects/people.ts'
import type { RunningSubject } from '../subjects/subject.ts'

/** Sessions end in so many seconds, so that what is kept of ended ones has its end while the soak goes on. */
const LIFE = 30

/** An application where people sign in and out by themselves. */
export async function startSoaked (mode: 'cookie' | 'store'): Promise<RunningSubject> {
  const app = Fastify()
  await app.register(authPlugin, {
    secret: 'the benchmarks keep no secret: 0123456789',
    session: { store: 'memory:', mode, idle: LIFE, absolute: LIFE, remember: false }
  })
  app.post<{ Params: { index: number } }>('/login/:index', async (request, reply) => {
    const { id, claims } = personOf(Number(request.params.index))
    await request.loginUser(new AuthUser(id, { claims: { ...claims } }))
    return reply.code(204).send()
  })
  app.post('/logout', async (request, reply) => {
    await request.logoutUser()
    return reply.code(204).send()
  })
  app.get('/me', { onRequest: [app.loginRequired] }, async ({ currentUser }) => currentUser)
  return await listen(app, () => { throw new Error('people sign in by themselves') })
}
