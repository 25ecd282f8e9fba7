import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { ArgumentInvalid, GuardContradicted, GuardUnwired } from '../errors.ts'
import { assertKnownKeys, assertObject, assertText } from '../options/check.ts'
import type { LoginName } from '../user.ts'
import { tokenScheme } from './bearer-credentials.ts'
import { isNavigation } from './navigation.ts'
import { type Realm, realmOf } from './realm.ts'
import type { RequestLogin } from './request-login.ts'
import type { GuardedReply, GuardedRequest, LoginGuard } from './require.ts'
import { configOf, isAuthOff, isUnguarded } from './route-config.ts'
import { toError } from './to-error.ts'
import { takesTokens } from './via.ts'

/** What {@link silentLogin} takes. */
export interface SilentLoginOptions {
  /** Name of the registration, where the plugin is registered several times. @default the one without a name */
  login?: LoginName
}

/** The hook itself, and with options (or none) the maker of one. */
export interface SilentLogin {
  (request: GuardedRequest, reply: GuardedReply, done: HookHandlerDoneFunction): void
  (options?: SilentLoginOptions): LoginGuard
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void

/**
 * Stands in the address to which a browser without cookies comes back: nothing else would keep it from being asked
 * again and again.
 */
export const IN_VAIN = 'silent-login=failed'
const inVain = new RegExp(`[?&]${IN_VAIN}(&|$)`)

function assertRealm (realm: Realm | undefined, request: FastifyRequest): asserts realm is Realm {
  if (realm === undefined) throw new GuardUnwired()
  if (isAuthOff(configOf(request))) throw new GuardContradicted()
  const { providers, tenants } = realm.settings
  if (tenants.length > 0 || providers.some(provider => provider.silentLogin)) return
  throw new ArgumentInvalid('silentLogin stands on a route, but nobody allows it. Write oidc: { silentLogin: true }.')
}

/**
 * Whether a browser may be sent to the provider without being asked: once in a while, and for a page. Where a tenant
 * does not allow it, no logout is remembered that would keep it from that.
 */
function mayTry ({ cookies, callers }: Realm, { site }: RequestLogin, request: FastifyRequest): boolean {
  // The header decides alone, also where it is no good: a sign-in would not change who that is.
  if (takesTokens(undefined, callers) && tokenScheme(request) !== undefined) return false
  if (!site.settings.providers.some(provider => provider.silentLogin)) return false
  if (request.method !== 'GET' || !isNavigation(request)) return false
  return !cookies.silentMarks.isIn(request.raw.headers.cookie) && !inVain.test(request.url)
}

/** Whether somebody is signed in. Where that cannot be found out, who asks for the user is told so, and nobody else. */
async function isKnown (login: RequestLogin): Promise<boolean> {
  try {
    return (await login.authenticate()).isAuthenticated
  } catch {
    return true
  }
}

function createHook (name: string | undefined): Hook {
  return function silentLogin (request, reply, done) {
    if (isUnguarded(configOf(request))) return done()
    try {
      const realm = realmOf(request.server, name)
      assertRealm(realm, request)
      const login = realm.of(request)
      login.touch()
      if (!mayTry(realm, login, request)) return done()
      const decide = (isKnown: boolean): void => {
        if (isKnown) done()
        else reply.redirect(login.refusals.loginUrl(undefined, { silent: 'only' }), 302)
      }
      isKnown(login).then(decide).catch(reason => done(toError(reason)))
    } catch (error) {
      done(toError(error))
    }
  }
}

function resolveOptions (value: unknown = {}): string | undefined {
  assertObject(value, 'silentLogin')
  assertKnownKeys(value, ['login'], 'silentLogin')
  if (value.login !== undefined) assertText(value.login, 'silentLogin.login')
  return value.login
}

const plain = createHook(undefined)

/**
 * Signs in whom the provider knows already, without a question. A stranger who opens a page is sent to the provider
 * once in ten minutes, and comes back as somebody or as a stranger: the route is for both.
 *
 * @example app.get('/', { onRequest: [silentLogin] }, async request => request.currentUser)
 */
export const silentLogin = ((...args: readonly unknown[]): LoginGuard | undefined => {
  if (args.length < 2) return createHook(resolveOptions(args[0])) as LoginGuard
  const [request, reply, done] = args as [FastifyRequest, FastifyReply, HookHandlerDoneFunction]
  plain(request, reply, done)
  return undefined
}) as SilentLogin
