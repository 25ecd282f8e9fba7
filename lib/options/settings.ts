import { EVENT_NAMES, type LoginListeners } from '../events.ts'
import type { StoreSource } from '../stores/open-store.ts'
import type { SecretBytes } from '../secret-text.ts'
import type { AuthOptions, Authenticator, OnUnauthorized, SessionOptions } from './auth-options.ts'
import { resolveAuthenticators } from './authenticator-settings.ts'
import { type BearerSettings, resolveBearerSettings } from './bearer-settings.ts'
import { type BasicSettings, resolveBasicSettings } from './basic-settings.ts'
import { assertBoolean, assertFunction, assertKnownKeys, assertObject, assertOneOf, assertText, assertTexts, assertWholeNumber, refuse } from './check.ts'
import { type CookieSettings, resolveCookieSettings } from './cookie-settings.ts'
import type { LoadUser } from './login-functions.ts'
import { type OidcSettings, resolveAllowHttp } from './oidc-settings.ts'
import { assertFits, createUserId, resolveProviders, resolveTenants, type TenantEntry, type UserId } from './provider-settings.ts'
import { type ProgramSettings, resolvePrograms } from './program-settings.ts'
import { type OpenapiSettings, resolveOpenapi } from './openapi-options.ts'
import { type PublicUrl, resolvePublicUrl } from './public-url.ts'
import { resolveRouteSettings, resolveUserinfo, type RouteSettings } from './route-settings.ts'
import { resolveSecrets } from './secrets.ts'

/** The life of a session, in seconds. */
export interface Limits {
  readonly idle: number
  readonly absolute: number
  readonly remember: number | false
  /** A rolling write happens at most once in so long. */
  readonly rollInterval: number
}

/** Where sessions are. */
export interface SessionSettings {
  readonly mode: 'cookie' | 'store'
  /** What `openStore` opens; undefined where the memory of this process is enough. */
  readonly store: StoreSource | undefined
}

