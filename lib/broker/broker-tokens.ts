import { decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose'
import { type Awaitable, whenThere } from '../awaitable.ts'
import { BearerToken, type RefusedToken, type TokenVerdict } from '../bearer-token.ts'
import { ArgumentInvalid, TokenTooLarge } from '../errors.ts'
import type { LoginEvents } from '../events.ts'
import { unverified } from '../oidc/bearer/provider-tokens.ts'
import { TokenFault, verdictOf } from '../oidc/bearer/token-fault.ts'
import { assertPlain, assertSpelling } from '../oidc/provider/verify-jwt.ts'
import { OpenedCache } from '../opened-cache.ts'
import { LONGEST_TOKEN } from '../options/broker-settings.ts'
import { GENERATION_LIFE } from '../session/generation.ts'
import { handleOf, newSessionId, userKeyOf } from '../session/handle.ts'
import type { TokenStart } from '../session/issued-token.ts'
import {
  endTokens, EXPIRED, MOST_CHARACTERS, REVOKED, type SealedToken, type TokenEnd, type TokenIssuer
} from '../session/issued-tokens.ts'
import type { Revocations } from '../session/revocations.ts'
import { type ClaimSettings, packClaims, type ReadClaims, readClaims, REQUIRED } from './broker-claims.ts'
import { ACCESS_TOKEN, type SigningKeys, type VerifyingKey } from './signing-keys.ts'

/** What signed tokens work with. */
export interface BrokerTokensParts {
  readonly settings: ClaimSettings
  readonly keys: SigningKeys
  readonly revocations: Revocations
  /** Tells the people of registrations that share a store apart. */
  readonly context: string
  readonly events: Pick<LoginEvents, 'emit'>
  /** Told of whatever is ended here, also once more: what lies behind it is not needed. */
  readonly onRevoke?: ((handle: string) => Promise<void>) | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A token that was good. Its key, its end and what became of it are looked at each time. */
interface SeenToken extends ReadClaims {
  readonly token: BearerToken
  readonly key: VerifyingKey
}

/** Its end is looked at each time, also of a token that was seen before: here it is none that has ended. */
const WHENEVER = new Date(0)

/** Access tokens that this application signs, so that others can verify them too (RFC 9068). */
export class BrokerTokens implements TokenIssuer {
  readonly #parts: BrokerTokensParts
  readonly #seen = new OpenedCache<SeenToken>()

  constructor (parts: BrokerTokensParts) {
    this.#parts = parts
  }

  /**
   * @throws TokenTooLarge, ArgumentInvalid for claims that are no plain JSON, StoreUnavailable, SigningKeysSealed,
   *   SignerUnavailable, SignerInvalid
   */
  async issue (start: TokenStart): Promise<SealedToken> {
    const { settings, keys, revocations, context, events } = this.#parts
    const { userId, clientId, family, expiresIn } = start
    if (!(expiresIn <= LONGEST_TOKEN)) throw new ArgumentInvalid(`A signed token lives at most ${LONGEST_TOKEN} seconds.`)
    const userKey = userKeyOf(context, userId)
    const unique = newSessionId()
    const handle = family?.handle ?? handleOf(userKey, unique)
    const generation = family === undefined ? (await revocations.generationOf(userKey))?.id : family.generation
    const signer = await keys.signer()
    const id = family === undefined ? handle : unique
    const claims = packClaims(start, { id, handle, generation, now: this.#now() }, settings)
    const text = await signer.sign(claims)
    if (text.length > MOST_CHARACTERS) throw new TokenTooLarge()
    const expiresAt = Number(claims.exp)
    events.emit('tokenIssued', { userId, handle, clientId, expiresAt })
    return Object.freeze({ text, handle, expiresAt })
  }

  /**
   * What has become of a token that was seen before. Synchronous where the list of what was ended is in this process
   * and the keys were read a moment ago.
   *
   * @throws StoreUnavailable, SigningKeysSealed, SignerUnavailable, SignerInvalid
   */
  lookAgain (text: string): Awaitable<TokenVerdict> | undefined {
    const known = this.#seen.get(text)
    return known === undefined ? undefined : whenThere(this.#judgeAgain(known), verdict => this.#forUs(verdict))
  }

  /** Whether a token holds here; undefined for what does not say that this application is its issuer. */
  verify (text: string): Awaitable<TokenVerdict | undefined> {
    return whenThere(this.look(text), verdict => verdict === undefined ? undefined : this.#forUs(verdict))
  }

  /** The same, whichever of its services a token is for: for those who ask about it (RFC 7662). */
  look (text: string): Awaitable<TokenVerdict | undefined> {
    const known = this.#seen.get(text)
    if (known !== undefined) return this.#judgeAgain(known)
    return this.#isOurs(text) ? this.#verifyFirst(text).then(opened => this.#judge(opened)) : undefined
  }

  /** What ends a token, whether it still holds or not; undefined for what is not signed with a key of today. */
  find (text: string): Awaitable<TokenEnd | undefined> {
    return whenThere(this.#open(text), opened => {
      if (opened === undefined || 'refusal' in opened) return undefined
      const { handle, generation, marks, isOfFamily, isBorrowed, token } = opened
      // Others of the family may be issued as long as it lives.
      const endsBy = isOfFamily ? this.#now() + GENERATION_LIFE : token.expiresAt
      return { handle, generation, marks, endsBy, ...(isBorrowed ? { isBorrowed } : {}) }
    })
  }

  /**
   * Ends the token, or all tokens of the family, with this handle.
   *
   * @param endsBy when none of them can be alive
   * @throws StoreUnavailable, and then they may live
   */
  async revoke (handle: string, endsBy = this.#now() + GENERATION_LIFE): Promise<void> {
    await endTokens(this.#parts, handle, endsBy)
  }

  #hasEnded ({ token }: SeenToken): boolean {
    return this.#now() >= token.expiresAt
  }

  #forUs (verdict: TokenVerdict): TokenVerdict {
    const [own] = this.#parts.settings.audience
    const isForOthers = verdict instanceof BearerToken && !verdict.audience.includes(own)
    return isForOthers ? new TokenFault('"aud" is none of this service').verdict : verdict
  }

  #judge (opened: SeenToken | RefusedToken): Awaitable<TokenVerdict> {
    if ('refusal' in opened) return opened
    if (this.#hasEnded(opened)) return EXPIRED
    return whenThere(this.#parts.revocations.isEnded(opened), isEnded => isEnded ? REVOKED : opened.token)
  }

  /** What has ended needs no key, which may have to be looked for. */
  #judgeAgain (known: SeenToken): Awaitable<TokenVerdict> {
    return this.#hasEnded(known) ? EXPIRED : whenThere(this.#openAgain(known), opened => this.#judge(opened))
  }

  #open (text: string): Awaitable<SeenToken | RefusedToken | undefined> {
    const known = this.#seen.get(text)
    if (known !== undefined) return this.#openAgain(known)
    return this.#isOurs(text) ? this.#verifyFirst(text) : undefined
  }

  #openAgain (known: SeenToken): Awaitable<SeenToken | RefusedToken> {
    return whenThere(this.#parts.keys.find(known.key.kid), key =>
      key?.thumbprint === known.key.thumbprint ? known : new TokenFault('its key was dropped').verdict)
  }

  #isOurs (text: string): boolean {
    return text.length <= MOST_CHARACTERS && unverified(text)?.iss === this.#parts.settings.issuer
  }

  async #verifyFirst (text: string): Promise<SeenToken | RefusedToken> {
    try {
      const key = await this.#keyOf(text)
      const claims = readClaims(await this.#verifySigned(text, key), this.#parts.settings.issuer)
      const seen = Object.freeze({ ...claims, token: new BearerToken(text, claims.details), key })
      this.#seen.add(text, seen)
      return seen
    } catch (fault) {
      return verdictOf(fault)
    }
  }

  async #keyOf (text: string): Promise<VerifyingKey> {
    const { kid } = decodeProtectedHeader(text)
    const key = typeof kid === 'string' ? await this.#parts.keys.find(kid) : undefined
    if (key === undefined) throw new TokenFault('its key is none of ours')
    return key
  }

  async #verifySigned (text: string, { key, alg }: VerifyingKey): Promise<JWTPayload> {
    try {
      assertSpelling(text)
      const { payload, protectedHeader } = await jwtVerify(text, key, {
        algorithms: [alg],
        typ: ACCESS_TOKEN,
        issuer: this.#parts.settings.issuer,
        requiredClaims: [...REQUIRED],
        currentDate: WHENEVER
      })
      assertPlain(protectedHeader)
      return payload
    } catch (cause) {
      // What was thrown has the claims in it, and would come with them into a log.
      throw new TokenFault(`it does not verify: ${String(cause)}`)
    }
  }

  #now (): number {
    return Math.floor(this.#parts.now() / 1000)
  }
}
