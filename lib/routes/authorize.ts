import type { FastifyReply, FastifyRequest } from 'fastify'
import { CrossSite, ProgramRequestExpired } from '../errors.ts'
import { isNoNavigation } from '../guard/navigation.ts'
import { isProven } from '../guard/same-site.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { LoginDemands } from '../oidc/login/demands.ts'
import { isAboutPerson } from '../oidc/login/program-demand.ts'
import { AuthorizationRefusal, type ProgramRequest } from '../programs/authorization-request.ts'
import { askedOf, askPerson, type ProgramRoutes, vouchersFor } from './ask-person.ts'
import { parametersOf } from './login-wish.ts'
import { refuseProgram, sendBack } from './program-return.ts'
import { beginLogin, type PageHandler, sendNothing } from './sign-in.ts'

/** What a login for a program asks of the provider, whose own tokens need the scopes that the program wants. */
function demandsOf ({ prompt, ...program }: ProgramRequest): LoginDemands {
  const scopes = program.isPassThrough ? program.scopes.filter(scope => !isAboutPerson(scope)) : []
  return { program, prompt, scopes }
}

/** Judges what a program wants and asks the person. The alias is `GET /auth/login` with a `redirect_uri`. */
export function createAsk (routes: ProgramRoutes, isAlias: boolean): PageHandler {
  return async function ask (request, reply) {
    if (request.method === 'HEAD' || isNoNavigation(request)) return sendNothing(reply)
    try {
      const wanted = routes.programs.requests.judge(parametersOf(request), isAlias)
      return askPerson(routes, reply, askedOf(routes, wanted))
    } catch (error) {
      if (!(error instanceof AuthorizationRefusal)) throw error
      const { error: word, description, to } = error
      return sendBack(routes, request, reply, to, { error: word, error_description: description })
    }
  }
}

/** `GET /auth/authorize` asks the person; `POST` is what they say. */
export function createAuthorizeHandler (routes: ProgramRoutes): PageHandler {
  const { programs, settings } = routes
  const ask = createAsk(routes, false)

  return async function authorize (request, reply) {
    if (request.method !== 'POST') return await ask(request, reply)
    // Only our own page may say it: another site would let its program act for whoever visits it.
    if (!isProven(request, settings)) throw new CrossSite()
    const form = parametersOf(request)
    const asked = programs.requests.open(form.get('request') ?? '')
    if (asked === undefined) throw new ProgramRequestExpired()
    const isAgreed = form.get('action') === 'continue' || form.has('provider')
    const refusal = { error: 'access_denied', error_description: 'The person did not agree.' }
    if (!isAgreed) return sendBack(routes, request, reply, asked.request, refusal)
    const vouchers = vouchersFor(routes, asked.program)
    const chosen = vouchers.find(({ provider }) => provider.settings.name === form.get('provider'))
    const client = vouchers.length === 1 ? vouchers[0] : chosen
    if (client === undefined) return askPerson(routes, reply, asked)
    return await begin(client, request, reply, asked.request)
  }

  async function begin (
    client: OidcClient, request: FastifyRequest, reply: FastifyReply, wanted: ProgramRequest
  ): Promise<FastifyReply> {
    const { returnPaths: { root } } = routes.signIn
    const intent = { returnTo: root, attempt: 0, previous: undefined, demands: demandsOf(wanted) }
    try {
      return await beginLogin(routes, client, request, reply, intent)
    } catch (error) {
      return refuseProgram(routes, request, reply, wanted, error)
    }
  }
}
