import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { LoginFailed, ProviderUnavailable } from '../errors.ts'
import { isNoNavigation } from '../guard/navigation.ts'
import { toError } from '../guard/to-error.ts'
import { withQuestions } from '../oidc/login/demands.ts'
import { providerErrorOf } from '../oidc/provider/failure.ts'
import type { OidcSettings } from '../options/oidc-settings.ts'
import { failurePage } from '../pages/failure-page.ts'
import { sendPage, type SignInRoutes } from './sign-in.ts'

type FailureHandler = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => FastifyReply

const LONGEST_DETAIL = 300
/** The beginning of a signed token: an assertion of ours can be good for hours. */
const token = /eyJ[\w-]+\./

/** What the provider wrote about an error (RFC 6749, sections 4.1.2.1 and 5.2), unless it repeats a secret of ours. */
function detailOf ({ cause }: FastifyError, providers: readonly OidcSettings[]): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('error_description' in cause)) return undefined
  if (cause.error_description === undefined) return undefined
  const description = String(cause.error_description)
  const secrets = providers.flatMap(({ clientSecret }) => clientSecret?.reveal() ?? [])
  const isSecret = token.test(description) || secrets.some(secret => description.includes(secret))
  return isSecret ? undefined : description.slice(0, LONGEST_DETAIL)
}

/** Errors of ours and of Fastify that say what to do. All else, and each 500, is for the application to answer. */
function isForPeople ({ statusCode = 500, code }: Partial<FastifyError>): boolean {
  return code?.startsWith('FST_') === true && statusCode !== 500
}

/** Whether a sign-in came to nothing: other errors of our routes are not about one. */
function isLoginFailure (error: Error): boolean {
  return error instanceof LoginFailed || error instanceof ProviderUnavailable
}

/** The address that tries the same again. */
function loginUrlOf ({ logins, signIn, openReturnPath }: SignInRoutes, request: FastifyRequest): string {
  const query = request.url.split('?')[1] ?? ''
  const parameters = new URLSearchParams(typeof request.body === 'string' ? request.body : query)
  const { returnTo, demands = {} } = logins.read(parameters) ?? openReturnPath(parameters.get('returnTo')) ?? {}
  return signIn.loginUrl(signIn.returnPaths.check(returnTo), withQuestions(demands))
}

/**
 * Shows a person what happened on our own pages and what to do. A program, and whatever is a fault of ours, gets the
 * application's error handler.
 */
export function createFailureHandler (routes: SignInRoutes): FailureHandler {
  const { signIn, realm, settings } = routes
  return function showFailure (thrown, request, reply) {
    const error = toError(thrown) as FastifyError
    const { statusCode = 500, code, message } = error
    if (isLoginFailure(error)) realm.events.emit('loginFailed', { code, message, request })
    if (isNoNavigation(request) || !isForPeople(error)) throw error
    const level = statusCode >= 500 ? 'error' : 'info'
    request.log[level]({ err: error, providerError: providerErrorOf(error) }, 'fastify-login: a sign-in did not work')
    const page = failurePage({
      message,
      code,
      detail: detailOf(error, settings.providers),
      loginUrl: loginUrlOf(routes, request),
      homeUrl: signIn.returnPaths.address(undefined)
    })
    const { headers = {} } = error as { headers?: Record<string, string> }
    return sendPage(reply.headers(headers), page, statusCode)
  }
}
