import { decodeJwt } from 'jose'
import * as oauth from 'oauth4webapi'
import type { Grant, Origin } from './grant.ts'
import { type IdToken, verifyIdToken } from '../provider/id-token.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'

/** An ID token that came with a refresh, and what the next ones are compared with. */
export interface RefreshedIdToken {
  readonly idToken: string
  readonly claims: IdToken
  readonly origin: Origin
}

/** What the login proved goes on where a refresh does not tell it again: no proof has become weaker. */
function proofOf ({ acr, amr, auth_time: authTime }: IdToken): Partial<IdToken> {
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(authTime === undefined ? {} : { auth_time: authTime })
  }
}

/**
 * Verifies an ID token that came with a refresh as any other, and against the one of the login: same issuer and
 * subject, and the same `auth_time` and nonce where it has them (OpenID Connect Core, section 12.2).
 *
 * @throws whatever `toLoginError` understands
 */
export async function verifyRefreshedIdToken (
  provider: Provider, server: UsableServer, idToken: string, grant: Grant
): Promise<RefreshedIdToken> {
  const claims = await verifyIdToken(provider, server, idToken)
  const before = decodeJwt<IdToken>(grant.idToken)
  const { nonce, authTime } = grant.origin ?? { nonce: before['nonce'] as string | undefined, authTime: before.auth_time }
  const comparisons = [
    ['iss', before.iss, claims.iss],
    ['sub', before.sub, claims.sub],
    ['auth_time', authTime ?? claims.auth_time, claims.auth_time ?? authTime],
    ['nonce', nonce, claims['nonce'] ?? nonce]
  ] as const
  for (const [claim, expected, actual] of comparisons) {
    if (expected === actual) continue
    throw new oauth.OperationProcessingError(`"${claim}" of the refreshed ID token is another than before`)
  }
  const all = { ...proofOf(grant.claims ?? before), ...claims }
  return { idToken, claims: all, origin: { nonce, authTime: authTime ?? claims.auth_time } }
}
