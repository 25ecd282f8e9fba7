import type { SignIn } from '../guard/realm-parts.ts'
import type { Tenants } from '../guard/realm.ts'
import { Revocation } from '../oidc/tokens/revocation.ts'
import { type Addresses, createAddresses } from './addresses.ts'
import { createSignInParts, type SignInGround, type SignInParts } from './create-sign-in.ts'
import { TenantSites } from './tenant-sites.ts'

/** Sign-in as the sites of an application have it: one site, or one for each tenant. */
export interface Sites {
  /** The paths are the same at all of them. */
  readonly addresses: Addresses
  readonly revocation: Revocation
  /** Sign-in at the only site. */
  readonly signIn: SignIn | undefined
  readonly tenants: Tenants | undefined
  /** The site that has a sign-in; undefined where there is none. */
  siteOf (signIn: SignIn | undefined): SignInParts | undefined
  /** Waits for what is under way. */
  settle (): Promise<void>
}

/** A refresh whose session ended meanwhile begins to revoke what came of it. */
async function settle (sites: Iterable<SignInParts>, revocation: Revocation): Promise<void> {
  const clients = [...sites].flatMap(site => site.clients.all)
  const places = new Set(clients.flatMap(({ accessTokens, programTokens }) => [accessTokens, programTokens]))
  await Promise.all([...places].map(async place => { await place.settle() }))
  await revocation.settle()
}

export function createSites (ground: Omit<SignInGround, 'revocation'>): Sites {
  const { settings, tokens, programs, events, publicUrl, scopePrefix } = ground
  const known = (): Iterable<SignInParts> => only === undefined ? tenants.known : [only]
  const revocation: Revocation = new Revocation({
    providerOf (grant) {
      for (const { clients } of known()) {
        const client = clients.behind(grant)
        if (client !== undefined) return client.provider
      }
      return undefined
    },
    vaults: [...new Set([tokens, programs.tokens])],
    events,
    now: settings.now
  })
  const tenants = new TenantSites({ ...ground, revocation })
  const only = settings.tenants.length === 0 ? createSignInParts({ ...ground, revocation }) : undefined
  return Object.freeze({
    addresses: only?.addresses ?? createAddresses(publicUrl, scopePrefix, settings.routes, settings),
    revocation,
    signIn: only?.signIn,
    tenants: only === undefined ? tenants : undefined,
    siteOf: (signIn: SignIn | undefined) => only ?? tenants.siteOf(signIn),
    settle: async () => { await settle(known(), revocation) }
  })
}
