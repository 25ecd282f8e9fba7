import type { LoginEvents } from '../events.ts'
import type { SignIn } from '../guard/realm-parts.ts'
import { ReturnPaths } from '../guard/return-paths.ts'
import { LoginFlow } from '../oidc/login/login-flow.ts'
import { AccessTokens } from '../oidc/tokens/access-tokens.ts'
import { ClientTokens } from '../oidc/tokens/client-tokens.ts'
import type { Grant } from '../oidc/tokens/grant.ts'
import { TokenExchange } from '../oidc/tokens/token-exchange.ts'
import { hasDemands, type LoginDemands, packDemands, type SealedDemands, unpackDemands } from '../oidc/login/demands.ts'
import { LogoutFlow } from '../oidc/logout/logout.ts'
import { createProvider } from '../oidc/provider/provider.ts'
import { type EndedLogins, ProviderLogouts } from '../oidc/logout/provider-logouts.ts'
import { Revocation } from '../oidc/tokens/revocation.ts'
import { refuse } from '../options/check.ts'
import type { CookieSettings } from '../options/cookie-settings.ts'
import type { OidcSettings } from '../options/oidc-settings.ts'
import type { FlowName } from '../options/provider-quirks.ts'
import type { PublicUrl } from '../options/public-url.ts'
import type { RouteSettings } from '../options/route-settings.ts'
import type { TokenVault } from '../oidc/tokens/token-vault.ts'
import type { Vault } from '../vault.ts'
import type { Store } from '../stores/store.ts'
import { type Addresses, createAddresses } from './addresses.ts'
import type { LoginWish, SignInRoutes } from './sign-in.ts'

interface SealedReturnPath { readonly v: 1, readonly r: string, readonly q?: SealedDemands, readonly w?: FlowName }

/** Tokens for services, by who asks for them. */
type ServiceTokens = Pick<SignIn, 'tokens' | 'accessTokens' | 'clientTokens' | 'exchange'>

/** Sign-in addresses with a return path in them, which travels sealed: nobody else can make one. */
function createSignIn (
  vault: Vault, publicUrl: PublicUrl, addresses: Addresses, flow: LoginFlow, serviceTokens: ServiceTokens
): SignIn {
  const own = Object.values(addresses).filter(address => address !== undefined)
  const returnPaths = new ReturnPaths(publicUrl, own.map(({ path }) => path))

  function loginUrl (returnTo: string, demands: LoginDemands = {}, further?: FlowName): string {
    const isPlain = !hasDemands(demands)
    if (returnTo === returnPaths.root && isPlain && further === undefined) return addresses.login.url
    const sealed: SealedReturnPath = {
      v: 1, r: returnTo, ...isPlain ? {} : { q: packDemands(demands) }, ...further === undefined ? {} : { w: further }
    }
    return `${addresses.login.url}?returnTo=${vault.seal('return-path', sealed)}`
  }

  const endLogins = (bindingText: string | undefined): Promise<void> => flow.endAll(bindingText)
  return Object.freeze({ returnPaths, loginUrl, endLogins, ...serviceTokens })
}

/** What the plugin has, of which sign-in is made. */
export interface SignInGround {
  readonly vault: Vault
  readonly store: Store
  readonly tokens: TokenVault
  readonly events: LoginEvents
  readonly revocations: EndedLogins
  readonly publicUrl: PublicUrl
  readonly oidc: OidcSettings
  readonly routes: RouteSettings
  readonly cookie: CookieSettings
  /** Prefix of the scope that the plugin was registered in. */
  readonly scopePrefix: string
  readonly now: () => number
}

/** Sign-in, and what ends with its sessions. */
export interface SignInParts extends Omit<SignInRoutes, 'realm' | 'settings'> {
  readonly revocation: Revocation
}

/** A logout that never sees the session cookie would end nothing. */
function assertCookieArrives (addresses: Addresses, { path: cookiePath }: CookieSettings): void {
  const folder = cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`
  const lost = Object.values(addresses).find(address => address?.path.startsWith(folder) === false)
  if (lost === undefined) return
  refuse('session.cookie.path', `is ${JSON.stringify(cookiePath)}, so the cookie never comes to ${lost.path}. Write "/", or move the routes below it.`)
}

/** Sign-in with one provider: the flow, and what guards and routes need of it. */
export function createSignInParts (ground: SignInGround): SignInParts {
  const { vault, store, tokens, events, publicUrl, oidc, routes, cookie, scopePrefix, now } = ground
  const addresses = createAddresses(publicUrl, scopePrefix, routes)
  assertCookieArrives(addresses, cookie)
  const provider = createProvider(oidc, now)
  const revocation = new Revocation(provider, tokens, events)
  const onOrphan = (handle: string, grant: Grant): void => { revocation.revokeLate(handle, grant) }
  const serviceTokens = {
    tokens,
    accessTokens: new AccessTokens({ provider, vault: tokens, store, events, onOrphan }),
    clientTokens: new ClientTokens({ provider }),
    exchange: new TokenExchange({ provider })
  }
  const flow = new LoginFlow(provider, vault, store, addresses.callback.url)
  return {
    provider,
    flow,
    logoutFlow: new LogoutFlow(vault, now),
    logouts: new ProviderLogouts(provider, store, ground.revocations),
    revocation,
    addresses,
    signIn: createSignIn(vault, publicUrl, addresses, flow, serviceTokens),
    tokens,
    openReturnPath: sealed => openReturnPath(vault, sealed)
  }
}

/** Where a `returnTo` parameter leads and what the login shall bring; undefined for whatever was not sealed here. */
export function openReturnPath (vault: Vault, sealed: unknown): LoginWish | undefined {
  const opened = typeof sealed === 'string' ? vault.open('return-path', sealed)?.payload as SealedReturnPath | undefined : undefined
  return opened?.v === 1 ? { returnTo: opened.r, demands: unpackDemands(opened.q), flow: opened.w } : undefined
}
