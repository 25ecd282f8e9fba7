import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { ArgumentInvalid, ClaimMissing, GuardContradicted, GuardUnwired, Unauthorized } from '../errors.ts'
import { refuse as refuseOption } from '../options/check.ts'
import type { AuthUser, CurrentUser } from '../user.ts'
import { assertOneHeader } from './authorization-header.ts'
import { hasTokenInQuery } from './bearer-credentials.ts'
import { haveClaims } from './claim-tests.ts'
import { type GuardMark, markGuard } from './guard-mark.ts'
import { isNavigation, isPreflight } from './navigation.ts'
import type { SignIn } from './realm-parts.ts'
import { type Realm, realmOf } from './realm.ts'
import type { RequestLogin } from './request-login.ts'
import { isFrom, isTooWeak, type LoginRequirements, type Requirements, resolveRequirements } from './requirements.ts'
import { configOf, isAuthOff, isUnguarded, type RouteConfig } from './route-config.ts'
import { toError } from './to-error.ts'
import { tokenRefusal } from './token-refusals.ts'
import { assertKnownVia, isTaken, takesTokens, type Via } from './via.ts'

/** A request of any Fastify instance, whatever its server, logger and type provider are. */
export interface GuardedRequest {
  readonly raw: object
  readonly routeOptions: object
}

/** A reply of any Fastify instance. */
export interface GuardedReply {
  readonly raw: object
  readonly sent: boolean
}

/** A hook for `onRequest` (recommended: a stranger's body is never parsed), `preValidation` or `preHandler`. */
export type LoginGuard = (request: GuardedRequest, reply: GuardedReply, done: HookHandlerDoneFunction) => void

/**
 * The guard itself, and with options (or none) the maker of one.
 *
 * @example app.get('/me', { onRequest: [app.loginRequired] }, handler)
 * @example app.post('/password', { onRequest: [app.loginRequired({ fresh: true })] }, handler)
 */
export interface LoginRequired {
  (request: GuardedRequest, reply: GuardedReply, done: HookHandlerDoneFunction): void
  (requirements?: LoginRequirements): LoginGuard
}

/** The guard as it is inside: Fastify hands every instance's requests over in one shape. */
type Guard = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void

type FindRealm = (request: Pick<FastifyRequest, 'server'>, name: string | undefined) => Realm | undefined

/** A request in front of a guard. */
interface Visit {
  readonly realm: Realm
  readonly login: RequestLogin
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly done: HookHandlerDoneFunction
  readonly requirements: Requirements
}

/** An error that may know the address of a sign-in that helps. */
type Refusal = Error & { readonly loginUrl?: string | undefined }

/**
 * Refuses a request. A person who waits for a page is sent to the sign-in that helps, where there is one.
 */
function refuse ({ realm, request, reply, done }: Visit, refusal: Refusal): void {
  const url = realm.settings.onUnauthorized === 'auto' && isNavigation(request) ? refusal.loginUrl : undefined
  if (url === undefined) done(refusal)
  else reply.redirect(url, 302)
}

/** Refuses whoever has to sign in. Whatever the application's function does, the request ends here. */
function refuseLogin (visit: Visit, error: Unauthorized): void {
  const { realm, login, request, reply, done } = visit
  const { onUnauthorized } = realm.settings
  // Whoever is asked for something else than a sign-in is not sent to one.
  if (typeof onUnauthorized !== 'function' || !error.via.includes('cookie')) return refuse(visit, error)
  const answer = async (): Promise<unknown> => await onUnauthorized(request, reply, error)
  answer().then(payload => {
    if (reply.sent || login.isWritten) return
    if (payload === undefined) done(error)
    else reply.send(payload)
  }).catch(reason => done(toError(reason)))
}

function refuseFor (visit: Visit, reason: unknown): void {
  const error = toError(reason)
  if (error instanceof Unauthorized) refuseLogin(visit, error)
  else refuse(visit, error)
}

/** Whether a user holds scopes by what the request brought; a session of a provider gets a token for them. */
function demandScopes (visit: Visit, user: AuthUser): void {
  const { login, done, requirements: { scopes } } = visit
  const hasProvider = login.site.signIn !== undefined && user.authenticatedBy === 'cookie' && user.identity !== undefined
  if (hasProvider) {
    const wish = { scopes, resource: undefined }
    login.accessToken(wish).then(() => done(), reason => refuseFor(visit, reason)).catch(done)
    return
  }
  if (scopes.every(scope => user.scopes.includes(scope))) return done()
  const canAsk = login.site.signIn !== undefined && user.authenticatedBy === 'cookie'
  refuse(visit, login.refusals.insufficientScope(scopes, user.authenticatedBy, canAsk))
}

/** Seconds by which the clock of the provider of a user may differ from ours. */
function toleranceOf ({ site: { signIn } }: RequestLogin, { identity }: AuthUser): number {
  return signIn?.clients.find(identity?.provider)?.provider.settings.clockTolerance ?? 0
}

