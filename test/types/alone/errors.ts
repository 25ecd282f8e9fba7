import Fastify from 'fastify'
import {
  ArgumentInvalid, ConfigurationError, CrossSite, Forbidden, GuardUnwired, LoginDenied, LoginFailed, ProviderUnavailable,
  StaleLogin, StateInvalid, StoreUnavailable, Unauthorized
} from 'fastify-login'
import { assertType, type Equals } from '../equals.js'

const app = Fastify()

app.setErrorHandler((error, request, reply) => {
  if (error instanceof StaleLogin) return reply.redirect(request.loginUrl())
  if (error instanceof Unauthorized) {
    assertType<Equals<typeof error, Unauthorized>>(true)
    assertType<Equals<typeof error.loginUrl, string | undefined>>(true)
    assertType<Equals<typeof error.headers, Readonly<Record<string, string>>>>(true)
    assertType<Equals<typeof error.code, string>>(true)
    return reply.redirect(error.loginUrl ?? '/login')
  }
  if (error instanceof Forbidden) return reply.code(403).send(error.code)
  if (error instanceof LoginFailed) {
    const failure: LoginFailed = error
    return reply.code(failure.statusCode ?? 400).send(failure.message)
  }
  if (error instanceof ProviderUnavailable || error instanceof StoreUnavailable) {
    return reply.headers(error.headers).code(503).send(error.message)
  }
  return reply.send(error)
})

const reasons: LoginFailed[] = [new StateInvalid(), new LoginDenied({ cause: new Error('no') })]
const forbidden: Forbidden = new CrossSite()
const refused: ConfigurationError = new ConfigurationError('"secret" is missing.')
const stranger: Unauthorized = new Unauthorized({ challenge: 'Cookie', loginUrl: () => '/auth/login' })
const stale: Unauthorized = new StaleLogin({ challenge: 'Cookie' })
for (const error of [...reasons, forbidden, refused, stranger, stale, new GuardUnwired(), new ArgumentInvalid('no')]) {
  assertType<Equals<typeof error.code, string>>(true)
  error satisfies Error
}

export const wrong = [
  // @ts-expect-error a challenge is required
  () => new Unauthorized({}),
  // @ts-expect-error a message is required
  () => new ConfigurationError()
]
