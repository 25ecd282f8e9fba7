import type { BearerToken } from '../bearer-token.ts'
import type { Settings } from '../options/settings.ts'
import { AuthUser } from '../user.ts'

/**
 * The person of an access token, as requests see them. They are fresh as long as a session would be that nobody used:
 * a token alone says only that they were there when they signed in.
 */
export function bearerUser (
  { userId, identity, claims, scopes, authenticatedAt }: BearerToken,
  account: unknown,
  { limits, now }: Pick<Settings, 'limits' | 'now'>
): AuthUser {
  const isFresh = authenticatedAt !== undefined && now() / 1000 < authenticatedAt + limits.idle
  return new AuthUser(userId, {
    identity, claims, scopes, account, isFresh, authenticatedAt: authenticatedAt ?? 0, authenticatedBy: 'bearer'
  })
}
