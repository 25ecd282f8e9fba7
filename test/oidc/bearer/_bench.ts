import type { JWTPayload } from 'jose'
import { BearerToken, type RefusedToken, type TokenVerdict } from '../../../lib/bearer-token.ts'
import { ProviderTokens, type ProviderTokenParts } from '../../../lib/oidc/bearer/provider-tokens.ts'
import { createProvider, type Provider } from '../../../lib/oidc/provider/provider.ts'
import type { BearerOptions, OidcOptions } from '../../../lib/options/auth-options.ts'
import type { Settings } from '../../../lib/options/settings.ts'
import { settingsOf } from '../../options/_refusal.ts'
import { ScriptedProvider } from '../_scripted-provider.ts'

/** What tokens for this service have as `aud`. */
export const AUDIENCE = 'https://api.example.com'

interface BenchOptions {
  readonly provider?: ScriptedProvider
  readonly bearer?: BearerOptions
  /** Over those of the client that signs people in. */
  readonly oidc?: Partial<OidcOptions>
  /** In place of `oidc`. */
  readonly further?: object
  readonly logoutOf?: ProviderTokenParts['logoutOf']
}

/** An application that takes the access tokens of a scripted provider. */
export class TokenBench {
  readonly provider: ScriptedProvider
  readonly tokens: ProviderTokens
  readonly settings: Settings
  /** The provider as people sign in with it. */
  readonly signIn: Provider | undefined
  /** Milliseconds since 1970. */
  now = 1_800_000_000_000

  constructor (provider: ScriptedProvider, options: BenchOptions = {}) {
    const { bearer = { audience: AUDIENCE }, oidc = {}, logoutOf = () => undefined } = options
    const { further = { oidc: { ...provider.client, ...oidc } } } = options
    const now = (): number => this.now
    this.provider = provider
    provider.now = now
    this.settings = settingsOf({ publicUrl: 'https://app.example', ...further, bearer, now })
    const { bearer: settings, providers: [first] } = this.settings
    if (settings === undefined) throw new Error('no bearer')
    this.signIn = first === undefined ? undefined : createProvider(first, now)
    this.tokens = new ProviderTokens({ settings, providerOf: () => this.signIn, logoutOf, now })
  }

  static async create (options: BenchOptions = {}): Promise<TokenBench> {
    return new TokenBench(options.provider ?? await ScriptedProvider.create(), options)
  }

  advance (seconds: number): void {
    this.now += seconds * 1000
  }

  get seconds (): number {
    return this.now / 1000
  }

  /** Claims as RFC 9068 has them (section 2.2); those that are given take their place, undefined takes one away. */
  claims (more: JWTPayload = {}): JWTPayload {
    const { seconds } = this
    return {
      iss: this.provider.issuer,
      aud: AUDIENCE,
      sub: 'alice',
      client_id: 'program',
      jti: 'a-token',
      iat: seconds,
      exp: seconds + 300,
      scope: 'reports.read',
      ...more
    }
  }

  /** An access token of the provider. */
  async token (more: JWTPayload = {}, header: Record<string, unknown> = { typ: 'at+jwt' }): Promise<string> {
    this.provider.header = header
    return await this.provider.signJwt(this.claims(more))
  }

  /** A token that is good. */
  async accepted (text: string): Promise<BearerToken> {
    const verdict = await this.tokens.verify(text)
    if (verdict instanceof BearerToken) return verdict
    throw new Error(`${verdict.refusal}: ${String(verdict.cause)}`)
  }

  /** Why a token is refused: the word, and what the log says. */
  async refused (text: string): Promise<string> {
    return reasonOf(await this.tokens.verify(text))
  }
}

export function reasonOf (verdict: TokenVerdict): string {
  if (verdict instanceof BearerToken) return 'accepted'
  const { refusal, cause }: RefusedToken = verdict
  return `${refusal}: ${cause instanceof Error ? cause.message : ''}`
}
