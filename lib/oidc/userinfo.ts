import * as oauth from 'oauth4webapi'
import type { Claims } from '../user.ts'
import { toLoginError } from './failure.ts'
import type { Provider, UsableServer } from './provider.ts'
import type { Tokens } from './tokens.ts'

/**
 * Asks the userinfo endpoint, after the ID token and only for the same subject (OpenID Connect Core, section 5.3.2).
 *
 * @throws ProviderAnswerInvalid, ProviderUnavailable
 */
export async function fetchUserinfo (
  provider: Provider, server: UsableServer, { accessToken, claims }: Tokens
): Promise<Claims> {
  try {
    const answer = await oauth.userInfoRequest(server, provider.client, accessToken, provider.request)
    return await oauth.processUserInfoResponse(server, provider.client, claims.sub, answer)
  } catch (cause) {
    throw toLoginError(cause)
  }
}
