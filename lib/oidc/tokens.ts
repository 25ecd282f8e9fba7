import * as oauth from 'oauth4webapi'
import { ScopeRefused } from '../errors.ts'
import type { Grant, GrantedToken } from './grant.ts'
import { clientAuth } from './client-auth.ts'
import { type LoginDemands, strengthOf } from './demands.ts'
import { toLoginError } from './failure.ts'
import { assertStrength, type IdToken, verifyIdToken } from './id-token.ts'
import type { Provider, UsableServer } from './provider.ts'
import { tokenFor } from './token-wish.ts'
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

/** Seconds: browsers keep no session longer, and no token outlives one. */
const LONGEST_TOKEN = 400 * 86_400

/** When an access token ends; undefined where the provider does not say, or says 0, which would be at once. */
function expiryOf (seconds: number | undefined, issuedAt: number): number | undefined {
  return seconds === undefined || seconds <= 0 ? undefined : issuedAt + Math.min(Math.ceil(seconds), LONGEST_TOKEN)
}

/**
 * The access token of an answer. Without a scope in it what was asked for is granted (RFC 6749, section 5.1).
 *
 * @param now milliseconds since 1970
 * @throws an UnsupportedOperationError for a type that we cannot use (RFC 6749, section 7.1): nobody asked for DPoP
 */
export function grantedToken (
  answer: oauth.TokenEndpointResponse, asked: readonly string[], resource: string | undefined, now: number
): GrantedToken {
  if (answer.token_type !== 'bearer') throw new oauth.UnsupportedOperationError('The access token is no bearer token')
  const issuedAt = Math.floor(now / 1000)
  return {
    accessToken: answer.access_token,
    tokenType: answer.token_type,
    scopes: answer.scope === undefined ? asked : answer.scope.split(' ').filter(scope => scope !== ''),
    asked,
    resource,
    issuedAt,
    expiresAt: expiryOf(answer.expires_in, issuedAt)
  }
}

/** A login that was begun for a scope and does not bring it would be begun again and again. */
function assertGranted (grant: Grant, { scopes = [] }: LoginDemands): void {
  if (tokenFor(grant, { scopes, resource: undefined }) !== undefined) return
  throw new ScopeRefused({ cause: new Error(`not all of these were granted: ${scopes.join(' ')}`) })
}

/**
 * Exchanges a code and judges what comes back (RFC 6749, section 4.1.3; OpenID Connect Core, sections 3.1.3.3 to
 * 3.1.3.7).
 *
 * @throws CodeRefused, NonceMismatch, LoginTooWeak, ScopeRefused, ProviderAnswerInvalid, ProviderUnavailable
 */
export async function exchangeCode (provider: Provider, server: UsableServer, grant: CodeGrant): Promise<Tokens> {
  const { client, settings, tokenRequest } = provider
  const { response, redirectUri, binding, transaction } = grant
  try {
    const codeVerifier = codeVerifierOf(binding, transaction.id)
    const answer = await oauth.authorizationCodeGrantRequest(
      server, client, clientAuth(settings, server), response, redirectUri, codeVerifier, tokenRequest)
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: nonceOf(binding, transaction.id), requireIdToken: true
    })
    const idToken = String(tokens.id_token)
    const claims = await verifyIdToken(provider, server, idToken)
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
