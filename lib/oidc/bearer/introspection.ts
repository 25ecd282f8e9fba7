import type { JWTPayload } from 'jose'
import * as oauth from 'oauth4webapi'
import type { Awaitable } from '../../awaitable.ts'
import { deepFreeze } from '../../deep-freeze.ts'
import { ProviderUnavailable } from '../../errors.ts'
import { isAcceptableAddress } from '../../options/public-url.ts'
import { clientAuth } from '../provider/client-auth.ts'
import { toLoginError } from '../provider/failure.ts'
import { Outage } from '../provider/outage.ts'
import type { Provider } from '../provider/provider.ts'

/** What an issuer said of a token. */
export interface Introspected {
  /** Undefined where the token is none, or none any more. */
  readonly claims: JWTPayload | undefined
  /** The issuer, as its metadata spell it. */
  readonly issuer: string
  /** Seconds since 1970 until which it is believed. */
  readonly until: number
}

/** Answers that are kept, of either kind: those about made-up tokens take no room of the others. */
const MOST_ACTIVE = 10_000
const MOST_INACTIVE = 1_000
/** Requests at the same time. */
const MOST_AT_ONCE = 200
/** What an issuer may say of a text that it takes for no token of its own. */
const FAULTS_OF_TOKEN: ReadonlySet<string> = new Set(['invalid_request', 'invalid_token', 'unsupported_token_type'])
/** Statuses that may be about this one token: anything else would be the same for the next. */
const OF_ONE_TOKEN: ReadonlySet<number> = new Set([200, 400, 500])

function isFaultOfToken (error: unknown): boolean {
  return error instanceof oauth.ResponseBodyError && error.status === 400 && FAULTS_OF_TOKEN.has(error.error)
}

/**
 * Asks an issuer about tokens (RFC 7662). What it says is kept for a short time; whoever asks about the same token
 * at the same time shares one request.
 */
export class Introspection {
  readonly #provider: Provider
  readonly #cache: number
  readonly #outage: Outage
  readonly #active = new Map<string, Introspected>()
  readonly #inactive = new Map<string, Introspected>()
  readonly #flights = new Map<string, Promise<Introspected>>()

  /**
   * @param provider the issuer, with our client there
   * @param cache seconds that an answer is believed
   */
  constructor (provider: Provider, cache: number) {
    this.#provider = provider
    this.#cache = cache
    this.#outage = new Outage(provider.now)
  }

  /** @throws ProviderUnavailable */
  ask (text: string): Awaitable<Introspected> {
    const known = this.#active.get(text) ?? this.#inactive.get(text)
    if (known !== undefined && this.#provider.now() < known.until * 1000) return known
    const flight = this.#flights.get(text)
    if (flight !== undefined) return flight
    const begun = this.#load(text).finally(() => { this.#flights.delete(text) })
    this.#flights.set(text, begun)
    return begun
  }

  async #load (text: string): Promise<Introspected> {
    if (this.#flights.size >= MOST_AT_ONCE) throw new ProviderUnavailable({ cause: new Error('too many tokens at once') })
    let status: number | undefined
    const { claims, issuer } = await this.#outage.ask(async () => {
      const server = await this.#provider.server()
      const response = await this.#request(server, text)
      status = response.status
      return { claims: await this.#read(server, response), issuer: server.issuer }
    }, () => status === undefined || !OF_ONE_TOKEN.has(status))
    const until = this.#provider.now() / 1000 + this.#cache
    if (claims === undefined) return this.#keep(this.#inactive, MOST_INACTIVE, text, { claims, issuer, until })
    const end = typeof claims.exp === 'number' ? Math.min(claims.exp, until) : until
    return this.#keep(this.#active, MOST_ACTIVE, text, { claims: deepFreeze(claims), issuer, until: end })
  }

  async #request (server: oauth.AuthorizationServer, text: string): Promise<Response> {
    const { settings, client, request } = this.#provider
    if (!isAcceptableAddress(server.introspection_endpoint, settings.isPlainHttp)) {
      throw new Error('"introspection_endpoint" of the issuer is no address that may be used')
    }
    return await oauth.introspectionRequest(server, client, clientAuth(settings, server), text, {
      ...request, additionalParameters: { token_type_hint: 'access_token' }
    })
  }

  async #read (server: oauth.AuthorizationServer, response: Response): Promise<JWTPayload | undefined> {
    try {
      const { active, ...claims } = await oauth.processIntrospectionResponse(server, this.#provider.client, response)
      return active ? claims as JWTPayload : undefined
    } catch (cause) {
      if (isFaultOfToken(cause)) return undefined
      throw toLoginError(cause)
    }
  }

  #keep (memory: Map<string, Introspected>, most: number, text: string, told: Introspected): Introspected {
    this.#active.delete(text)
    this.#inactive.delete(text)
    if (this.#cache > 0) memory.set(text, told)
    const [oldest] = memory.keys()
    if (memory.size > most && oldest !== undefined) memory.delete(oldest)
    return told
  }
}
