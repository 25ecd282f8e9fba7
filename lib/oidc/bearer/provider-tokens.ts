import type { Awaitable } from '../../awaitable.ts'
import type { TokenVerdict } from '../../bearer-token.ts'
import { OpenedCache } from '../../opened-cache.ts'
import type { BearerSettings } from '../../options/bearer-settings.ts'
import { isSpeaker } from '../../options/issuer.ts'
import type { TrustedIssuer } from '../../options/token-issuers.ts'
import type { KeptAnswers } from '../provider/kept-answers.ts'
import { createProvider, type Provider } from '../provider/provider.ts'
import { readPart } from '../provider/token-issuer.ts'
import type { Transport } from '../provider/transport.ts'
import { Introspection } from './introspection.ts'
import { JwtTokens } from './jwt-tokens.ts'
import { OpaqueTokens } from './opaque-tokens.ts'
import type { IssuerGround, VerifiedToken } from './seen-token.ts'
import { isPlain } from './token-details.ts'
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
  readonly logoutOf: IssuerGround['logoutOf']
  /** Milliseconds since 1970. */
  readonly now: () => number
}

interface Issuer {
  /** As it is configured; its tenants may have one each. */
  readonly issuer: string
  readonly jwts: JwtTokens
  readonly opaque: OpaqueTokens | undefined
}

/** A token that was verified, and who looks at it again. */
interface Known extends VerifiedToken {
  readonly tokens: JwtTokens | OpaqueTokens
}

const MOST_CHARACTERS = 16_384
/** RFC 6750, section 2.1. */
const b64token = /^[\w.~+/-]+=*$/

/** What a JWT says of its issuer, which nobody has verified; undefined for a text that is no JWT. */
export function unverified (text: string): { readonly iss: unknown } | undefined {
  const [header = '', payload = '', ...others] = text.split('.', 4)
  if (others.length !== 1 || !isPlain(readPart(header))) return undefined
  const claims = readPart(payload)
  return { iss: isPlain(claims) ? claims['iss'] : undefined }
}

function createIssuer (rules: TrustedIssuer, parts: ProviderTokenParts): Issuer {
  const { settings, providerOf, keptOf, logoutOf, transport, now } = parts
  const known = rules.isSignIn ? providerOf(rules.provider.name) : undefined
  const provider = known ?? createProvider(rules.provider, now, { transport, kept: keptOf?.(rules) })
  const ground = { rules, provider, userId: settings.userId, logoutOf }
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
  readonly #known = new OpenedCache<Known>()

  constructor (parts: ProviderTokenParts) {
    this.#issuers = parts.settings.issuers.map(rules => createIssuer(rules, parts))
    this.#now = parts.now
  }

  /**
   * What has become of a token that was good; undefined for one that is to be verified.
   *
   * @throws ProviderUnavailable, StoreUnavailable
   */
  lookAgain (text: string): Awaitable<TokenVerdict> | undefined {
    const known = this.#known.get(text)
    return known !== undefined && this.#now() < known.until ? known.tokens.look(known.seen, text) : undefined
  }

  /** @throws ProviderUnavailable, StoreUnavailable, and ArgumentInvalid where `userId` gives no text */
  verify (text: string): Awaitable<TokenVerdict> {
    return this.lookAgain(text) ?? this.#verifyFirst(text)
  }

  #verifyFirst (text: string): Awaitable<TokenVerdict> {
    if (text.length > MOST_CHARACTERS || !b64token.test(text)) return new TokenFault('it is spelled like no token').verdict
    const said = unverified(text)
    if (said !== undefined) return this.#verifyJwt(text, said.iss)
    const asked = this.#issuers.find(({ opaque }) => opaque !== undefined)?.opaque
    if (asked === undefined) return new TokenFault('it is no JWT, and nobody is asked about others').verdict
    return this.#verifyBy(asked, text)
  }

  #verifyJwt (text: string, iss: unknown): Awaitable<TokenVerdict> {
    const trusted = this.#issuers.find(({ issuer }) => issuer === iss) ??
      this.#issuers.find(({ issuer }) => isSpeaker(issuer, iss))
    return trusted === undefined
      ? new TokenFault('nobody trusts its issuer').verdict
      : this.#verifyBy(trusted.jwts, text)
  }

  async #verifyBy (tokens: Known['tokens'], text: string): Promise<TokenVerdict> {
    try {
      const { seen, until } = await tokens.verify(text)
      if (this.#now() < until) this.#known.add(text, { seen, until, tokens })
      return await tokens.look(seen, text)
    } catch (fault) {
      return verdictOf(fault)
    }
  }
}
