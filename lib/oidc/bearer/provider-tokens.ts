import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Awaitable } from '../../awaitable.ts'
import type { TokenVerdict } from '../../bearer-token.ts'
import { OpenedCache } from '../../opened-cache.ts'
import type { BearerSettings } from '../../options/bearer-settings.ts'
import { isSpeaker } from '../../options/issuer.ts'
import type { TrustedIssuer } from '../../options/token-issuers.ts'
import type { KeptAnswers } from '../provider/kept-answers.ts'
import { createProvider, type Provider } from '../provider/provider.ts'
import type { Transport } from '../provider/transport.ts'
import { Introspection } from './introspection.ts'
import { JwtTokens } from './jwt-tokens.ts'
import { OpaqueTokens } from './opaque-tokens.ts'
import type { IssuerGround, SeenToken } from './seen-token.ts'
import { TokenFault, verdictOf } from './token-fault.ts'

/** What judges the tokens of providers. */
export interface ProviderTokenParts {
  readonly settings: Pick<BearerSettings, 'issuers' | 'userId'>
  /** A provider that people sign in with, by its name: its metadata and keys are loaded once for both. */
  readonly providerOf: (name: string) => Provider | undefined
  /** Good answers of an issuer that outlive this process. @default none */
  readonly keptOf?: (rules: TrustedIssuer) => KeptAnswers | undefined
  /** Sends requests to issuers where the application gave no `fetch`. */
  readonly transport?: Transport | undefined
  /** Whether whom a token is about has logged out at the provider since. */
  readonly isLoggedOut: IssuerGround['isLoggedOut']
  /** Milliseconds since 1970. */
  readonly now: () => number
}

interface Issuer {
  /** As it is configured; its tenants may have one each. */
  readonly issuer: string
  readonly jwts: JwtTokens
  readonly opaque: OpaqueTokens | undefined
}

/** A token that was verified. */
interface Verified {
  readonly seen: SeenToken
  readonly jwts: JwtTokens
  /** Milliseconds since 1970 when its key is looked for again: the issuer may have dropped it. */
  readonly until: number
}

const BELIEVED = 5 * 60_000
const MOST_CHARACTERS = 16_384
/** RFC 6750, section 2.1. */
const b64token = /^[\w.~+/-]+=*$/

/** What a JWT says of its issuer, which nobody has verified; undefined for a text that is no JWT. */
export function unverified (text: string): { readonly iss: unknown } | undefined {
  if (text.split('.', 4).length !== 3) return undefined
  try {
    decodeProtectedHeader(text)
  } catch {
    return undefined
  }
  try {
    return { iss: decodeJwt(text).iss }
  } catch {
    return { iss: undefined }
  }
}

function createIssuer (rules: TrustedIssuer, parts: ProviderTokenParts): Issuer {
  const { settings, providerOf, keptOf, isLoggedOut, transport, now } = parts
  const known = rules.isSignIn ? providerOf(rules.provider.name) : undefined
  const provider = known ?? createProvider(rules.provider, now, { transport, kept: keptOf?.(rules) })
  const ground = { rules, provider, userId: settings.userId, isLoggedOut }
  const { introspection: asked, provider: { issuer } } = rules
  if (asked === undefined) return { issuer, jwts: new JwtTokens(ground, undefined), opaque: undefined }
  const client = asked.client === rules.provider ? provider : createProvider(asked.client, now, { transport })
  const introspection = new Introspection(client, asked.cache)
  return {
    issuer,
    jwts: new JwtTokens(ground, asked.isForAll ? introspection : undefined),
    opaque: new OpaqueTokens(ground, introspection)
  }
}

/**
 * Judges access tokens of other issuers: JWTs by their signature (RFC 9068), others by asking who issued them (RFC
 * 7662). One that was seen before costs no cryptography, and no promise where everything is local.
 *
 * @example const verdict = await tokens.verify('eyJhbGciOi…')
 */
export class ProviderTokens {
  readonly #issuers: readonly Issuer[]
  readonly #now: () => number
  readonly #verified = new OpenedCache<Verified>()

  constructor (parts: ProviderTokenParts) {
    this.#issuers = parts.settings.issuers.map(rules => createIssuer(rules, parts))
    this.#now = parts.now
  }

  /** @throws ProviderUnavailable, StoreUnavailable, and ArgumentInvalid where `userId` gives no text */
  verify (text: string): Awaitable<TokenVerdict> {
    const verified = this.#verified.get(text)
    if (verified !== undefined && this.#now() < verified.until) return verified.jwts.look(verified.seen, text)
    if (text.length > MOST_CHARACTERS || !b64token.test(text)) return new TokenFault('it is spelled like no token').verdict
    const said = unverified(text)
    if (said !== undefined) return this.#verifyJwt(text, said.iss)
    const asked = this.#issuers.find(({ opaque }) => opaque !== undefined)?.opaque
    return asked?.verify(text) ?? new TokenFault('it is no JWT, and nobody is asked about others').verdict
  }

  async #verifyJwt (text: string, iss: unknown): Promise<TokenVerdict> {
    const trusted = this.#issuers.find(({ issuer }) => issuer === iss) ??
      this.#issuers.find(({ issuer }) => isSpeaker(issuer, iss))
    if (trusted === undefined) return new TokenFault('nobody trusts its issuer').verdict
    const { jwts } = trusted
    try {
      const seen = await jwts.verify(text)
      this.#verified.add(text, Object.freeze({ seen, jwts, until: this.#now() + BELIEVED }))
      return await jwts.look(seen, text)
    } catch (fault) {
      return verdictOf(fault)
    }
  }
}
