import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { rawHeaders, type RawReply, writeAnswer } from './guard/answer.ts'
import { claimPaths, claimScope } from './guard/claim-scope.ts'
import { createHooks } from './guard/hooks.ts'
import { type LoginOptions, resolveLoginStart } from './guard/login-start.ts'
import { findLogins, type LoginUrlOptions, NamedLogin } from './guard/named-login.ts'
import { bindRealm, createRealm, type Realm, realmOf, slotOf } from './guard/realm.ts'
import { createLoginRequired, type LoginRequired } from './guard/require.ts'
import { createLocals, createLocalsHook, LOCALS_SLOT } from './guard/template-locals.ts'
import type { AuthOptions } from './options/auth-options.ts'
import { resolveSettings } from './options/settings.ts'
import { ownPaths } from './routes/addresses.ts'
import { createSignInParts } from './routes/create-sign-in.ts'
import { signInRoutes } from './routes/index.ts'
import { cookieNames, createCookies } from './session/cookies.ts'
import { LocalRevocations } from './session/revocations.ts'
import { SealedSessions } from './session/sealed-sessions.ts'
import { createVault } from './vault.ts'
import { MemoryStore } from './stores/memory.ts'
import type { AuthUser, CurrentUser, LoginName } from './user.ts'

/** What `fastify.logins.NAME` is. */
export interface InstanceLogin {
  readonly loginRequired: LoginRequired
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the request comes from: never null, never a promise. */
    readonly currentUser: CurrentUser
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
    /** The address that starts a sign-in with the provider. @throws NoProvider */
    loginUrl (options?: LoginUrlOptions): string
    /** The same members for each registration with a `name`. */
    readonly logins: Readonly<Record<LoginName, NamedLogin>>
  }

  interface FastifyInstance {
    loginRequired: LoginRequired
    /** The same for each registration with a `name`. */
    readonly logins: Readonly<Record<LoginName, InstanceLogin>>
  }

  interface FastifyContextConfig {
    /** False: nobody looks who asks, and `request.currentUser` throws. */
    auth?: boolean
  }
}

function createMembers (realm: Realm): InstanceLogin {
  const { name } = realm.settings
  // A guard that is carried to a route of another scope, where somebody else may be signed in, lets nobody pass.
  function findRealm ({ server }: FastifyRequest): Realm | undefined {
    return realmOf(server, name) === realm ? realm : undefined
  }
  return Object.freeze({ loginRequired: createLoginRequired(findRealm, realm) })
}

/** The short names, for the registration that has none. */
function decorate (fastify: FastifyInstance, realm: Realm): void {
  fastify.decorateRequest('currentUser', { getter () { return realm.of(this).user } })
  fastify.decorateRequest('loginUser', async function loginUser (user, options) {
    await realm.of(this).login(resolveLoginStart(user, options))
  })
  fastify.decorateRequest('logoutUser', async function logoutUser () { await realm.of(this).logout() })
  fastify.decorateRequest('renewLogin', async function renewLogin () { await realm.of(this).renew() })
  fastify.decorateRequest('commitLogin', async function commitLogin (reply) {
    writeAnswer(rawHeaders(reply), await realm.of(this).setCookies())
  })
  fastify.decorateRequest('loginUrl', function loginUrl (options) { return realm.of(this).loginUrl(options?.returnTo) })
  fastify.decorate('loginRequired', createMembers(realm).loginRequired)
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
  fastify.decorate('logins', { getter () { return findLogins(this, createMembers) } })
}

async function fastifyLogin (fastify: FastifyInstance, options: AuthOptions): Promise<void> {
  const settings = resolveSettings(options)
  const { publicUrl, oidc, now, name } = settings
  const claim = claimScope(fastify, name, cookieNames(settings))

  const vault = await createVault(fastify, settings.secrets, settings.cookie.name)
  const cookies = createCookies(settings)
  const sessions = new SealedSessions(vault, cookies, new LocalRevocations(), settings)
  const store = new MemoryStore(now)
  const people = publicUrl === undefined || oidc === undefined
    ? undefined
    : createSignInParts({ ...settings, vault, store, publicUrl, oidc, scopePrefix: fastify.prefix })
  const challenge = `Cookie realm="${settings.realm}"`
  const realm = createRealm({ settings, cookies, sessions, challenge, signIn: people?.signIn })

  fastify.decorateRequest(slotOf(name), null)
  bindRealm(fastify, realm)
  if (name === undefined) decorate(fastify, realm)
  else decorateLogins(fastify)
  const { onRequest, onSend, onResponse } = createHooks(realm)
  if (name === undefined && settings.templates) decorateTemplates(fastify, realm)
  fastify.addHook('onRequest', onRequest)
  fastify.addHook('onSend', onSend)
  fastify.addHook('onResponse', onResponse)

  if (people === undefined) return
  claimPaths(claim, ownPaths(people.addresses, fastify.prefix))
  await fastify.register(signInRoutes, { ...people, realm, settings })
}

/**
 * The plugin: cookie sessions, `request.currentUser`, `fastify.loginRequired`, and sign-in with an OpenID Provider
 * where `oidc` names one.
 *
 * @example await app.register(authPlugin, { secret: process.env.SESSION_SECRET })
 */
export const authPlugin = fp(fastifyLogin, { fastify: '5.x', name: 'fastify-login' })
