import { type Awaitable, whenThere } from '../awaitable.ts'
import type { BearerToken, RefusedToken, TokenVerdict } from '../bearer-token.ts'
import { TokenTooLarge } from '../errors.ts'
import type { LoginEvents } from '../events.ts'
import type { LogoutMarks } from '../logout-marks.ts'
import { OpenedCache } from '../opened-cache.ts'
import type { Settings } from '../options/settings.ts'
import type { Vault } from '../vault.ts'
import { GENERATION_LIFE } from './generation.ts'
import { handleOf, newSessionId, userKeyOf } from './handle.ts'
import { readMarks } from './logout-marks.ts'
import { packToken, type TokenFamily, type TokenPayload, type TokenStart, unpackToken } from './issued-token.ts'
import type { Revocations } from './revocations.ts'

/** A token as it leaves, and what ends it. */
export interface SealedToken {
  readonly text: string
  readonly handle: string
  readonly expiresAt: number
}

/** What ends a token, and until when that must be remembered. */
export interface TokenEnd extends TokenFamily {
  readonly endsBy: number
}

/** What tokens of this application work with. */
export interface IssuedTokensParts {
  readonly vault: Vault
  readonly revocations: Revocations
  readonly settings: Pick<Settings, 'cookie' | 'now'>
  readonly events: Pick<LoginEvents, 'emit'>
  /** Told of whatever is ended here, also once more: what lies behind it is not needed. */
  readonly onRevoke?: ((handle: string) => Promise<void>) | undefined
}

interface OpenedToken {
  readonly token: BearerToken
  readonly handle: string
  readonly generation: string | undefined
  readonly marks: LogoutMarks | undefined
  readonly isOfFamily: boolean
}

/** Who makes access tokens of this application, and knows what became of them. */
export interface TokenIssuer extends Pick<IssuedTokens, 'issue' | 'revoke'> {
  /**
   * What has become of a token that was good; undefined for a text that was not seen before.
   *
   * @throws StoreUnavailable, SigningKeysSealed, SignerUnavailable, SignerInvalid
   */
  lookAgain (text: string): Awaitable<TokenVerdict> | undefined
  /** Whether a token holds; undefined for what is none of this application. @throws as `lookAgain` */
  verify (text: string): Awaitable<TokenVerdict | undefined>
  /** As `verify`, also for a token that is for other services: for those who ask about it (RFC 7662). */
  look (text: string): Awaitable<TokenVerdict | undefined>
  /**
   * What ends a token, whether it still holds or not; undefined for what is no token of this application.
   *
   * @throws StoreUnavailable, SignerUnavailable
   */
  find (text: string): Awaitable<TokenEnd | undefined>
}

/** Servers take 8 kB for one header; what is longer would be issued and never arrive. */
export const MOST_CHARACTERS = 8000
export const EXPIRED: RefusedToken = Object.freeze({ refusal: 'expired' })
export const REVOKED: RefusedToken = Object.freeze({ refusal: 'revoked' })

/** Ends all tokens that have a handle, however they are made. */
export async function endTokens (
  { revocations, events, onRevoke }: Pick<IssuedTokensParts, 'revocations' | 'events' | 'onRevoke'>,
  handle: string, endsBy: number
): Promise<void> {
  const isFirst = await revocations.end(handle, endsBy)
  if (isFirst) events.emit('tokenRevoked', { handle })
  await onRevoke?.(handle)
}

/**
 * Access tokens that this application issues: everything is sealed inside, so that nothing is looked up but whether
 * they were ended.
 */
export class IssuedTokens implements TokenIssuer {
  readonly #parts: IssuedTokensParts
  readonly #opened = new OpenedCache<OpenedToken>()

  constructor (parts: IssuedTokensParts) {
    this.#parts = parts
  }

  /** @throws TokenTooLarge, ArgumentInvalid for claims that are no plain JSON, StoreUnavailable */
  async issue (start: TokenStart): Promise<SealedToken> {
    const { vault, settings, revocations, events } = this.#parts
    const { userId, clientId, family } = start
    const userKey = userKeyOf(settings.cookie.name, userId)
    const unique = newSessionId()
    const generation = family === undefined ? (await revocations.generationOf(userKey))?.id : family.generation
    const payload = packToken(start, { unique, generation, now: this.#now() })
    const text = vault.seal('bearer', payload)
    if (text.length > MOST_CHARACTERS) throw new TokenTooLarge()
    const handle = family?.handle ?? handleOf(userKey, unique)
    events.emit('tokenIssued', { userId, handle, clientId, expiresAt: payload.e })
    return Object.freeze({ text, handle, expiresAt: payload.e })
  }

  /**
   * What has become of a token that was opened before. Synchronous where the list of what was ended is in this process.
   *
   * @throws StoreUnavailable
   */
  lookAgain (text: string): Awaitable<TokenVerdict> | undefined {
    const opened = this.#opened.get(text)
    return opened === undefined ? undefined : this.#judge(opened)
  }

  /**
   * Whether a token holds; undefined for what was not sealed here as a token.
   *
   * @throws StoreUnavailable
   */
  verify (text: string): Awaitable<TokenVerdict> | undefined {
    const opened = this.#open(text)
    return opened === undefined ? undefined : this.#judge(opened)
  }

  /** What is sealed is for this application alone. */
  look (text: string): Awaitable<TokenVerdict> | undefined {
    return this.verify(text)
  }

  /** What ends a token, whether it still holds or not; undefined for what was not sealed here as a token. */
  find (text: string): TokenEnd | undefined {
    const opened = this.#open(text)
    if (opened === undefined) return undefined
    const { handle, generation, marks, isOfFamily, token } = opened
    // Others of the family may be issued as long as it lives.
    return { handle, generation, marks, endsBy: isOfFamily ? this.#now() + GENERATION_LIFE : token.expiresAt }
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

  #judge (opened: OpenedToken): Awaitable<TokenVerdict> {
    if (this.#now() >= opened.token.expiresAt) return EXPIRED
    return whenThere(this.#parts.revocations.isEnded(opened), isEnded => isEnded ? REVOKED : opened.token)
  }

  #open (text: string): OpenedToken | undefined {
    if (text.length > MOST_CHARACTERS) return undefined
    const known = this.#opened.get(text)
    if (known !== undefined) return known
    const opened = this.#parts.vault.open('bearer', text)
    const token = opened === undefined ? undefined : this.#unpack(opened.payload as TokenPayload, text)
    if (token !== undefined && opened?.isStale === false) this.#opened.add(text, token)
    return token
  }

  #unpack (payload: TokenPayload, text: string): OpenedToken | undefined {
    if (payload.v !== 1) return undefined
    const { u: userId, r: unique, f: family, g: generation, m: marks } = payload
    const own = handleOf(userKeyOf(this.#parts.settings.cookie.name, userId), unique)
    return Object.freeze({
      token: unpackToken(payload, text, family === undefined ? own : unique),
      handle: family ?? own,
      generation,
      marks: marks === undefined ? undefined : readMarks(marks),
      isOfFamily: family !== undefined
    })
  }

  #now (): number {
    return Math.floor(this.#parts.settings.now() / 1000)
  }
}
