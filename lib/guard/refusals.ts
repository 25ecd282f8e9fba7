import type { FastifyRequest } from 'fastify'
import { ArgumentInvalid, InsufficientScope, NoProvider, StaleLogin, TokensLost, Unauthorized, type UnauthorizedOptions } from '../errors.ts'
import type { LoginDemands } from '../oidc/login/demands.ts'
import type { Evidence } from '../user.ts'
import { challengeFor, helpfulEvidence } from './challenge.ts'
import type { RealmParts } from './realm-parts.ts'
import type { Via } from './via.ts'

/** The challenge of RFC 9470, section 3. */
function staleChallenge (challenge: string, { acr = [], maxAge }: LoginDemands): string {
  const values = acr.length === 0 ? '' : `, acr_values="${acr.join(' ')}"`
  const age = maxAge === undefined ? '' : `, max_age="${maxAge}"`
  return `${challenge}, error="insufficient_user_authentication"${values}${age}`
}

/** Why a request may not pass, and the address of a sign-in that would help. */
export class Refusals {
  readonly #realm: RealmParts
  readonly #request: FastifyRequest

  constructor (realm: RealmParts, request: FastifyRequest) {
    this.#realm = realm
    this.#request = request
  }

  /** Whoever is nobody here. The sign-in brings at once what the route demands of it. */
  unauthorized (via?: Via, demands: LoginDemands = {}): Unauthorized {
    return new Unauthorized(this.#optionsOf(via, demands))
  }

  /** Whoever is known, but not well enough. */
  stale (via: Via, demands: LoginDemands): StaleLogin {
    const options = this.#optionsOf(via, demands)
    return new StaleLogin({ ...options, challenge: staleChallenge(options.challenge, demands) })
  }

  tokensLost (scopes: readonly string[]): TokensLost {
    return new TokensLost(this.#optionsOf(['cookie'], { scopes, silent: 'first', forTokens: true }))
  }

  /**
   * @param evidence what the caller came by, of which more is needed
   * @param canAsk whether a sign-in could bring the scopes
   */
  insufficientScope (scopes: readonly string[], evidence: Evidence, canAsk: boolean): InsufficientScope {
    const { challenge } = this.#optionsOf([evidence], {})
    return new InsufficientScope({
      scopes,
      challenge: `${challenge}, error="insufficient_scope", scope="${scopes.join(' ')}"`,
      loginUrl: canAsk ? () => this.loginUrl(undefined, { scopes }) : undefined
    })
  }

  /** The address that starts a sign-in and comes back to a path, by default to where the person is. */
  loginUrl (returnTo?: string, demands?: LoginDemands): string {
    const { signIn } = this.#realm
    if (signIn === undefined) throw new NoProvider()
    const { returnPaths, clients } = signIn
    if (demands?.provider !== undefined && clients.find(demands.provider) === undefined) {
      throw new ArgumentInvalid(`There is no provider "${demands.provider}". The providers here are ${clients.names.join(', ')}.`)
    }
    const path = returnTo === undefined ? returnPaths.of(this.#request) : returnPaths.check(returnTo)
    return signIn.loginUrl(path, demands)
  }

  #optionsOf (taken: Via, demands: LoginDemands): UnauthorizedOptions {
    const via = helpfulEvidence(this.#realm, this.#request, taken)
    const challenge = challengeFor(this.#realm, this.#request, via)
    const canSignIn = this.#realm.signIn !== undefined && via.includes('cookie')
    return { challenge, via, ...canSignIn ? { loginUrl: () => this.loginUrl(undefined, demands) } : {} }
  }
}
