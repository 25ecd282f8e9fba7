import * as oauth from 'oauth4webapi'
import { ScopeRefused } from '../../errors.ts'
import type { Grant } from '../tokens/grant.ts'
import { grantedToken } from '../tokens/granted-token.ts'
import { clientAuth } from '../provider/client-auth.ts'
import { assertClaimDemands } from './claim-demands.ts'
import { assertStrength, type LoginDemands, strengthOf } from './demands.ts'
import { toLoginError } from '../provider/failure.ts'
import { type IdToken, verifyIdToken } from '../provider/id-token.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'
import { serverOf } from '../provider/token-issuer.ts'
import { tokenFor } from '../tokens/token-wish.ts'
import { type Binding, codeVerifierOf, nonceOf, type Transaction } from './transaction.ts'

/** What a code was exchanged for. */
export interface Tokens {
  readonly accessToken: string
  /** What the session keeps of it. */
  readonly grant: Grant
  /** Claims of the ID token, every one of them checked. */
  readonly claims: IdToken
  readonly scopes: readonly string[]
  /** When the provider ends its session, in seconds since 1970; undefined where it does not say. */
  readonly endsBy: number | undefined
}

/** A code and what proves that it is ours. */
export interface CodeGrant {
  /** The judged authorization response. */
  readonly response: URLSearchParams
  readonly redirectUri: string
  readonly binding: Binding
  readonly transaction: Transaction
}

/** `refresh_expires_in` as Keycloak says it: 0 means no stated end, not an end now. */
function statedEnd (seconds: unknown, now: number): number | undefined {
  const isStated = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0
  return isStated ? Math.floor(now / 1000 + seconds) : undefined
}

/** A login that was begun for a scope and does not bring it would be begun again and again. */
function assertGranted (grant: Grant, { scopes = [] }: LoginDemands): void {
  if (tokenFor(grant, { scopes, resource: undefined }) !== undefined) return
  throw new ScopeRefused({ cause: new Error(`not all of these were granted: ${scopes.join(' ')}`) })
}

/** Of many tenants, the one that answered must be the one that vouches (RFC 9207, section 2.4). */
function assertAnswerer (response: URLSearchParams, { iss }: IdToken): void {
  if ((response.get('iss') ?? iss) === iss) return
  throw new oauth.OperationProcessingError('The ID token is that of another issuer than the response')
}

/**
 * Exchanges a code and judges what comes back (RFC 6749, section 4.1.3; OpenID Connect Core, sections 3.1.3.3 to
 * 3.1.3.7).
 *
 * @throws CodeRefused, NonceMismatch, LoginTooWeak, ScopeRefused, UserRefused, ProviderAnswerInvalid,
 *   ProviderUnavailable
 */
export async function exchangeCode (provider: Provider, server: UsableServer, grant: CodeGrant): Promise<Tokens> {
  const { client, settings, tokenRequest } = provider
  const { response, redirectUri, binding, transaction } = grant
  try {
    const codeVerifier = codeVerifierOf(binding, transaction.id)
    const answer = await oauth.authorizationCodeGrantRequest(
      server, client, clientAuth(settings, server), response, redirectUri, codeVerifier, tokenRequest)
    const judge = await serverOf(server, settings, answer)
    const tokens = await oauth.processAuthorizationCodeResponse(judge, client, answer, {
      expectedNonce: nonceOf(binding, transaction.id), requireIdToken: true
    })
    const idToken = String(tokens.id_token)
    const claims = await verifyIdToken(provider, server, idToken)
    assertAnswerer(response, claims)
    assertClaimDemands(claims, settings.claims)
    const { demands, scopes: asked, at } = transaction
    assertStrength(claims, strengthOf(settings, demands), settings.clockTolerance, at)
    const granted = grantedToken(tokens, asked, undefined, provider.now())
    const kept: Grant = {
      idToken,
      refreshToken: tokens.refresh_token,
      accessTokens: [granted],
      scopes: [...new Set([...asked, ...granted.scopes])]
    }
    assertGranted(kept, demands)
    return {
      accessToken: granted.accessToken,
      grant: kept,
      claims,
      scopes: granted.scopes,
      endsBy: statedEnd(tokens.refresh_expires_in, provider.now())
    }
  } catch (cause) {
    throw toLoginError(cause)
  }
}
