import { jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import type { Claims } from '../../user.ts'
import { withNonce } from '../provider/dpop.ts'
import { toLoginError } from '../provider/failure.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'
import type { Tokens } from './code-exchange.ts'

/** Userinfo that come as a token are signed by the provider (section 5.3.4), at which oauth4webapi does not look. */
async function assertSigned (provider: Provider, server: UsableServer, token: string): Promise<void> {
  const { settings, now } = provider
  await jwtVerify(token, provider.keys(server), {
    algorithms: [settings.idTokenSigningAlg], clockTolerance: settings.clockTolerance, currentDate: new Date(now())
  })
}

/**
 * Asks the userinfo endpoint, after the ID token and only for the same subject (OpenID Connect Core, section 5.3.2).
 *
 * @throws ProviderAnswerInvalid, ProviderUnavailable
 */
export async function fetchUserinfo (
  provider: Provider, server: UsableServer, { accessToken, dpop, claims }: Tokens
): Promise<Claims> {
  const { client, request } = provider
  async function ask (): Promise<Claims> {
    const answer = await oauth.userInfoRequest(server, client, accessToken, { ...request, ...dpop })
    const isToken = answer.headers.get('content-type')?.startsWith('application/jwt') === true
    if (isToken) await assertSigned(provider, server, await answer.clone().text())
    return await oauth.processUserInfoResponse(server, client, claims.sub, answer)
  }

  try {
    return await withNonce(dpop, ask)
  } catch (cause) {
    throw toLoginError(cause)
  }
}
