import type { FastifyReply, FastifyRequest } from 'fastify'
import { LogoutTokenInvalid } from '../errors.ts'
import { toError } from '../guard/to-error.ts'
import { addresseeOf } from '../oidc/client/addressee.ts'
import type { PageHandler, SignInRoutes } from './sign-in.ts'

const formType = /^application\/x-www-form-urlencoded\s*(;|$)/i

/** The one parameter of the request (OpenID Connect Back-Channel Logout, section 2.5). */
function logoutTokenOf ({ headers, body }: FastifyRequest): string {
  if (formType.test(headers['content-type'] ?? '') && typeof body === 'string') {
    const [token, ...more] = new URLSearchParams(body).getAll('logout_token')
    if (token !== undefined && more.length === 0) return token
  }
  throw new LogoutTokenInvalid({ cause: new Error('The request is no form with one logout_token') })
}

/**
 * `POST /auth/backchannel-logout`: the provider says who was logged out there. It comes from a server, so it has no
 * cookie and no origin; the signature proves who it is from.
 */
export function createBackchannelLogoutHandler ({ clients, realm }: SignInRoutes): PageHandler {
  return async function backchannelLogout (request, reply) {
    const token = logoutTokenOf(request)
    const client = addresseeOf(clients, token)
    if (client === undefined) throw new LogoutTokenInvalid({ cause: new Error('It is for no client here') })
    const { subject, sid } = await client.logouts.endByToken(token)
    realm.events.emit('backchannelLogout', { provider: client.provider.settings.name, subject, sid })
    return reply.code(200).header('cache-control', 'no-store').send()
  }
}

/** 400 whatever happened (section 2.8), and nothing of what we know. Who may try again is told so. */
export function createBackchannelFailureHandler (
  { clients, realm }: SignInRoutes
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return function refuseLogout (thrown, request, reply) {
    const error = toError(thrown)
    const isOutage = 'statusCode' in error && Number(error.statusCode) >= 500
    realm.events.emit('backchannelLogoutFailed', { provider: providerOf(request), error })
    request.log.warn({ err: error }, 'fastify-login: a logout token was refused')
    return reply.code(400).header('cache-control', 'no-store').send(isOutage
      ? { error: 'temporarily_unavailable', error_description: 'The logout could not be done now. Try again.' }
      : { error: 'invalid_request', error_description: 'The logout token is not accepted.' })
  }

  /** Whom the token calls its issuer, which may be a lie; undefined where several can be meant. */
  function providerOf ({ body }: FastifyRequest): string | undefined {
    const token = typeof body === 'string' ? new URLSearchParams(body).get('logout_token') : null
    return addresseeOf(clients, token ?? '')?.provider.settings.name
  }
}