function judge (visit: Visit, user: CurrentUser): void {
  const { realm: { settings }, login, done, requirements } = visit
  const { via, demands, asksStrength, claims, scopes } = requirements
  if (!user.isAuthenticated) return refuseFor(visit, login.refusalOf(via, demands))
  if (!isTaken(user, via) || !isFrom(user, demands)) {
    return refuseLogin(visit, login.refusals.unauthorized(via, demands))
  }
  if (asksStrength && isTooWeak(user, demands, settings.now(), toleranceOf(login, user))) {
    // One sign-in for all that is missing: a second one for the scopes may not say again how the first was proved.
    return refuseLogin(visit, login.refusals.stale(via, { ...demands, scopes }))
  }
  // Not scopes first: whoever may not do this is not asked to consent to it.
  if (!haveClaims(user.claims, claims)) return done(new ClaimMissing())
  if (scopes.length === 0) return done()
  demandScopes(visit, user)
}

/** Without `done` nothing that takes time could refuse: an async hook that calls the guard would be through. */
function assertHook (done: unknown): void {
  if (typeof done === 'function') return
  throw new ArgumentInvalid('loginRequired is a hook for onRequest, preValidation or preHandler. Give it to the route, or call it with (request, reply, done).')
}

/** A provider that is misspelt would send people round in circles. */
function assertKnownProvider (name: string | undefined, signIn: SignIn | undefined): void {
  if (name === undefined || signIn?.clients.find(name) !== undefined) return
  throw new ArgumentInvalid(`loginRequired names the provider "${name}", which is none of this application.`)
}

/**
 * Where tokens are taken, there is one header that could have one, and none in the address, which is logged and passed
 * on (RFC 6750, section 2.3).
 */
function assertOneToken (realm: Realm, request: FastifyRequest, via: Via): void {
  if (!takesTokens(via, realm.callers)) return
  assertOneHeader(request)
  if (hasTokenInQuery(request)) throw tokenRefusal(realm, { kind: 'malformed', scheme: 'bearer' })
}

/** The realm that decides about a request; throws where nobody can pass. */
function assertRealm (
  realm: Realm | undefined, config: RouteConfig, requirements: Requirements
): asserts realm is Realm {
  if (realm === undefined) throw new GuardUnwired()
  if (isAuthOff(config)) throw new GuardContradicted()
  assertKnownVia(requirements.via, realm.callers)
}

function createMark (findRealm: FindRealm, requirements: Requirements): GuardMark {
  return { requirements, realmIn: server => findRealm({ server } as FastifyRequest, requirements.login) }
}

function createGuard (findRealm: FindRealm, requirements: Requirements): Guard {
  function loginRequired (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    assertHook(done)
    const config = configOf(request)
    if (isPreflight(request) || isUnguarded(config)) return done()
    try {
      const realm = findRealm(request, requirements.login)
      assertRealm(realm, config, requirements)
      const login = realm.of(request)
      assertKnownProvider(requirements.demands.provider, login.site.signIn)
      login.touch()
      const visit = { realm, login, request, reply, done, requirements }
      assertOneToken(realm, request, requirements.via)
      const user = login.admit(requirements.via)
      if (!(user instanceof Promise)) return judge(visit, user)
      user.then(later => judge(visit, later)).catch(reason => done(toError(reason)))
    } catch (error) {
      done(toError(error))
    }
  }
  return markGuard(loginRequired, createMark(findRealm, requirements))
}

/** Makes `loginRequired`: told apart by the number of arguments, a hook or the maker of one. */
export function createLoginRequired (findRealm: FindRealm, realm?: Realm): LoginRequired {
  const usual = resolveRequirements()
  const plain = createGuard(findRealm, usual)
  function makeGuard (value: unknown): Guard {
    const requirements = resolveRequirements(value)
    if (realm === undefined) return createGuard(findRealm, requirements)
    if (requirements.login !== undefined) {
      refuseOption('loginRequired.login', 'is for the export. A guard of an instance is named by where it comes from: app.logins.NAME.loginRequired.')
    }
    assertKnownVia(requirements.via, realm.callers)
    return createGuard(findRealm, requirements)
  }
  function loginRequired (...args: readonly unknown[]): LoginGuard | undefined {
    if (args.length < 2) return makeGuard(args[0]) as LoginGuard
    plain(args[0] as FastifyRequest, args[1] as FastifyReply, args[2] as HookHandlerDoneFunction)
    return undefined
  }
  return markGuard(loginRequired as LoginRequired, createMark(findRealm, usual))
}

/**
 * Lets only signed-in people pass, and throws `Unauthorized` for a stranger. This export finds the plugin through the
 * route when a request comes, so that route files need no instance; where there is none, nobody passes (500).
 *
 * @example app.get('/me', { onRequest: [loginRequired] }, async request => request.currentUser)
 */
export const loginRequired: LoginRequired = createLoginRequired(({ server }, name) => realmOf(server, name))
