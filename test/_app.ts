import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { randomBytes } from 'node:crypto'
import { authPlugin, type AuthOptions, AuthUser, type Claims } from '../lib/index.ts'

/** A random secret, as `npx fastify-login secret` makes one. */
export function secret (): string {
  return randomBytes(32).toString('base64url')
}

export interface BuildOptions extends Partial<AuthOptions> {
  readonly logger?: FastifyServerOptions['logger']
}

/** What `POST /login` takes, all of it optional. */
export interface LoginBody {
  readonly id?: string
  readonly remember?: boolean
  readonly fresh?: boolean
  readonly ttl?: number
  readonly claims?: Claims
}

/**
 * An application that checks credentials itself: `POST /login`, `/logout` and `/renew`, `GET /me` for signed-in people,
 * `GET /who` for everybody, and `GET /public`, which never asks. Closing it is up to the caller:
 * `t.teardown(() => app.close())`.
 */
export async function buildApp ({ logger = false, ...options }: BuildOptions = {}): Promise<FastifyInstance> {
  const app = Fastify({ logger, bodyLimit: 2_000_000 })
  await app.register(authPlugin, { secret: secret(), ...options })

  app.post('/login', async request => {
    const { id = '2', claims, remember, fresh, ttl } = (request.body ?? {}) as LoginBody
    await request.loginUser(new AuthUser(id, { claims }), {
      ...(remember === undefined ? {} : { remember }),
      ...(fresh === undefined ? {} : { fresh }),
      ...(ttl === undefined ? {} : { ttl })
    })
    return { id }
  })
  app.post('/logout', async request => {
    await request.logoutUser()
    return { isAuthenticated: request.currentUser.isAuthenticated }
  })
  app.post('/renew', async request => {
    await request.renewLogin()
    return { isAuthenticated: request.currentUser.isAuthenticated }
  })
  app.get('/me', { onRequest: [app.loginRequired] }, async ({ currentUser }) => {
    if (!currentUser.isAuthenticated) throw new Error('a stranger passed the guard')
    const { isFresh, isRemembered, authenticatedAt } = currentUser
    return { ...currentUser.toJSON(), isFresh, isRemembered, authenticatedAt }
  })
  app.get('/who', async request => request.currentUser)
  app.get('/public', async () => ({ hello: 'world' }))
  return app
}
