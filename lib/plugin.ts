import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { BearerToken } from './bearer-token.ts'
import { createBearer, createIssuer, createKeptOf, createSubjectJudge } from './bearer.ts'
import { type EndReason, LoginEvents } from './events.ts'
import { type AccessToken, type AccessTokenOptions, accessTokenOf } from './guard/access-token.ts'
import type { RawReply } from './guard/answer.ts'
import { claimPaths, claimScope } from './guard/claim-scope.ts'
import { createHooks } from './guard/hooks.ts'
import { type LoginOptions, resolveLoginStart } from './guard/login-start.ts'
import { loginUrlOf, type LoginUrlOptions } from './guard/login-url.ts'
import { findLogins, NamedLogin, writeLogin } from './guard/named-login.ts'
import { createOnRoute } from './guard/openapi/describe.ts'
import { bindRealm, createRealm, type Realm, slotOf } from './guard/realm.ts'
import type { LoginRequired } from './guard/require.ts'
import { withRefreshReport } from './guard/refresh-report.ts'
import { createCopyReport, createStoreReport } from './guard/store-reports.ts'
import { createLocals, createLocalsHook, LOCALS_SLOT } from './guard/template-locals.ts'
import { createLogin, type InstanceLogin, type Login } from './login.ts'
import type { AuthOptions } from './options/auth-options.ts'
import { createTransport } from './oidc/provider/transport.ts'
import { TokenVault } from './oidc/tokens/token-vault.ts'
import { resolveSettings, type Settings } from './options/settings.ts'
import { ownPaths, pathsOf } from './routes/addresses.ts'
import { serverMetadataPaths, serverMetadataRoutes } from './routes/authorization-server-metadata.ts'
import { backchannelRoutes, programRoutes, sessionsRoutes, signInRoutes, userinfoRoutes } from './routes/index.ts'
import { jwksRoutes } from './routes/jwks.ts'
import { resourceMetadataPaths, resourceMetadataRoutes, resourceMetadataUrl } from './routes/resource-metadata.ts'
import { createFindPages } from './routes/site-pages.ts'
import { createSites } from './routes/sites.ts'
import { cookieNames, createCookies } from './session/cookies.ts'
import { createRevocations, createSessions } from './session/create-sessions.ts'
import { createVault } from './vault.ts'
import { BoundedStore } from './stores/bounded-store.ts'
import { MemoryStore } from './stores/memory/memory-store.ts'
import { type OpenOptions, openStore, type StoreSource } from './stores/open-store.ts'
import type { Store } from './stores/store.ts'
import type { AuthUser, CurrentUser, LoginName } from './user.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the request comes from: never null, never a promise. */
    readonly currentUser: CurrentUser
    /** The access token that decided who the request comes from; undefined where something else did. */
    readonly token: BearerToken | undefined
    /**
     * Signs a person in. The session before is dead, and the answer carries the new cookie, also an error reply.
     *
     * @throws ArgumentInvalid, CrossSite (403), UserRefused (403), SessionTooLarge (400), StoreUnavailable (503),
     *   ReplySent
     */
    loginUser (user: string | AuthUser, options?: LoginOptions): Promise<void>
    /** Signs the person out. Also a copy of the cookie is dead from now on. @throws ReplySent */
    logoutUser (): Promise<void>
    /** Gives the session its full length again; it keeps its id. @throws Unauthorized for a stranger, ReplySent */
    renewLogin (): Promise<void>
    /** Writes the cookies of this request on a reply that Fastify will not send. Call it before `reply.hijack()`. */
    commitLogin (reply: RawReply): Promise<void>
    /** The address that starts a sign-in with the provider. @throws NoProvider, ArgumentInvalid */
    loginUrl (options?: LoginUrlOptions): string
    /**
     * A token to call a service with in the name of the person, refreshed where it is about to run out. Nobody but this
     * application sees it.
     *
     * @throws Unauthorized for a stranger, TokensLost (401) and InsufficientScope (403), whose `loginUrl` helps,
     *   ProviderUnavailable (503), ProviderAnswerInvalid (502), NoSession (400), NoProvider, StoreUnavailable (503)
     * @example const { accessToken } = await request.getAccessToken({ scopes: ['mail.read'] })
     */
    getAccessToken (options?: AccessTokenOptions): Promise<AccessToken>
    /** The same members for each registration with a `name`. */
    readonly logins: Readonly<Record<LoginName, NamedLogin>>
  }

  interface FastifyInstance {
    loginRequired: LoginRequired
    /** The plugin seen from outside a request. */
    login: Login
    /** The same for each registration with a `name`. */
    readonly logins: Readonly<Record<LoginName, InstanceLogin>>
  }

  interface FastifyContextConfig {
    /** False: nobody looks who asks, and `request.currentUser` throws. */
    auth?: boolean
  }
}

