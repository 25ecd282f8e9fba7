import type { FastifyRequest } from 'fastify'
import { ArgumentInvalid, InteractionRequired } from '../errors.ts'
import type { RequestLogin } from '../guard/request-login.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import { identityOf, personClaims, sessionClaims } from '../oidc/login/claims.ts'
import type { FinishedLogin } from '../oidc/login/login-flow.ts'
import { isOfAnyTenant } from '../options/issuer.ts'
import { isSamePerson } from '../session/session.ts'
import type { Claims, Identity } from '../user.ts'
import type { SignInRoutes } from './sign-in.ts'

/** Starts the session of a person whom the provider vouched for. */
export type StartSession = (request: FastifyRequest, finished: FinishedLogin) => Promise<void>

export function createSessionStart (routes: SignInRoutes, { provider, logouts }: OidcClient): StartSession {
  const { realm, settings } = routes
  const { backchannelLogout, frontchannelLogout } = routes.addresses
  const hearsLogouts = backchannelLogout !== undefined || frontchannelLogout !== undefined

  /** A provider that signs people in by a session of its own has asked for no proof. Where it does not tell, it has. */
  function isRecent (provenAt: number | undefined): boolean {
    const { now, limits } = settings
    return provenAt === undefined || Math.floor(now() / 1000) - provenAt < limits.idle
  }

  async function userIdOf (identity: Identity, claims: Claims): Promise<string> {
    const { issuer } = await provider.server()
    const id: unknown = settings.userId(identity, claims, isOfAnyTenant(issuer))
    if (id instanceof Promise) id.catch(() => {}) // Nobody waits for it: a failure of it would end the process.
    if (typeof id === 'string' && id !== '') return id
    throw new ArgumentInvalid('The option "userId" must return a text that is not empty. Write String(id) for a number.')
  }

  /** Who signs in by themselves may be signed in silently when the session is over. */
  function forgetSilence (login: RequestLogin, request: FastifyRequest): void {
    for (const cookie of realm.cookies.silentMarks.clear(request.raw.headers.cookie)) login.addCookie(cookie)
  }

  return async function startSession (request, { transaction, tokens, userinfo, binding }) {
    const identity = identityOf(tokens.claims, provider.settings.name)
    const person = personClaims(tokens.claims)
    const isSilent = transaction.demands.silent !== undefined
    // Who was asked nothing has proved nothing, unless the provider says when they did.
    const provenAt = tokens.claims.auth_time ?? (isSilent ? 0 : undefined)
    const login = realm.of(request)
    const current = await login.session()
    // Somebody may have signed in since it was begun, and a sign-in without a question makes nobody else of them.
    if (isSilent && current !== undefined && !isSamePerson(current, { identity })) {
      throw new InteractionRequired({ cause: new Error('somebody else has signed in meanwhile') })
    }
    await login.login({
      userId: await userIdOf(identity, person),
      identity,
      marks: hearsLogouts ? logouts.marksOf(tokens.claims) : undefined,
      claims: sessionClaims(provider.settings, tokens.claims),
      userinfo,
      scopes: tokens.scopes,
      authenticatedAt: provenAt,
      fresh: isRecent(provenAt),
      endsBy: tokens.endsBy
    })
    login.addCookie(realm.cookies.writeBinding(binding))
    if (!isSilent) forgetSilence(login, request)
    const { previous } = transaction
    // With form_post the cookie of the session before does not come along.
    if (previous !== undefined && previous.handle !== current?.handle) await realm.sessions.end(previous, 'replaced')
    const session = await login.session()
    if (session !== undefined) await routes.tokens.keep(session, tokens.grant)
    if (session?.marks?.login !== undefined && frontchannelLogout !== undefined) {
      await logouts.note(session.marks.login, session.endsAt)
    }
  }
}
