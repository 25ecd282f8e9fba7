import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ArgumentInvalid } from '../errors.ts'
import type { AuthUser, CurrentUser } from '../user.ts'
import { rawHeaders, type RawReply, writeAnswer } from './answer.ts'
import { type AccessToken, type AccessTokenOptions, accessTokenOf } from './access-token.ts'
import { namesAround } from './claim-scope.ts'
import { writeClearSiteData } from './clear-site-data.ts'
import { type LoginOptions, resolveLoginStart } from './login-start.ts'
import { type Realm, realmOf } from './realm.ts'
import type { RequestLogin } from './request-login.ts'
import { areWords } from './requirements.ts'

/** Where `request.loginUrl` leads back to, and what the login shall bring. */
export interface LoginUrlOptions {
  /** A path of this site. @default where the person is */
  returnTo?: string
  /** Scopes that the access token must hold. @default those of `oidc.scopes` */
  scopes?: readonly string[]
  /** One of these must come back as `acr`. @default `oidc.acrValues` */
  acr?: readonly string[]
  /** Seconds since the person last proved who they are. @default `oidc.maxAge` */
  maxAge?: number
  /** The person must prove it now. @default false */
  fresh?: boolean
  /** Name of the provider that must vouch. @default the person chooses where there are several */
  provider?: string
}

const DEMANDS = ['scopes', 'acr', 'maxAge', 'fresh', 'provider']

/** A demand that is misspelt would be none, and the page behind the link would ask in vain. */
function assertDemands (demands: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(demands).find(key => !DEMANDS.includes(key))
  if (unknown !== undefined) throw new ArgumentInvalid(`loginUrl has no option "${unknown}". Its options are returnTo, ${DEMANDS.join(', ')}.`)
  const { scopes = [], acr = [], maxAge = 0, fresh = false, provider = '' } = demands
  if (!areWords(scopes)) throw new ArgumentInvalid('The option "scopes" of loginUrl must be a list of words.')
  if (!areWords(acr)) throw new ArgumentInvalid('The option "acr" of loginUrl must be a list of words.')
  if (!Number.isSafeInteger(maxAge) || Number(maxAge) < 0) {
    throw new ArgumentInvalid('The option "maxAge" of loginUrl must be a whole number of seconds.')
  }
  if (typeof fresh !== 'boolean') throw new ArgumentInvalid('The option "fresh" of loginUrl must be true or false.')
  if (typeof provider !== 'string') throw new ArgumentInvalid('The option "provider" of loginUrl must be the name of a provider.')
}

/**
 * The address that starts a sign-in.
 *
 * @throws NoProvider, ArgumentInvalid
 */
export function loginUrlOf (login: RequestLogin, { returnTo, ...demands }: LoginUrlOptions = {}): string {
  assertDemands(demands)
  return login.refusals.loginUrl(returnTo, demands)
}

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
  writeAnswer(headers, await login.setCookies())
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
