import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  InteractionRequired, LoginFailed, ProviderUnavailable, SilentRepeated, StateForeign, StoreUnavailable
} from '../errors.ts'
import { IN_VAIN } from '../guard/silent-login.ts'
import { toError } from '../guard/to-error.ts'
import { type LoginDemands, withQuestions } from '../oidc/login/demands.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { LoginIntent } from '../oidc/login/login-flow.ts'
import { isOfAnyTenant, isSpeaker } from '../options/issuer.ts'
import type { OidcSettings } from '../options/oidc-settings.ts'
import type { Session } from '../session/session.ts'
import { MOST_IN_VAIN } from '../session/silent-mark.ts'
import { continuePage } from '../pages/continue-page.ts'
import { forwarded } from './login-wish.ts'
import { beginLogin, sendPage, type SignInRoutes } from './sign-in.ts'

/** What goes wrong without a fault of this application. */
const EXPECTED = [LoginFailed, ProviderUnavailable, StoreUnavailable]

type Intent = Omit<LoginIntent, 'grantedScopes'>

/** Goes on to a page of this site. A strict cookie comes along only where the way to it begins here. */
export function goOn ({ signIn, settings }: SignInRoutes, reply: FastifyReply, path: unknown): FastifyReply {
  const address = signIn.returnPaths.address(path)
  return settings.cookie.sameSite === 'strict' ? sendPage(reply, continuePage(address)) : reply.redirect(address, 303)
}

/** The address of a page, which says that a silent sign-in came to nothing. */
function inVain (address: string): string {
  const url = new URL(address)
  url.search = url.search === '' ? IN_VAIN : `${url.search}&${IN_VAIN}`
  return url.href
}

/** A provider that is told nothing about questions asks only where it must, which is what `first` means. */
function asksAnyway ({ prompt }: LoginDemands, { prompt: configured }: OidcSettings): boolean {
  return prompt === undefined && configured === undefined
}

/**
 * What a login demands of one provider. Without a question it makes of a session one of the same person, or nothing;
 * and what the application has sealed cannot be said otherwise in the address.
 */
export function demandsAt (
  { provider: { settings }, device }: OidcClient, wanted: LoginDemands, query: URLSearchParams,
  previous: Session | undefined
): LoginDemands {
  const parameters = { ...forwarded(query, settings.forwardedParameters), ...wanted.parameters }
  const isAsked = wanted.silent === 'first' && (device !== undefined || asksAnyway(wanted, settings))
  const demands = { ...isAsked ? withQuestions(wanted) : wanted, parameters }
  if (demands.silent === undefined || previous === undefined) return demands
  const { identity } = previous
  if (identity?.provider !== settings.name || !isSpeaker(settings.issuer, identity.issuer)) return { ...demands, subject: '' }
  // The same subject of another tenant is somebody else.
  const issuer = isOfAnyTenant(settings.issuer) ? identity.issuer : undefined
  return { ...demands, subject: identity.subject, issuer }
}

/**
 * Begins a sign-in without a question. A browser that was sent around a moment ago goes back as who it is.
 *
 * @throws SilentRepeated where an application sends it here all the same
 */
export async function beginSilently (
  routes: SignInRoutes, client: OidcClient, request: FastifyRequest, reply: FastifyReply, intent: Intent
): Promise<FastifyReply> {
  const { realm } = routes
  const { silentMarks } = realm.cookies
  const login = realm.of(request)
  const mark = silentMarks.find(request.raw.headers.cookie)
  if (mark === undefined) {
    login.addCookie(silentMarks.write({ reason: 'tried', count: 0 }))
    try {
      // With a code for another device there is always a question.
      if (client.device !== undefined) throw new InteractionRequired()
      return await beginLogin(routes, client, request, reply, intent)
    } catch (error) {
      return goBack(routes, request, reply, intent.returnTo, error)
    }
  }
  if (mark.count >= MOST_IN_VAIN) throw new SilentRepeated()
  login.addCookie(silentMarks.write({ ...mark, count: mark.count + 1 }))
  return reply.redirect(routes.signIn.returnPaths.address(intent.returnTo), 303)
}

/**
 * After a sign-in without a question that came to nothing, a person is where they were: nobody asked for an error page.
 */
export function goBack (
  routes: SignInRoutes, request: FastifyRequest, reply: FastifyReply, returnTo: string, reason: unknown
): FastifyReply {
  const error = toError(reason)
  if (!EXPECTED.some(reason => error instanceof reason)) throw error
  if (!(error instanceof InteractionRequired)) {
    const { code, message } = error as LoginFailed
    routes.realm.events.emit('loginFailed', { code, message, request })
    request.log.info({ err: error }, 'fastify-login: a silent sign-in did not work')
  }
  if (!(error instanceof StateForeign)) return goOn(routes, reply, returnTo)
  return reply.redirect(inVain(routes.signIn.returnPaths.address(returnTo)), 303)
}
