import { EVENT_NAMES, type LoginListeners } from '../events.ts'
import type { SecretBytes } from '../secret-text.ts'
import type { AuthOptions, Authenticator, OnUnauthorized } from './auth-options.ts'
import { resolveAuthenticators } from './authenticator-settings.ts'
import { type BearerSettings, resolveBearerSettings } from './bearer-settings.ts'
import { type BasicSettings, resolveBasicSettings } from './basic-settings.ts'
import { type BrokerSettings, resolveBrokerSettings } from './broker-settings.ts'
import { assertBoolean, assertFunction, assertKnownKeys, assertObject, assertText, assertTexts, refuse } from './check.ts'
import { type CookieSettings, resolveCookieSettings } from './cookie-settings.ts'
import type { LoadUser } from './login-functions.ts'
import { type OidcSettings, resolveAllowHttp } from './oidc-settings.ts'
import { assertFits, createUserId, resolveProviders, resolveTenants, type TenantEntry, type UserId } from './provider-settings.ts'
import { type ProgramSettings, resolvePrograms } from './program-settings.ts'
import { type OpenapiSettings, resolveOpenapi } from './openapi-options.ts'
import { type PublicUrl, resolvePublicUrl } from './public-url.ts'
import { resolveRouteSettings, resolveUserinfo, type RouteSettings } from './route-settings.ts'
import { resolveSecrets } from './secrets.ts'
import { assertSession, type Limits, resolveClearSiteData, resolveLimits, resolveSession, type SessionSettings } from './session-settings.ts'

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
  /** Tokens that this application signs; undefined where it signs none. */
  readonly broker: BrokerSettings | undefined
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
  'broker', 'programs', 'authenticators', 'routes', 'userinfo', 'onUnauthorized', 'templates', 'openapi', 'allowedOrigins', 'events',
  'now'
]

/** What is asked after a sign-in with a provider, or about whom a token names. */
function assertNoneOf (options: AuthOptions): void {
  const takesTokens = options.bearer !== undefined || options.broker !== undefined
  const names = takesTokens ? ['onLogin'] as const : ['userId', 'onLogin'] as const
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
function resolveHttp ({ oidc, providers = {}, bearer = {}, broker = {} }: AuthOptions, isProduction: boolean): boolean {
  if (oidc !== undefined) assertObject(oidc, 'oidc')
  assertObject(providers, 'providers')
  assertObject(bearer, 'bearer')
  assertObject(broker, 'broker')
  const peers = Object.values(broker.trustedIssuers ?? {})
  const all = [oidc, ...Object.values(providers), bearer, ...Object.values(bearer.providers ?? {}), ...peers]
  const wishes = all.map(options => typeof options === 'object' ? options?.allowHttp ?? false : false)
  return wishes.map(wish => resolveAllowHttp(wish, isProduction)).includes(true)
}

/** A program gets tokens of its provider, or of this application. */
function assertIssued (
  programs: readonly ProgramSettings[], bearer: BearerSettings | undefined, broker: BrokerSettings | undefined
): void {
  const lacking = programs.find(({ isPassThrough }) => !isPassThrough && bearer?.issued === undefined)
  if (lacking === undefined || broker !== undefined) return
  refuse('bearer.issued', `must be true, or "broker" be there: the program "${lacking.clientId}" gets tokens of this application, which nothing would take.`)
}

/** The first line of the plugin: every option is checked here, and only here. */
export function resolveSettings (value: unknown): Settings {
  assertObject(value, 'options')
  assertKnownKeys(value, KNOWN)
  const options = value as unknown as AuthOptions
  const isProduction = process.env.NODE_ENV === 'production'
  const secrets = resolveSecrets(options.secret)
  const session = options.session ?? {}
  assertSession(session)
  const allowHttp = resolveHttp(options, isProduction)
  const publicUrl = options.publicUrl === undefined ? undefined : resolvePublicUrl(options.publicUrl, allowHttp)
  const providers = resolveProviders(options, allowHttp)
  const tenants = resolveTenants(options)
  const hasProvider = providers.length + tenants.length > 0
  const hasBroker = options.broker !== undefined
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
    hasProvider,
    hasBearer: options.bearer !== undefined || hasBroker,
    hasBroker,
    hasPrograms: Object.keys(options.programs ?? {}).length > 0
  })
  for (const provider of providers) {
    assertFits(provider, { routes, clearSiteData }, options.providers === undefined ? 'oidc' : `providers.${provider.name}`)
  }
  const { name, templates = true } = options
  const userId = createUserId(options, tenants)
  const surroundings = {
    providers,
    tenants: tenants.map(one => one.name),
    allowHttp,
    userId,
    hasOwnUserId: options.userId !== undefined,
    hasBroker
  }
  const takesTokens = options.bearer !== undefined || hasBroker
  const bearer = takesTokens ? resolveBearerSettings(options.bearer ?? {}, surroundings) : undefined
  if (bearer !== undefined && bearer.issuers.length > 0 && publicUrl === undefined) {
    refuse('publicUrl', 'is missing. It says what tokens are for, and where programs learn who gives them: write the address of the application.')
  }
  const { issuers: trusted = [] } = bearer ?? {}
  const broker = options.broker === undefined
    ? undefined
    : resolveBrokerSettings(options.broker, { ...surroundings, publicUrl, trusted })
  const programs = resolvePrograms(options.programs ?? {}, providers, broker)
  assertIssued(programs, bearer, broker)
  assertBoolean(templates, 'templates')
  if (name !== undefined) assertName(name)
  const realm = [publicUrl?.origin ?? 'login', ...name === undefined ? [] : [name]].join(' ')
  return Object.freeze({
    secrets,
    publicUrl,
    name,
    realm,
    limits: resolveLimits(session),
    session: resolveSession(session, broker?.store),
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
    broker,
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
