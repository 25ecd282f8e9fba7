import type { FastifyRequest } from 'fastify'
import type { Awaitable } from '../awaitable.ts'
import { BearerToken, type ProofFault, type RefusedToken, type TokenVerdict } from '../bearer-token.ts'
import { AnonymousUser, type CurrentUser } from '../user.ts'
import type { AccessTokenJudge } from './access-proof.ts'
import { type ShownCredentials, shownCredentials } from './bearer-credentials.ts'
import { bearerUser } from './bearer-user.ts'
import { loadAccount } from './load-account.ts'
import { proofEvidence } from './proof-evidence.ts'
import type { RealmParts } from './realm-parts.ts'

/** Why the token of a request is not taken. */
export interface TokenFault {
  readonly kind: 'malformed' | 'expired' | 'invalid' | 'proof'
  readonly scheme: ShownCredentials['scheme']
  readonly cause?: unknown
}

/** What became of the token that a request shows. */
export interface ShownToken {
  readonly user: CurrentUser
  readonly token?: BearerToken
  readonly fault?: TokenFault
}

const nobody = Object.freeze(new AnonymousUser())

/** The access token of a request, judged once. */
export class RequestToken {
  readonly #realm: RealmParts
  readonly #judge: AccessTokenJudge
  readonly #request: FastifyRequest
  #found: Awaitable<ShownToken> | undefined

  constructor (realm: RealmParts, judge: AccessTokenJudge, request: FastifyRequest) {
    this.#realm = realm
    this.#judge = judge
    this.#request = request
  }

  /**
   * Who the token names; undefined where the request shows none. Synchronous where the token was seen before and
   * everything is local.
   *
   * @throws ProviderUnavailable, StoreUnavailable
   */
  find (): Awaitable<ShownToken> | undefined {
    if (this.#found !== undefined) return this.#found
    const credentials = shownCredentials(this.#request)
    if (credentials === undefined) return undefined
    this.#found = this.#judged(credentials)
    return this.#found
  }

  #judged ({ scheme, text }: ShownCredentials): Awaitable<ShownToken> {
    if (text === undefined) return this.#refuse({ kind: 'malformed', scheme })
    const verdict = this.#judge.verify(text)
    if (verdict instanceof Promise) return this.#judgeLater(scheme, verdict)
    return this.#accept(scheme, verdict)
  }

  async #judgeLater (scheme: ShownCredentials['scheme'], verdict: Promise<TokenVerdict>): Promise<ShownToken> {
    return await this.#accept(scheme, await verdict)
  }

  #accept (scheme: ShownCredentials['scheme'], verdict: TokenVerdict): Awaitable<ShownToken> {
    if (!(verdict instanceof BearerToken)) return this.#refuse(faultOf(scheme, verdict))
    const needsNoProof = verdict.confirmation === undefined && scheme === 'bearer'
    if (needsNoProof && this.#realm.settings.loadUser === undefined) return this.#shown(verdict, undefined)
    return this.#prove(scheme, verdict)
  }

  async #prove (scheme: ShownCredentials['scheme'], token: BearerToken): Promise<ShownToken> {
    const { settings } = this.#realm
    const fault = await this.#judge.prove(token, proofEvidence(this.#request, scheme, settings))
    if (fault !== undefined) return this.#refuse(proofFaultOf(scheme, fault))
    const { userId: id, identity, claims } = token
    const account = await loadAccount(settings, { id, ...identity, claims, authenticatedBy: 'bearer' }, this.#request)
    if (account !== null) return this.#shown(token, account)
    return this.#refuse({ kind: 'invalid', scheme, cause: new Error('loadUser refuses whom the token names') })
  }

  #shown (token: BearerToken, account: unknown): ShownToken {
    return { user: bearerUser(token, account, this.#realm.settings), token }
  }

  #refuse (fault: TokenFault): ShownToken {
    this.#request.log.debug({ err: fault.cause, fault: fault.kind }, 'fastify-login: an access token was refused')
    return { user: nobody, fault }
  }
}

function faultOf (scheme: ShownCredentials['scheme'], { refusal, cause }: RefusedToken): TokenFault {
  return { kind: refusal === 'expired' ? 'expired' : 'invalid', scheme, cause }
}

/** Whoever shows a token as one that anybody may use does not know of the proof (RFC 9449, section 7.2). */
function proofFaultOf (scheme: ShownCredentials['scheme'], { cause }: ProofFault): TokenFault {
  return { kind: scheme === 'dpop' ? 'proof' : 'invalid', scheme, cause }
}
