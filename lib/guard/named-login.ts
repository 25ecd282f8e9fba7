import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { BearerToken } from '../bearer-token.ts'
import type { AuthUser, CurrentUser } from '../user.ts'
import { rawHeaders, type RawReply, writeAnswer } from './answer.ts'
import { type AccessToken, type AccessTokenOptions, accessTokenOf } from './access-token.ts'
import { evidenceHeaders } from './callers.ts'
import { namesAround } from './claim-scope.ts'
import { writeClearSiteData } from './clear-site-data.ts'
import { type LoginOptions, resolveLoginStart } from './login-start.ts'
import { loginUrlOf, type LoginUrlOptions } from './login-url.ts'
import { type Realm, realmOf } from './realm.ts'

/** The members of a request for one registration of the plugin. All of its state is in the realm. */
export class NamedLogin {
  readonly #realm: Realm
  readonly #request: FastifyRequest

  constructor (realm: Realm, request: FastifyRequest) {
    this.#realm = realm
    this.#request = request
  }

  /** See `request.currentUser`. */
  get currentUser (): CurrentUser {
    return this.#realm.of(this.#request).user
  }

  /** See `request.token`. */
  get token (): BearerToken | undefined {
    return this.#realm.of(this.#request).token
  }

  /** See `request.loginUser`. */
  async loginUser (user: string | AuthUser, options?: LoginOptions): Promise<void> {
    await this.#realm.of(this.#request).loginUser(resolveLoginStart(user, options))
  }

  /** See `request.logoutUser`. */
  async logoutUser (): Promise<void> {
    await this.#realm.of(this.#request).logout()
  }

  /** See `request.renewLogin`. */
  async renewLogin (): Promise<void> {
    await this.#realm.of(this.#request).renew()
  }

  /** See `request.commitLogin`. */
  async commitLogin (reply: RawReply): Promise<void> {
    await writeLogin(this.#realm, this.#request, reply)
  }

  /** See `request.loginUrl`. */
  loginUrl (options?: LoginUrlOptions): string {
    return loginUrlOf(this.#realm.of(this.#request), options)
  }

  /** See `request.getAccessToken`. */
  getAccessToken (options?: AccessTokenOptions): Promise<AccessToken> {
    return accessTokenOf(this.#realm.of(this.#request), options)
  }
}

/** Writes the cookies of a request on a reply that Fastify will not send. */
export async function writeLogin (realm: Realm, request: FastifyRequest, reply: RawReply): Promise<void> {
  const login = realm.of(request)
  const headers = rawHeaders(reply)
  writeAnswer(headers, await login.setCookies(), evidenceHeaders(realm.callers))
  if (login.hasLoggedOut) writeClearSiteData(headers, request, realm.settings)
}

/** Something for each registration with a name that an instance is in, by that name. */
export function findLogins<T> (fastify: FastifyInstance, make: (realm: Realm) => T): Readonly<Record<string, T>> {
  const found = namesAround(fastify).flatMap(name => {
    const realm = realmOf(fastify, name)
    return realm === undefined ? [] : [[name, make(realm)] as const]
  })
  return Object.fromEntries(found)
}
