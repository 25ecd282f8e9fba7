import type { FastifyReply, FastifyRequest } from 'fastify'
import { AuthorizationResponseError } from 'oauth4webapi'
import { LoginFailed, ResponseInvalid, StateSpent } from '../errors.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import { sessionClaims } from '../oidc/login/claims.ts'
import { hasDemands } from '../oidc/login/demands.ts'
import type { FinishedLogin } from '../oidc/login/login-flow.ts'
import type { Transaction } from '../oidc/login/transaction.ts'
import type { IdToken } from '../oidc/provider/id-token.ts'
import type { Provider } from '../oidc/provider/provider.ts'
import type { FlowName } from '../options/provider-quirks.ts'
import type { Claims, Identity } from '../user.ts'
import { beginLogin, bindingText, type SignInRoutes } from './sign-in.ts'

/** A person who goes round and round between the pages of a provider gets one of ours in the end. */
const MOST_ROUNDS = 2
/** How somebody proved who they are: a page to edit a profile does not ask for it. */
const PROOF = ['acr', 'amr', 'auth_time']

/** The claims of a session with what was edited. What a sign-in was checked for stays as it was checked. */
function merge (before: Claims, edited: Claims, checked: readonly string[]): Claims {
  const kept = [...PROOF, ...checked]
  const changed = Object.entries(edited).filter(([name, value]) => value !== undefined && !kept.includes(name))
  return { ...before, ...Object.fromEntries(changed) }
}

/** A subject is somebody within its issuer only; a provider may have another issuer for each of its flows. */
function isSame (identity: Identity | undefined, { iss, sub }: IdToken, { settings }: Provider): boolean {
  const { issuer } = { ...settings, ...settings.flows.editProfile }
  const isIssuerKnown = issuer !== settings.issuer || identity?.issuer === iss
  return identity?.provider === settings.name && identity.subject === sub && isIssuerKnown
}

/**
 * Takes over what a person edited, into the session of the same person only.
 *
 * @throws StateSpent where nobody is signed in any more, ResponseInvalid for somebody else
 */
export async function updateProfile (
  { realm }: SignInRoutes, { provider }: OidcClient, request: FastifyRequest, { tokens: { claims } }: FinishedLogin
): Promise<void> {
  const { settings } = provider
  const login = realm.of(request)
  const user = await login.authenticate()
  if (!user.isAuthenticated) throw new StateSpent()
  if (!isSame(user.identity, claims, provider)) {
    throw new ResponseInvalid({ cause: new Error('Somebody else is signed in than whose profile was edited') })
  }
  await login.updateClaims(user, merge(user.claims, sessionClaims(settings, claims), Object.keys(settings.claims)))
}

/** Begins the same sign-in again, or a further flow in the midst of it. */
async function goOnWith (
  routes: SignInRoutes, client: OidcClient, request: FastifyRequest, reply: FastifyReply,
  transaction: Transaction, next?: FlowName
): Promise<FastifyReply> {
  const { attempt, previous, demands } = transaction
  const returnTo = routes.signIn.returnPaths.check(transaction.returnTo)
  const rounds = next === undefined ? attempt : attempt + 1
  return await beginLogin(routes, client, request, reply, { returnTo, attempt: rounds, previous, demands, flow: next })
}

/** Whoever has a new password signs in with it. */
export async function signInAfterReset (
  routes: SignInRoutes, client: OidcClient, request: FastifyRequest, reply: FastifyReply, parameters: URLSearchParams
): Promise<FastifyReply> {
  const transaction = await client.flow.pass(parameters, bindingText(routes.realm, request))
  return await goOnWith(routes, client, request, reply, transaction)
}

/** What the provider wrote about an answer to which the state of this browser belongs: it was spent for it. */
function descriptionOf (error: unknown): string {
  const cause = error instanceof LoginFailed ? error.cause : undefined
  return cause instanceof AuthorizationResponseError ? cause.error_description ?? '' : ''
}

/**
 * Goes on where an answer of the provider is an error by its form only: the person forgot the password, or turned back.
 * False for every other error, and for whoever would only come to the same again. (A reply is no value to return: it
 * can be awaited, and is nothing then.)
 */
export async function answerByCode (
  routes: SignInRoutes, client: OidcClient, request: FastifyRequest, reply: FastifyReply,
  parameters: URLSearchParams, error: unknown
): Promise<boolean> {
  const { logins, realm, signIn } = routes
  const { answerCodes } = client.provider.settings
  const description = descriptionOf(error)
  const says = (code: string | undefined): boolean => code !== undefined && description.startsWith(code)
  const transaction = logins.read(parameters)
  if (transaction === undefined) return false
  if (says(answerCodes.passwordForgotten)) {
    if (transaction.attempt >= MOST_ROUNDS) return false
    await goOnWith(routes, client, request, reply, transaction, 'resetPassword')
    return true
  }
  if (!says(answerCodes.cancelled)) return false
  if (transaction.flow === 'resetPassword') {
    await goOnWith(routes, client, request, reply, transaction)
    return true
  }
  const user = await realm.of(request).authenticate()
  if (!user.isAuthenticated || hasDemands(transaction.demands)) return false
  reply.redirect(signIn.returnPaths.address(transaction.returnTo), 303)
  return true
}