/** The short names, for the registration that has none. */
function decorate (fastify: FastifyInstance, realm: Realm): void {
  fastify.decorateRequest('currentUser', { getter () { return realm.of(this).user } })
  if (realm.bearer !== undefined) fastify.decorateRequest('token', { getter () { return realm.of(this).token } })
  fastify.decorateRequest('loginUser', async function loginUser (user, options) {
    await realm.of(this).loginUser(resolveLoginStart(user, options))
  })
  fastify.decorateRequest('logoutUser', async function logoutUser () { await realm.of(this).logout() })
  fastify.decorateRequest('renewLogin', async function renewLogin () { await realm.of(this).renew() })
  fastify.decorateRequest('commitLogin', async function commitLogin (reply) {
    await writeLogin(realm, this, reply)
  })
  fastify.decorateRequest('loginUrl', function loginUrl (options) { return loginUrlOf(realm.of(this), options) })
  fastify.decorateRequest('getAccessToken', async function getAccessToken (options) {
    return await accessTokenOf(realm.of(this), options)
  })
  const { loginRequired, ...login } = createLogin(realm)
  fastify.decorate('loginRequired', loginRequired)
  fastify.decorate('login', Object.freeze(login))
}

/** `currentUser` for templates of `@fastify/view`, whichever of the two is registered first. */
function decorateTemplates (fastify: FastifyInstance, realm: Realm): void {
  if (fastify.hasReplyDecorator('locals')) {
    fastify.addHook('onRequest', createLocalsHook(realm))
    return
  }
  fastify.decorateReply(LOCALS_SLOT, null)
  fastify.decorateReply('locals', createLocals(realm))
}

/** `logins`, once for all registrations around a request or an instance: each finds those that it is in. */
function decorateLogins (fastify: FastifyInstance): void {
  if (fastify.hasDecorator('logins')) return
  fastify.decorateRequest('logins', {
    getter () { return findLogins(this.server, realm => new NamedLogin(realm, this)) }
  })
  fastify.decorate('logins', { getter () { return findLogins(this, createLogin) } })
}

function createEvents (log: FastifyBaseLogger, { events }: Settings): LoginEvents {
  return new LoginEvents(withRefreshReport(events, log), (err, name) => { log.error({ err }, `fastify-login: the listener of "${name}" failed`) })
}

/** A store, closed with the application where it was opened here. */
async function createStore (
  fastify: FastifyInstance, source: StoreSource | undefined, options: OpenOptions, whose: string
): Promise<Store> {
  if (source === undefined) return new MemoryStore(options)
  const { store, isOwn } = await openStore(source, options)
  if (isOwn) fastify.addHook('onClose', async () => { await store.close() })
  // What is in this process cannot be away, and every request would pay for the question.
  if (store instanceof MemoryStore) return store
  return new BoundedStore(store, { onChange: createStoreReport(fastify.log, whose) })
}

