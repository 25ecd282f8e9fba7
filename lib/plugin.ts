import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { rawHeaders, writeAnswer } from './guard/answer.ts'
import { claimScope } from './guard/claim-scope.ts'
import { createHooks } from './guard/hooks.ts'
import { type LoginOptions, resolveLoginStart } from './guard/login-start.ts'
import { bindRealm, createRealm, type Realm, SLOT } from './guard/realm.ts'
import { createLoginRequired, type LoginRequired } from './guard/require.ts'
import { LoginFlow } from './oidc/login-flow.ts'
import { createProvider } from './oidc/provider.ts'
import type { AuthOptions } from './options/auth-options.ts'
import { resolveSettings } from './options/settings.ts'
import { createAddresses } from './routes/addresses.ts'
import { createSignIn, openReturnPath } from './routes/create-sign-in.ts'
import { signInRoutes } from './routes/index.ts'
import { createCookies } from './session/cookies.ts'
import { LocalRevocations } from './session/revocations.ts'
import { SealedSessions } from './session/sealed-sessions.ts'
import { TokenVault } from './session/token-vault.ts'
import { createVault } from './session/vault.ts'
import { MemoryStore } from './stores/memory.ts'
import type { AuthUser, CurrentUser } from './user.ts'

/** Where `request.loginUrl` leads back to. */
export interface LoginUrlOptions {
  /** A path of this site. @default where the person is */
  returnTo?: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the request comes from: never null, never a promise. */
    readonly currentUser: CurrentUser
    /**
     * Signs a person in. The session before is dead, and the answer carries the new cookie, also an error reply.
     *
     * @throws ArgumentInvalid, UserRefused (403), SessionTooLarge (400), StoreUnavailable (503), ReplySent
     */
    loginUser (user: string | AuthUser, options?: LoginOptions): Promise<void>
    /** Signs the person out. Also a copy of the cookie is dead from now on. @throws ReplySent */
    logoutUser (): Promise<void>
    /** Gives the session its full length again; it keeps its id. @throws Unauthorized for a stranger, ReplySent */
    renewLogin (): Promise<void>
    /** Writes the cookies of this request on a reply that Fastify will not send. Call it before `reply.hijack()`. */
    commitLogin (reply: FastifyReply): Promise<void>
    /** The address that starts a sign-in with the provider. @throws NoProvider */
    loginUrl (options?: LoginUrlOptions): string
  }

  interface FastifyInstance {
    loginRequired: LoginRequired
  }

  interface FastifyContextConfig {
    /** False: nobody looks who asks, and `request.currentUser` throws. */
    auth?: boolean
  }
}

function decorate (fastify: FastifyInstance, realm: Realm): void {
  fastify.decorateRequest(SLOT, null)
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
  fastify.decorate('loginRequired', createLoginRequired(() => realm))
  bindRealm(fastify, realm)
}

async function fastifyLogin (fastify: FastifyInstance, options: AuthOptions): Promise<void> {
  const settings = resolveSettings(options)
  const { publicUrl, oidc, now } = settings
  claimScope(fastify, settings.cookie.name)

  const vault = await createVault(fastify, settings.secrets, settings.cookie.name)
  const cookies = createCookies(settings)
  const sessions = new SealedSessions(vault, cookies, new LocalRevocations(), settings)
  const addresses = publicUrl === undefined || oidc === undefined
    ? undefined
    : createAddresses(publicUrl, fastify.prefix, settings.routes)
  const signIn = publicUrl === undefined || addresses === undefined
    ? undefined
    : createSignIn(vault, publicUrl, addresses)
  const challenge = `Cookie realm="${publicUrl?.origin ?? 'login'}"`
  const realm = createRealm({ settings, cookies, sessions, signIn, challenge })

  decorate(fastify, realm)
  const { onRequest, onSend, onResponse } = createHooks(realm)
  fastify.addHook('onRequest', onRequest)
  fastify.addHook('onSend', onSend)
  fastify.addHook('onResponse', onResponse)

  if (oidc === undefined || signIn === undefined || addresses === undefined) return
  const store = new MemoryStore(now)
  const provider = createProvider(oidc, now)
  await fastify.register(signInRoutes, {
    realm,
    signIn,
    settings,
    provider,
    flow: new LoginFlow(provider, vault, store, addresses.callback.url),
    tokens: new TokenVault(vault, store),
    addresses,
    openReturnPath: (sealed: unknown) => openReturnPath(vault, sealed)
  })
}

/**
 * The plugin: cookie sessions, `request.currentUser`, `fastify.loginRequired`, and sign-in with an OpenID Provider
 * where `oidc` names one.
 *
 * @example await app.register(authPlugin, { secret: process.env.SESSION_SECRET })
 */
export const authPlugin = fp(fastifyLogin, { fastify: '5.x', name: 'fastify-login' })
