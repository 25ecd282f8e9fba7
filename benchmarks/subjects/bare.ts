import Fastify, { type FastifyInstance } from 'fastify'
import { listen } from './listen.ts'
import { personOf, PUBLIC_BODY } from './people.ts'
import type { Subject } from './subject.ts'

const PERSON = personOf(0)

/** What the guard of fastify-login answers a stranger, so that both send as much. */
const REFUSAL = {
  statusCode: 401,
  code: 'FST_LOGIN_UNAUTHORIZED',
  error: 'Unauthorized',
  message: 'Sign in to see this.'
}

/** RFC 9110, section 15.5.2: a 401 has to say how one gets in. */
const CHALLENGE = 'Cookie realm="login"'

function withPublicRoute (): FastifyInstance {
  const app = Fastify()
  app.get('/public', async () => PUBLIC_BODY)
  return app
}

function withoutPeople (createApp: () => FastifyInstance): Subject {
  return {
    async start () {
      return await listen(createApp(), async () => { throw new Error('bare Fastify signs nobody in') })
    }
  }
}

/** Fastify without any login: it sends the same bodies from its memory. What everything is compared with. */
export const bare = withoutPeople(() => {
  const app = withPublicRoute()
  app.get('/me', async () => PERSON)
  return app
})

/** A guard as one would write it by hand where nobody is ever signed in. */
export const refusing = withoutPeople(() => {
  const app = withPublicRoute()
  app.get('/me', {
    onRequest (_request, reply) { reply.code(401).header('www-authenticate', CHALLENGE).send(REFUSAL) }
  }, async () => PERSON)
  return app
})

/** The same for applications whose error handler answers everything that goes wrong. */
export const refusingByError = withoutPeople(() => {
  const app = withPublicRoute()
  app.setErrorHandler((error: Error, _request, reply) => {
    reply.code(401).header('www-authenticate', CHALLENGE).send({ message: error.message })
  })
  app.get('/me', {
    onRequest (_request, _reply, done) { done(new Error(REFUSAL.message)) }
  }, async () => PERSON)
  return app
})