/** What the caller wrote, made strict and frozen. Nothing after this reads options. */
export interface Settings {
  readonly secrets: readonly [SecretBytes, ...SecretBytes[]]
  readonly publicUrl: PublicUrl | undefined
  /** Name of this registration among several. */
  readonly name: string | undefined
  /** The protection space, as challenges name it (RFC 9110, section 11.5). */
  readonly realm: string
  readonly limits: Limits
  readonly session: SessionSettings
  /** Value of `Clear-Site-Data` on the answer to a logout; undefined where there is none. */
  readonly clearSiteData: string | undefined
  readonly cookie: CookieSettings
  readonly loadUser: LoadUser | undefined
  /** `currentUser.id` of whom a provider vouches for. */
  readonly userId: UserId
  readonly onLogin: AuthOptions['onLogin']
  readonly userinfo: AuthOptions['userinfo']
  /** The providers that people sign in with. */
  readonly providers: readonly OidcSettings[]
  /** Those that differ from tenant to tenant. */
  readonly tenants: readonly TenantEntry[]
  /** Whether the application has named them. */
  readonly hasNamedProviders: boolean
  /** Whether a provider's answer comes as a POST from its site. */
  readonly hasFormPost: boolean
  readonly basic: BasicSettings | undefined
  /** Access tokens that are taken; undefined where a bearer token means nothing. */
  readonly bearer: BearerSettings | undefined
  /** Programs that people let act for them. */
  readonly programs: readonly ProgramSettings[]
  readonly authenticators: ReadonlyArray<Readonly<Authenticator>>
  readonly routes: RouteSettings
  readonly onUnauthorized: OnUnauthorized
  /** Whether templates have `currentUser`. */
  readonly templates: boolean
  /** What documents of `@fastify/swagger` say of guarded routes; undefined where they say nothing. */
  readonly openapi: OpenapiSettings
  readonly allowedOrigins: readonly string[]
  readonly events: LoginListeners
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const KNOWN = [
  'secret', 'publicUrl', 'name', 'session', 'loadUser', 'userId', 'onLogin', 'oidc', 'providers', 'basic', 'bearer',
  'programs', 'authenticators', 'routes', 'userinfo', 'onUnauthorized', 'templates', 'openapi', 'allowedOrigins', 'events',
  'now'
]
const KNOWN_SESSION = ['store', 'mode', 'idle', 'absolute', 'remember', 'cookie', 'clearSiteData']
const SITE_DATA = ['cache', 'cookies', 'storage', 'executionContexts', '*']
const DAY = 86_400
/** Browsers keep no cookie longer (RFC 6265bis, section 5.6.2). */
const LONGEST = 400 * DAY

function resolveLimits (session: SessionOptions): Limits {
  const { idle = DAY, absolute = 7 * DAY, remember = 30 * DAY } = session
  assertWholeNumber(idle, 1, LONGEST, 'session.idle')
  assertWholeNumber(absolute, 1, LONGEST, 'session.absolute')
  if (remember !== false) assertWholeNumber(remember, 1, LONGEST, 'session.remember')
  if (idle > absolute) refuse('session.idle', 'must not be longer than "session.absolute".')
  // Once in 1/20 of idle and never more than once a minute; a shorter idle than two minutes still has to roll.
  const rollInterval = Math.min(Math.max(60, Math.floor(idle / 20)), idle / 2)
  return Object.freeze({ idle, absolute, remember, rollInterval })
}

function resolveSession ({ store, mode }: SessionOptions): SessionSettings {
  if (store !== undefined && typeof store !== 'string' && (typeof store !== 'object' || store === null)) {
    refuse('session.store', 'must be a store, a client of one, or its address as "redis://localhost".')
  }
  if (mode !== undefined) assertOneOf(mode, ['cookie', 'store'], 'session.mode')
  if (mode === 'store' && store === undefined) {
    refuse('session.store', 'is missing, but "session.mode" is "store". Write "memory:" or the address of a store.')
  }
  return Object.freeze({ store, mode: mode ?? (store === undefined ? 'cookie' : 'store') })
}

function resolveClearSiteData (value: unknown): string | undefined {
  if (value === undefined || value === false) return undefined
  const kinds = value === true ? ['cache', 'storage'] : value
  assertTexts(kinds, 'session.clearSiteData')
  if (kinds.length === 0) refuse('session.clearSiteData', 'is an empty list. Write false, or what a browser shall forget.')
  for (const kind of kinds) assertOneOf(kind, SITE_DATA, 'session.clearSiteData')
  return kinds.map(kind => `"${kind}"`).join(', ')
}

/** What is asked after a sign-in with a provider. */
function assertNoneOf (options: AuthOptions): void {
  const names = options.bearer === undefined ? ['userId', 'onLogin'] as const : ['onLogin'] as const
  for (const name of names) {
    if (options[name] !== undefined) refuse(name, 'has no meaning without "oidc".')
  }
}

/** A name is a property of `request.logins`, and part of a cookie's name. */
function assertName (name: unknown): void {
  assertText(name, 'name')
  if (!/^[A-Za-z][\w-]{0,31}$/.test(name)) refuse('name', 'must be a name as "admin": at most 32 letters, digits, - and _, a letter first.')
}

function resolveAllowedOrigins (origins: unknown): readonly string[] {
  assertTexts(origins, 'allowedOrigins')
  for (const origin of origins) {
    if (!origin.includes('*') && URL.canParse(origin) && new URL(origin).origin === origin) continue
    refuse('allowedOrigins', `has ${JSON.stringify(origin)}, but an origin is written as https://a.example, without a path or a wildcard.`)
  }
  return Object.freeze([...origins])
}

function resolveOnUnauthorized (value: unknown, hasProvider: boolean): OnUnauthorized {
  const chosen = value ?? (hasProvider ? 'auto' : 'throw')
  if (chosen === 'throw' || typeof chosen === 'function') return chosen as OnUnauthorized
  if (chosen !== 'auto') refuse('onUnauthorized', 'must be "throw", "auto" or a function.')
  if (!hasProvider) refuse('onUnauthorized', 'is "auto", but without "oidc" there is no sign-in to redirect to. Write "throw" or a function.')
  return chosen
}

function resolveEvents (events: unknown): LoginListeners {
  assertObject(events, 'events')
  assertKnownKeys(events, EVENT_NAMES, 'events')
  for (const [name, listener] of Object.entries(events)) assertFunction(listener, `events.${name}`)
  return Object.freeze({ ...events })
}

/** Whether plain http is allowed: one provider on it makes a test set-up of the whole. */
function resolveHttp ({ oidc, providers = {}, bearer = {} }: AuthOptions, isProduction: boolean): boolean {
  if (oidc !== undefined) assertObject(oidc, 'oidc')
  assertObject(providers, 'providers')
  assertObject(bearer, 'bearer')
  const all = [oidc, ...Object.values(providers), bearer, ...Object.values(bearer.providers ?? {})]
  const wishes = all.map(options => typeof options === 'object' ? options?.allowHttp ?? false : false)
  return wishes.map(wish => resolveAllowHttp(wish, isProduction)).includes(true)
}

/** The first line of the plugin: every option is checked here, and only here. */
export function resolveSettings (value: unknown): Settings {
  assertObject(value, 'options')
  assertKnownKeys(value, KNOWN)
  const options = value as unknown as AuthOptions
  const isProduction = process.env.NODE_ENV === 'production'
  const secrets = resolveSecrets(options.secret)
  const session = options.session ?? {}
  assertObject(session, 'session')
  assertKnownKeys(session, KNOWN_SESSION, 'session')
  const allowHttp = resolveHttp(options, isProduction)
  const publicUrl = options.publicUrl === undefined ? undefined : resolvePublicUrl(options.publicUrl, allowHttp)
  const providers = resolveProviders(options, allowHttp)
  const tenants = resolveTenants(options)
  const hasProvider = providers.length + tenants.length > 0
  if (hasProvider && publicUrl === undefined) {
    refuse('publicUrl', 'is missing. The provider sends people back to it: write the address of the application, as https://app.example.com.')
  }
  const posting = providers.find(({ responseMode }) => responseMode === 'form_post')
  if (posting !== undefined && !(publicUrl?.isSecure === true || publicUrl?.isLoopback === true)) {
    const option = options.providers === undefined ? 'oidc' : `providers.${posting.name}`
    refuse(`${option}.responseMode`, 'is form_post, which needs a Secure cookie: serve "publicUrl" over https, or write "query".')
  }
  if (!hasProvider) assertNoneOf(options)
  if (options.loadUser !== undefined) assertFunction(options.loadUser, 'loadUser')
  if (options.userId !== undefined) assertFunction(options.userId, 'userId')
  if (options.onLogin !== undefined) assertFunction(options.onLogin, 'onLogin')
  if (options.now !== undefined) assertFunction(options.now, 'now')
  const clearSiteData = resolveClearSiteData(session.clearSiteData)
  const routes = resolveRouteSettings(options.routes === undefined ? {} : options.routes, {
    hasProvider, hasBearer: options.bearer !== undefined, hasPrograms: Object.keys(options.programs ?? {}).length > 0
  })
  for (const provider of providers) {
    assertFits(provider, { routes, clearSiteData }, options.providers === undefined ? 'oidc' : `providers.${provider.name}`)
  }
  const { name, templates = true } = options
  const userId = createUserId(options, tenants)
  const programs = resolvePrograms(options.programs ?? {}, providers)
  const surroundings = {
    providers, tenants: tenants.map(one => one.name), allowHttp, userId, hasOwnUserId: options.userId !== undefined
  }
  const bearer = options.bearer === undefined ? undefined : resolveBearerSettings(options.bearer, surroundings)
  if (bearer !== undefined && bearer.issuers.length > 0 && publicUrl === undefined) {
    refuse('publicUrl', 'is missing. It says what tokens are for, and where programs learn who gives them: write the address of the application.')
  }
  const lacking = programs.find(({ isPassThrough }) => !isPassThrough && bearer?.issued === undefined)
  if (lacking !== undefined) {
    refuse('bearer.issued', `must be true: the program "${lacking.clientId}" gets tokens of this application, which nothing would take.`)
  }
  assertBoolean(templates, 'templates')
  if (name !== undefined) assertName(name)
  const realm = [publicUrl?.origin ?? 'login', ...name === undefined ? [] : [name]].join(' ')
  return Object.freeze({
    secrets,
    publicUrl,
    name,
    realm,
    limits: resolveLimits(session),
    session: resolveSession(session),
    clearSiteData,
    cookie: resolveCookieSettings(session.cookie ?? {}, publicUrl, isProduction, name),
    loadUser: options.loadUser,
    userId,
    onLogin: options.onLogin,
    userinfo: resolveUserinfo(options.userinfo, routes),
    providers,
    tenants,
    hasNamedProviders: options.providers !== undefined,
    hasFormPost: posting !== undefined,
    basic: options.basic === undefined ? undefined : resolveBasicSettings(options.basic, realm),
    bearer,
    programs,
    authenticators: resolveAuthenticators(options.authenticators ?? []),
    routes,
    onUnauthorized: resolveOnUnauthorized(options.onUnauthorized, hasProvider),
    templates,
    openapi: resolveOpenapi(options.openapi),
    allowedOrigins: resolveAllowedOrigins(options.allowedOrigins ?? []),
    events: resolveEvents(options.events ?? {}),
    now: options.now ?? Date.now
  })
}
