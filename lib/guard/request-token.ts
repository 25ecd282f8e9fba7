import type { FastifyRequest } from 'fastify'
import type { Awaitable } from '../awaitable.ts'
import { BearerToken, type RefusedToken, type TokenVerdict } from '../bearer-token.ts'
import { AnonymousUser, type CurrentUser } from '../user.ts'
import type { AccessTokenJudge } from './access-proof.ts'
import { type ShownCredentials, shownCredentials, usualText } from './bearer-credentials.ts'
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
  readonly token: BearerToken | undefined
  readonly fault: TokenFault | undefined
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
    this.#found ??= this.#lookAgain() ?? this.#look()
    return this.#found
  }

  /** A text that is that of a token which was seen before needs to be read no more. */
  #lookAgain (): Awaitable<ShownToken> | undefined {
    const text = usualText(this.#request)
    const verdict = text === undefined ? undefined : this.#judge.lookAgain(text)
    return verdict === undefined ? undefined : this.#judged('bearer', verdict)
  }

  #look (): Awaitable<ShownToken> | undefined {
    const credentials = shownCredentials(this.#request)
    if (credentials === undefined) return undefined
    const { scheme, text } = credentials
    if (text === undefined) return this.#refuse({ kind: 'malformed', scheme })
    return this.#judged(scheme, this.#judge.verify(text))
  }

  #judged (scheme: ShownCredentials['scheme'], verdict: Awaitable<TokenVerdict>): Awaitable<ShownToken> {
    return verdict instanceof Promise ? this.#judgeLater(scheme, verdict) : this.#accept(scheme, verdict)
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
    if (fault !== undefined) return this.#refuse({ kind: 'proof', scheme, cause: fault.cause })
    const { userId: id, identity, claims } = token
    const account = await loadAccount(settings, { id, ...identity, claims, authenticatedBy: 'bearer' }, this.#request)
    if (account !== null) return this.#shown(token, account)
    return this.#refuse({ kind: 'invalid', scheme, cause: new Error('loadUser refuses whom the token names') })
  }

  #shown (token: BearerToken, account: unknown): ShownToken {
    return { user: bearerUser(token, account, this.#realm.settings), token, fault: undefined }
  }

  #refuse (fault: TokenFault): ShownToken {
    this.#request.log.debug({ err: fault.cause, fault: fault.kind }, 'fastify-login: an access token was refused')
    return { user: nobody, token: undefined, fault }
  }
}

function faultOf (scheme: ShownCredentials['scheme'], { refusal, cause }: RefusedToken): TokenFault {
  return { kind: refusal === 'expired' ? 'expired' : 'invalid', scheme, cause }
}
