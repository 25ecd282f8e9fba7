import { RedisStore } from 'connect-redis'
import session, { type SessionOptions } from 'express-session'
import { createExpress, serveExpress } from './express-peer.ts'
import { REFUSAL } from './fastify-peer.ts'
import { type Person, personOf } from './people.ts'
import { connectRedis } from './redis-client.ts'
import type { RunningSubject, Subject } from './subject.ts'

declare module 'express-session' {
  interface SessionData { person: Person }
}

/**
 * express-session with the settings that its README recommends for login sessions: `resave` and `saveUninitialized`
 * off. The cookie is not Secure, because it would not be sent without TLS; that costs nothing.
 */
async function start (options: Partial<SessionOptions>, close: () => unknown = () => {}): Promise<RunningSubject> {
  const app = createExpress()
  app.use(session({
    secret: 'a secret that is known to all: 0123456789',
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, secure: false, sameSite: 'lax', maxAge: 86_400_000 },
    ...options
  }))
  app.post('/login/:index', (request, response) => {
    request.session.person = personOf(Number(request.params.index))
    response.status(204).end()
  })
  app.get('/me', (request, response, next) => {
    if (request.session.person === undefined) response.status(401).json(REFUSAL)
    else next()
  }, (request, response) => { response.json(request.session.person) })
  return await serveExpress(app, { close })
}

/** In memory, by its own store, which its README calls fit for development only. */
export const inMemory: Subject = {
  start: () => start({})
}

/** In Redis by connect-redis, whose default is to prolong the record at each request. */
export const inRedis: Subject = {
  async start (settings) {
    const client = await connectRedis(settings)
    return await start({ store: new RedisStore({ client }) }, () => client.close())
  }
}

/** In Redis with `disableTouch`: one read for each request, and the session ends a day after it began. */
export const untouchedInRedis: Subject = {
  async start (settings) {
    const client = await connectRedis(settings)
    return await start({ store: new RedisStore({ client, disableTouch: true }) }, () => client.close())
  }
}