async function fastifyLogin (fastify: FastifyInstance, options: AuthOptions): Promise<void> {
  const settings = resolveSettings(options)
  const { publicUrl, providers, tenants, name } = settings
  const claim = claimScope(fastify, name, cookieNames(settings), settings.broker?.issuer)

  const vault = await createVault(fastify, settings.secrets, settings.cookie.name)
  const cookies = createCookies(settings)
  const { session, broker: { store: brokerSource } = {}, now } = settings
  const localCopy = session.localCopy && { onChange: createCopyReport(fastify.log) }
  const store = await createStore(fastify, session.store, { now, localCopy }, 'sessions')
  const hasTwo = brokerSource !== undefined && brokerSource !== session.store
  const brokerStore = hasTwo ? await createStore(fastify, brokerSource, { now }, 'the broker') : store
  const keptOf = createKeptOf(settings, vault, brokerStore)
  const tokens = new TokenVault(vault, store)
  const events = createEvents(fastify.log, settings)
  const revocations = createRevocations({ settings, store })
  const transport = createTransport()
  fastify.addHook('onClose', async () => { transport.close() })
  async function onEnd (sessionHandle: string, reason: EndReason, isFirst: boolean): Promise<void> {
    if (isFirst) events.emit('sessionEnded', { sessionHandle, reason })
    await sites?.revocation.end(sessionHandle, reason)
  }
  const sessions = createSessions({ vault, cookies, store, settings, onEnd }, revocations)
  async function onRevoke (handle: string): Promise<void> {
    await sites?.revocation.end(handle, 'logout')
  }
  const { issued, keys } = createIssuer({ settings, vault, store: brokerStore, revocations, events, onRevoke })
  const sites = publicUrl === undefined || providers.length + tenants.length === 0
    ? undefined
    : createSites({
      settings,
      vault,
      store,
      tokens,
      events,
      revocations,
      transport,
      publicUrl,
      scopePrefix: fastify.prefix,
      programs: {
        issued,
        judgeOf: providers => createSubjectJudge({ settings, revocations, keptOf, transport }, providers),
        revocations,
        onEnd,
        store: brokerStore,
        tokens: hasTwo ? new TokenVault(vault, brokerStore) : tokens
      }
    })
  if (sites !== undefined) fastify.addHook('onClose', sites.settle)
  const challenge = `Cookie realm="${settings.realm}"`
  const clients = sites?.signIn?.clients
  const bearer = createBearer({ settings, store, revocations, issued, keptOf, transport, clients })
  const resourceMetadata = resourceMetadataUrl(settings, fastify.prefix)
  const realmGround = { settings, events, cookies, sessions, challenge, signIn: sites?.signIn }
  const ground = { ...realmGround, issued, keys, bearer, resourceMetadata }
  const realm = createRealm(ground, sites?.tenants)

  fastify.decorateRequest(slotOf(name), null)
  bindRealm(fastify, realm)
  if (name === undefined) decorate(fastify, realm)
  else decorateLogins(fastify)
  const { onRequest, onSend } = createHooks(realm)
  if (name === undefined && settings.templates) decorateTemplates(fastify, realm)
  fastify.addHook('onRoute', createOnRoute(realm))
  fastify.addHook('onRequest', onRequest)
  fastify.addHook('onSend', onSend)

  const signInPaths = sites === undefined ? [] : ownPaths(sites.addresses, fastify.prefix)
  const sessionsPaths = pathsOf(settings.routes.sessions, settings, fastify.prefix)
  const userinfoPaths = pathsOf(settings.routes.userinfo, settings, fastify.prefix)
  const metadataPaths = resourceMetadataPaths(settings, fastify.prefix)
  const serverPaths = serverMetadataPaths(settings, fastify.prefix)
  const jwksPaths = pathsOf(settings.routes.jwks, settings, fastify.prefix)
  const furtherPaths = [...sessionsPaths, ...userinfoPaths, ...metadataPaths, ...serverPaths, ...jwksPaths]
  claimPaths(claim, [...signInPaths, ...furtherPaths.map(path => fastify.prefix + path)])
  if (sites !== undefined) {
    const scope = { realm, addresses: sites.addresses, findPages: createFindPages(realm, sites) }
    await fastify.register(signInRoutes, scope)
    await fastify.register(backchannelRoutes, scope)
    if (settings.programs.length > 0) await fastify.register(programRoutes, scope)
  }
  await fastify.register(resourceMetadataRoutes, { settings, paths: metadataPaths, scopePrefix: fastify.prefix })
  await fastify.register(serverMetadataRoutes, { settings, paths: serverPaths, scopePrefix: fastify.prefix })
  if (keys !== undefined) await fastify.register(jwksRoutes, { paths: jwksPaths, keys })
  const { loginRequired, sessions: registry } = createLogin(realm)
  await fastify.register(userinfoRoutes, { realm, paths: userinfoPaths, guard: loginRequired })
  if (sessionsPaths.length === 0) return
  await fastify.register(sessionsRoutes, { realm, registry, paths: sessionsPaths, guard: loginRequired({ via: ['cookie'] }) })
}

/**
 * The plugin: cookie sessions, `request.currentUser`, `fastify.loginRequired`, and sign-in with an OpenID Provider
 * where `oidc` names one.
 *
 * @example await app.register(authPlugin, { secret: process.env.SESSION_SECRET })
 */
export const authPlugin = fp(fastifyLogin, { fastify: '5.x', name: 'fastify-login' })
