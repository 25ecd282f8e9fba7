import * as oauth from 'oauth4webapi'
import { clientAuth } from './client-auth.ts'
import { toLoginError } from './failure.ts'
import { type IdToken, verifyIdToken } from './id-token.ts'
import type { Provider, UsableServer } from './provider.ts'
import { type Binding, codeVerifierOf, nonceOf } from './transaction.ts'

/** What a code was exchanged for. */
export interface Tokens {
  readonly accessToken: string
  readonly idToken: string
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
  readonly transactionId: string
}

/** `refresh_expires_in` as Keycloak says it: 0 means no stated end, not an end now. */
function statedEnd (seconds: unknown, now: number): number | undefined {
  const isStated = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0
  return isStated ? Math.floor(now / 1000 + seconds) : undefined
}

/**
 * Exchanges a code and judges what comes back (RFC 6749, section 4.1.3; OpenID Connect Core, sections 3.1.3.3 to
 * 3.1.3.7).
 *
 * @throws CodeRefused, NonceMismatch, LoginTooWeak, ProviderAnswerInvalid, ProviderUnavailable
 */
export async function exchangeCode (provider: Provider, server: UsableServer, grant: CodeGrant): Promise<Tokens> {
  const { client, settings, tokenRequest } = provider
  const { response, redirectUri, binding, transactionId } = grant
  try {
    const codeVerifier = codeVerifierOf(binding, transactionId)
    const answer = await oauth.authorizationCodeGrantRequest(
      server, client, clientAuth(settings, server), response, redirectUri, codeVerifier, tokenRequest)
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: nonceOf(binding, transactionId), requireIdToken: true
    })
    const idToken = String(tokens.id_token)
    return {
      accessToken: tokens.access_token,
      idToken,
      claims: await verifyIdToken(provider, server, idToken),
      // Without a scope in the answer what was asked for is granted (RFC 6749, section 5.1).
      scopes: tokens.scope === undefined ? settings.scopes : tokens.scope.split(' ').filter(scope => scope !== ''),
      endsBy: statedEnd(tokens.refresh_expires_in, provider.now())
    }
  } catch (cause) {
    throw toLoginError(cause)
  }
}
