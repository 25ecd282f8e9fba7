import * as oauth from 'oauth4webapi'
import { ScopeRefused } from '../../errors.ts'
import type { Grant } from '../tokens/grant.ts'
import { grantedToken } from '../tokens/granted-token.ts'
import { clientAuth } from '../provider/client-auth.ts'
import { createDpop, type DpopKey, dpopKeyFrom, type DpopOption, withNonce } from '../provider/dpop.ts'
import { toLoginError } from '../provider/failure.ts'
import { type IdToken, verifyIdToken } from '../provider/id-token.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'
import { serverOf } from '../provider/token-issuer.ts'
import { tokenFor } from '../tokens/token-wish.ts'
import { assertClaimDemands } from './claim-demands.ts'
import type { LoginDemands } from './demands.ts'
import { assertSamePerson, assertStrength, strengthOf } from './strength.ts'
import { type Binding, codeVerifierOf, dpopSecretOf, nonceOf, type Transaction } from './transaction.ts'

/** What a code was exchanged for. */
export interface Tokens {
  readonly accessToken: string
  /** Goes with each request that has the access token. */
  readonly dpop: DpopOption
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

/** What tokens of a login are bound to (RFC 9449), where they are. */
export interface LoginProof {
  readonly dpopKey: DpopKey | undefined
  readonly dpop: DpopOption
}

/** The proof of one login, which its browser and its id decide. */
export async function proofOf (
  { client, settings }: Provider,
  { binding, transaction }: { readonly binding: Pick<Binding, 'secret'>, readonly transaction: Pick<Transaction, 'id'> }
): Promise<LoginProof> {
  const dpopKey = settings.dpop ? dpopKeyFrom(dpopSecretOf(binding, transaction.id)) : undefined
  return { dpopKey, dpop: await createDpop(client, dpopKey) }
}

/** `refresh_expires_in` as Keycloak says it: 0 means no stated end, not an end now. */
function statedEnd (seconds: unknown, now: number): number | undefined {
  const isStated = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0
  return isStated ? Math.floor(now / 1000 + seconds) : undefined
}

/** A login that was begun for a scope and does not bring it would be begun again and again. */
function assertGranted (grant: Grant, { scopes = [] }: LoginDemands, resource: string | undefined): void {
  if (tokenFor(grant, { scopes, resource }) !== undefined) return
  throw new ScopeRefused({ cause: new Error(`not all of these were granted: ${scopes.join(' ')}`) })
}

/** Of many tenants, the one that answered must be the one that vouches (RFC 9207, section 2.4). */
function assertAnswerer (response: URLSearchParams, { iss }: IdToken): void {
  if ((response.get('iss') ?? iss) === iss) return
  throw new oauth.OperationProcessingError('The ID token is that of another issuer than the response')
}

/** The token of a sign-in is for the first of the services that were asked for (RFC 8707, section 2.2). */
function requestToken (
  provider: Provider, server: UsableServer, { response, redirectUri, binding, transaction }: CodeGrant, dpop: DpopOption
): Promise<oauth.TokenEndpointResponse> {
  const { client, settings, tokenRequest } = provider
  const [resource] = settings.resources
  const options = { ...tokenRequest, ...dpop, ...resource === undefined ? {} : { additionalParameters: { resource } } }
  return withNonce(dpop, async () => {
    const answer = await oauth.authorizationCodeGrantRequest(server, client, clientAuth(settings, server), response,
      redirectUri, codeVerifierOf(binding, transaction.id), options)
    const judge = await serverOf(server, settings, answer)
    return await oauth.processAuthorizationCodeResponse(judge, client, answer, {
      expectedNonce: nonceOf(binding, transaction.id), requireIdToken: true
    })
  })
}

/**
 * Exchanges a code and judges what comes back (RFC 6749, section 4.1.3; OpenID Connect Core, sections 3.1.3.3 to
 * 3.1.3.7).
 *
 * @throws CodeRefused, NonceMismatch, InteractionRequired, LoginTooWeak, ScopeRefused, UserRefused,
 *   ProviderAnswerInvalid, ProviderUnavailable
 */
export async function exchangeCode (provider: Provider, server: UsableServer, grant: CodeGrant): Promise<Tokens> {
  try {
    const proof = await proofOf(provider, grant)
    const tokens = await requestToken(provider, server, grant, proof.dpop)
    const accepted = await acceptTokens(provider, server, tokens, grant.transaction, proof)
    assertAnswerer(grant.response, accepted.claims)
    return accepted
  } catch (cause) {
    throw toLoginError(cause)
  }
}

/**
 * Judges the tokens of a login: the ID token, how strong the login was, and what was granted (OpenID Connect Core,
 * section 3.1.3.7). The nonce is the caller's.
 *
 * @throws whatever `toLoginError` understands
 */
export async function acceptTokens (
  provider: Provider, server: UsableServer, tokens: oauth.TokenEndpointResponse,
  transaction: Pick<Transaction, 'demands' | 'scopes' | 'at'>, { dpopKey, dpop }: LoginProof
): Promise<Tokens> {
  const { settings } = provider
  const idToken = String(tokens.id_token)
  const claims = await verifyIdToken(provider, server, idToken)
  const { demands, scopes: asked, at } = transaction
  assertClaimDemands(claims, settings.claims)
  assertSamePerson(claims, demands)
  assertStrength(claims, strengthOf(settings, demands), settings.clockTolerance, at)
  const [resource] = settings.resources
  const granted = grantedToken(tokens, asked, resource, provider.now(), settings.dpop)
  const kept: Grant = {
    provider: settings.name,
    issuer: settings.issuer,
    clientId: settings.clientId,
    idToken,
    refreshToken: tokens.refresh_token,
    dpopKey,
    accessTokens: [granted],
    scopes: [...new Set([...asked, ...granted.scopes])]
  }
  assertGranted(kept, demands, resource)
  return {
    accessToken: granted.accessToken,
    dpop,
    grant: kept,
    claims,
    scopes: granted.scopes,
    endsBy: statedEnd(tokens.refresh_expires_in, provider.now())
  }
}
