import { digestOf } from '../digest.ts'
import type { LoginEvents } from '../events.ts'
import type { SignIn } from '../guard/realm-parts.ts'
import { ReturnPaths } from '../guard/return-paths.ts'
import { createOidcClient, type OidcClient } from '../oidc/client/oidc-client.ts'
import { OidcClients } from '../oidc/client/oidc-clients.ts'
import { BrowserLogins } from '../oidc/login/browser-logins.ts'
import { isPlain, packDemands, type SealedDemands, unpackDemands, withoutProgram } from '../oidc/login/demands.ts'
import { LogoutFlow } from '../oidc/logout/logout.ts'
import type { EndedLogins } from '../oidc/logout/provider-logouts.ts'
import type { Transport } from '../oidc/provider/transport.ts'
import type { Grant } from '../oidc/tokens/grant.ts'
import type { Revocation } from '../oidc/tokens/revocation.ts'
import type { TokenVault } from '../oidc/tokens/token-vault.ts'
import { refuse } from '../options/check.ts'
import type { CookieSettings } from '../options/cookie-settings.ts'
import { isSpeaker } from '../options/issuer.ts'
import type { OidcSettings } from '../options/oidc-settings.ts'
import type { FlowName } from '../options/provider-quirks.ts'
import type { PublicUrl } from '../options/public-url.ts'
import type { Settings } from '../options/settings.ts'
import { createPrograms, type ProgramsGround } from '../programs/create-programs.ts'
import type { Vouching } from '../programs/program-devices.ts'
import type { Session } from '../session/session.ts'
import type { Store } from '../stores/store.ts'
import type { Identity } from '../user.ts'
import type { Vault } from '../vault.ts'
import { type Address, type Addresses, createAddresses, ownAddresses } from './addresses.ts'
import { createPersonOf, type VouchedPerson } from './person.ts'
import type { LoginWish, SignInRoutes } from './sign-in.ts'

interface SealedReturnPath { readonly v: 1, readonly r: string, readonly q?: SealedDemands, readonly w?: FlowName }

type SealLoginUrl = SignIn['loginUrl']

/** Makes sign-in addresses with a return path in them, which travels sealed: nobody else can make one. */
function createLoginUrl (vault: Vault, login: Address, root: string): SealLoginUrl {
  return function loginUrl (returnTo, wanted = {}, further) {
    // What a program asks for is begun by the page that asks the person, and by no address.
    const demands = withoutProgram(wanted)
    const isLikeAny = isPlain(demands)
    if (returnTo === root && isLikeAny && further === undefined) return login.url
    const sealed: SealedReturnPath = {
      v: 1, r: returnTo, ...isLikeAny ? {} : { q: packDemands(demands) }, ...further === undefined ? {} : { w: further }
    }
    return `${login.url}?returnTo=${vault.seal('return-path', sealed)}`
  }
}

/** What the plugin has, of which sign-in is made. */
export interface SignInGround {
  readonly settings: Settings
  readonly vault: Vault
  readonly store: Store
  readonly tokens: TokenVault
  readonly events: LoginEvents
  readonly revocations: EndedLogins
  /** Sends requests to providers where the application gave no `fetch`. */
  readonly transport: Transport
  readonly publicUrl: PublicUrl
  /** Prefix of the scope that the plugin was registered in. */
  readonly scopePrefix: string
  readonly revocation: Revocation
  /** What programs are given tokens with. */
  readonly programs: Pick<ProgramsGround, 'issued' | 'judgeOf' | 'revocations' | 'onEnd' | 'store' | 'tokens'>
}

/** Sign-in at one site. */
export type SignInParts = Omit<SignInRoutes, 'realm'>

