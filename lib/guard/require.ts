import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { ArgumentInvalid, GuardContradicted, GuardUnwired, StaleLogin } from '../errors.ts'
import { assertBoolean, assertKnownKeys, assertObject, assertText, assertWholeNumber, refuse } from '../options/check.ts'
import type { AuthUser, CurrentUser, Evidence, LoginName } from '../user.ts'
import { isNavigation, isPreflight } from './navigation.ts'
import { type Realm, realmOf } from './realm.ts'
import type { RequestLogin } from './request-login.ts'
import { isAuthOff, isUnguarded } from './route-config.ts'
import { toError } from './to-error.ts'
import { assertKnownVia, isTaken, resolveVia } from './via.ts'

/** What a guard demands beside a signed-in person. */
export interface LoginRequirements {
  /** The login must be fresh: not one that was remembered and came back. @default false */
  fresh?: boolean
  /** Seconds since the person last proved who they are. @default any time */
  maxAge?: number
  /**
   * The evidence that the route takes: `'cookie'`, `'basic'`, names of authenticators.
   * @default the cookie and all authenticators; `'basic'` only where it is named
   */
  via?: readonly Evidence[]
  /**
   * Name of the registration that decides, where the plugin is registered several times; for the export only.
   * @default the one without a name
   */
  login?: LoginName
}

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

const KNOWN = ['fresh', 'maxAge', 'via', 'login']

/** The guard as it is inside: Fastify hands every instance's requests over in one shape. */
type Guard = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void

type FindRealm = (request: FastifyRequest, name: string | undefined) => Realm | undefined

function resolveRequirements (value: unknown = {}): LoginRequirements {
  assertObject(value, 'loginRequired')
  assertKnownKeys(value, KNOWN, 'loginRequired')
  const { fresh, maxAge, via, login } = value
  if (login !== undefined) assertText(login, 'loginRequired.login')
  if (fresh !== undefined) assertBoolean(fresh, 'loginRequired.fresh')
  if (maxAge !== undefined) assertWholeNumber(maxAge, 0, Number.MAX_SAFE_INTEGER, 'loginRequired.maxAge')
  return Object.freeze({
    ...(fresh === undefined ? {} : { fresh }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(via === undefined ? {} : { via: resolveVia(via) }),
    ...(login === undefined ? {} : { login: login as LoginName })
  })
}

function isTooOld (
  { isFresh, authenticatedAt = 0 }: AuthUser, { fresh, maxAge }: LoginRequirements, now: number
): boolean {
  if (fresh === true && !isFresh) return true
  return maxAge !== undefined && Math.floor(now / 1000) - authenticatedAt > maxAge
}

/** The challenge of RFC 9470, section 3. */
function staleChallenge (challenge = '', { maxAge }: LoginRequirements): string {
  const age = maxAge === undefined ? '' : `, max_age="${maxAge}"`
  return `${challenge}, error="insufficient_user_authentication"${age}`
}

/** A request in front of a guard. */
interface Visit {
  readonly realm: Realm
  readonly login: RequestLogin
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly done: HookHandlerDoneFunction
  readonly requirements: LoginRequirements
}

/** Answers a stranger. Whatever the application's function does, the request ends here. */
function refuseStranger ({ realm, login, request, reply, done, requirements }: Visit): void {
  const error = login.unauthorized(requirements.via)
  const { onUnauthorized } = realm.settings
  // Whoever is asked for something else than a sign-in is not sent to one.
  if (!error.via.includes('cookie')) return done(error)
  if (typeof onUnauthorized === 'function') {
    const answer = async (): Promise<unknown> => await onUnauthorized(request, reply, error)
    answer().then(payload => {
      if (reply.sent || login.isWritten) return
      if (payload === undefined) done(error)
      else reply.send(payload)
    }).catch(reason => done(toError(reason)))
  } else if (onUnauthorized === 'auto' && isNavigation(request)) {
    reply.redirect(login.loginUrl(), 302)
  } else {
    done(error)
  }
}

function judge (visit: Visit, user: CurrentUser): void {
  const { realm, login, done, requirements } = visit
  if (!user.isAuthenticated || !isTaken(user, requirements.via)) return refuseStranger(visit)
  if (!isTooOld(user, requirements, realm.settings.now())) return done()
  const { via, headers } = login.unauthorized(requirements.via)
  done(new StaleLogin({ via, challenge: staleChallenge(headers['www-authenticate'], requirements) }))
}

/** Without `done` nothing that takes time could refuse: an async hook that calls the guard would be through. */
function assertHook (done: unknown): void {
  if (typeof done === 'function') return
  throw new ArgumentInvalid('loginRequired is a hook for onRequest, preValidation or preHandler. Give it to the route, or call it with (request, reply, done).')
}

/** The realm that decides about a request; throws where nobody can pass. */
function assertRealm (
  realm: Realm | undefined, request: FastifyRequest, requirements: LoginRequirements
): asserts realm is Realm {
  if (realm === undefined) throw new GuardUnwired()
  if (isAuthOff(request)) throw new GuardContradicted()
  assertKnownVia(requirements.via, realm.callers)
}

function createGuard (findRealm: FindRealm, requirements: LoginRequirements): Guard {
  return function loginRequired (request, reply, done) {
    assertHook(done)
    if (isPreflight(request) || isUnguarded(request)) return done()
    try {
      const realm = findRealm(request, requirements.login)
      assertRealm(realm, request, requirements)
      const login = realm.of(request)
      login.isTouched = true
      const visit = { realm, login, request, reply, done, requirements }
      const user = login.authenticate(requirements.via)
      if (!(user instanceof Promise)) return judge(visit, user)
      user.then(later => judge(visit, later)).catch(reason => done(toError(reason)))
    } catch (error) {
      done(toError(error))
    }
  }
}

/** Makes `loginRequired`: told apart by the number of arguments, a hook or the maker of one. */
export function createLoginRequired (findRealm: FindRealm, realm?: Realm): LoginRequired {
  const plain = createGuard(findRealm, resolveRequirements())
  function makeGuard (value: unknown): Guard {
    const requirements = resolveRequirements(value)
    if (realm === undefined) return createGuard(findRealm, requirements)
    if (requirements.login !== undefined) {
      refuse('loginRequired.login', 'is for the export. A guard of an instance is named by where it comes from: app.logins.NAME.loginRequired.')
    }
    assertKnownVia(requirements.via, realm.callers)
    return createGuard(findRealm, requirements)
  }
  function loginRequired (...args: readonly unknown[]): LoginGuard | undefined {
    if (args.length < 2) return makeGuard(args[0]) as LoginGuard
    const [request, reply, done] = args as [FastifyRequest, FastifyReply, HookHandlerDoneFunction]
    plain(request, reply, done)
    return undefined
  }
  return loginRequired as LoginRequired
}

/**
 * Lets only signed-in people pass, and throws `Unauthorized` for a stranger. This export finds the plugin through the
 * route when a request comes, so that route files need no instance; where there is none, nobody passes (500).
 *
 * @example app.get('/me', { onRequest: [loginRequired] }, async request => request.currentUser)
 */
export const loginRequired: LoginRequired = createLoginRequired(({ server }, name) => realmOf(server, name))
