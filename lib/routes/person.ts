import type { OidcClient } from '../oidc/client/oidc-client.ts'
import { identityOf, personClaims, sessionClaims } from '../oidc/login/claims.ts'
import { isOfAnyTenant } from '../options/issuer.ts'
import { userIdOf } from '../options/provider-settings.ts'
import type { Vouching } from '../programs/program-devices.ts'
import type { SessionStart } from '../session/session.ts'
import type { Identity } from '../user.ts'
import type { SignInRoutes } from './sign-in.ts'

/** Who a provider vouched for, as this application knows people. */
export interface VouchedPerson extends SessionStart {
  readonly identity: Identity
}

/** @throws ArgumentInvalid where `userId` or `oidc.mapClaims` returns what is none, ProviderUnavailable */
export type PersonOf = (vouching: Vouching) => Promise<VouchedPerson>

export function createPersonOf (
  { settings, addresses: { backchannelLogout, frontchannelLogout } }: Pick<SignInRoutes, 'settings' | 'addresses'>,
  { provider, logouts }: OidcClient
): PersonOf {
  const hearsLogouts = backchannelLogout !== undefined || frontchannelLogout !== undefined

  /** A provider that signs people in by a session of its own has asked for no proof. Where it does not tell, it has. */
  function isRecent (provenAt: number | undefined): boolean {
    const { now, limits } = settings
    return provenAt === undefined || Math.floor(now() / 1000) - provenAt < limits.idle
  }

  return async function personOf ({ transaction, tokens, userinfo }) {
    const identity = identityOf(tokens.claims, provider.settings.name)
    // Who was asked nothing has proved nothing, unless the provider says when they did.
    const provenAt = tokens.claims.auth_time ?? (transaction.demands.silent === undefined ? undefined : 0)
    const { issuer } = await provider.server()
    return {
      userId: userIdOf(settings.userId, identity, personClaims(tokens.claims), isOfAnyTenant(issuer)),
      identity,
      marks: hearsLogouts ? logouts.marksOf(tokens.claims) : undefined,
      claims: sessionClaims(provider.settings, tokens.claims),
      userinfo,
      scopes: tokens.scopes,
      authenticatedAt: provenAt,
      fresh: isRecent(provenAt),
      endsBy: tokens.endsBy
    }
  }
}