/** A logout that never sees the session cookie would end nothing. */
function assertCookieArrives (addresses: Addresses, { path: cookiePath }: CookieSettings): void {
  const folder = cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`
  const lost = ownAddresses(addresses).find(({ path }) => !path.startsWith(folder))
  if (lost === undefined) return
  refuse('session.cookie.path', `is ${JSON.stringify(cookiePath)}, so the cookie never comes to ${lost.path}. Write "/", or move the routes below it.`)
}

function createClients (ground: SignInGround, logins: BrowserLogins, addresses: Addresses): OidcClients {
  const { settings: { providers, now }, revocations: ended, revocation } = ground
  const { vault, store, tokens, programs, events, transport } = ground
  const onOrphan = (handle: string, grant: Grant): void => { revocation.revokeLate(handle, grant) }
  const { callbacks, deviceLogin } = addresses
  const deviceUrl = deviceLogin?.url
  const shared = { vault, store, tokens, programs, events, logins, ended, deviceUrl, onOrphan, transport, now }
  return new OidcClients(providers.map(settings => {
    // By device code there is no redirect.
    return createOidcClient(settings, String(callbacks.get(settings.name)?.url), shared)
  }))
}

/** Where a tenant is, and by what its people are judged: several may have one issuer. */
function markOfTenant (
  { issuer, clientId, claims, discoveryUrl, metadata }: OidcSettings, { origin }: PublicUrl
): string {
  const named = JSON.stringify([origin, issuer, clientId, claims, discoveryUrl, metadata?.jwks_uri])
  return digestOf(named).slice(0, 22)
}

/** A session of a tenant is one at the provider, and the site, of that tenant only. */
function createSiteSessions ({ tenants }: Settings, clients: OidcClients, publicUrl: PublicUrl): SignIn['sessions'] {
  if (tenants.length === 0) return undefined
  const names = tenants.map(({ name }) => name)
  const own = new Map(clients.all.map(({ provider: { settings } }) => settings)
    .filter(({ name }) => names.includes(name))
    .map(settings => [settings.name, { issuer: settings.issuer, mark: markOfTenant(settings, publicUrl) }]))
  return Object.freeze({
    markOf: (identity: Identity | undefined) => own.get(identity?.provider ?? '')?.mark,
    knows ({ identity, site }: Session) {
      if (identity === undefined || !names.includes(identity.provider)) return true
      const tenant = own.get(identity.provider)
      return tenant !== undefined && tenant.mark === site && isSpeaker(tenant.issuer, identity.issuer)
    }
  })
}

/** Sign-in with the providers of a site, and what guards and routes need of it. */
export function createSignInParts (ground: SignInGround): SignInParts {
  const { settings, vault, store, tokens, publicUrl, scopePrefix } = ground
  const { routes, cookie, now } = settings
  const addresses = createAddresses(publicUrl, scopePrefix, routes, settings)
  assertCookieArrives(addresses, cookie)
  const logins = new BrowserLogins(vault, store, now)
  const clients = createClients(ground, logins, addresses)
  const returnPaths = new ReturnPaths(publicUrl, ownAddresses(addresses).map(({ path }) => path))
  async function personOf (client: OidcClient, vouching: Vouching): Promise<VouchedPerson> {
    return await createPersonOf({ settings, addresses }, client)(vouching)
  }
  return {
    settings,
    clients,
    logins,
    logoutFlow: new LogoutFlow(vault, now),
    addresses,
    signIn: Object.freeze({
      returnPaths,
      loginUrl: createLoginUrl(vault, addresses.login, returnPaths.root),
      sessions: createSiteSessions(settings, clients, publicUrl),
      clients,
      tokens,
      endLogins: async (bindingText: string | undefined) => { await logins.endAll(bindingText) }
    }),
    tokens,
    programs: settings.programs.length === 0
      ? undefined
      : createPrograms({ ...ground, ...ground.programs, providers: clients, personOf }),
    openReturnPath: sealed => openReturnPath(vault, sealed)
  }
}

/** Where a `returnTo` parameter leads and what the login shall bring; undefined for whatever was not sealed here. */
export function openReturnPath (vault: Vault, sealed: unknown): LoginWish | undefined {
  const opened = typeof sealed === 'string' ? vault.open('return-path', sealed)?.payload as SealedReturnPath | undefined : undefined
  return opened?.v === 1 ? { returnTo: opened.r, demands: unpackDemands(opened.q), flow: opened.w } : undefined
}
