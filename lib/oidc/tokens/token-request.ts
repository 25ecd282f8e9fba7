import * as oauth from 'oauth4webapi'
import { clientAuth } from '../provider/client-auth.ts'
import type { GrantedToken } from './grant.ts'
import type { Provider } from '../provider/provider.ts'
import { takeApart } from './token-answer.ts'
import { grantedToken } from './granted-token.ts'
import type { TokenWish } from './token-wish.ts'

/** RFC 8693, section 2.2.1: the name of a token that is none to access something with. */
const recognizedTokenTypes = Object.freeze({ n_a: () => {} })

/**
 * Asks a token endpoint for an access token by any grant that needs no person (RFC 6749, section 4.5).
 *
 * @throws whatever `toTokenFailure` understands
 */
export async function requestToken (
  provider: Provider, grantType: string, parameters: Readonly<Record<string, string | undefined>>, wish: TokenWish
): Promise<GrantedToken> {
  const { client, settings, tokenRequest } = provider
  const server = await provider.server()
  const all = { ...parameters, scope: wish.scopes.join(' ') || undefined, resource: wish.resource }
  const defined = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const response = await oauth.genericTokenEndpointRequest(
    server, client, clientAuth(settings, server), grantType, defined, tokenRequest)
  const { rest } = await takeApart(response)
  const answer = await oauth.processGenericTokenEndpointResponse(server, client, rest, { recognizedTokenTypes })
  const { token_type: tokenType } = answer
  const bearer = tokenType === 'n_a' ? { ...answer, token_type: 'bearer' as const } : answer
  return { ...grantedToken(bearer, wish.scopes, wish.resource, provider.now()), tokenType }
}
