import type { FastifyReply, FastifyRequest } from 'fastify'
import { StateExpired, StateForeign, StateInvalid, StateSpent } from '../errors.ts'
import type { Realm } from '../guard/realm.ts'
import type { SignIn } from '../guard/realm-parts.ts'
import type { LoginDemands } from '../oidc/login/demands.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { OidcClients } from '../oidc/client/oidc-clients.ts'
import type { BrowserLogins } from '../oidc/login/browser-logins.ts'
import type { LoginIntent } from '../oidc/login/login-flow.ts'
import type { LogoutFlow } from '../oidc/logout/logout.ts'
import type { FlowName } from '../options/provider-quirks.ts'
import type { Settings } from '../options/settings.ts'
import type { Page } from '../pages/layout.ts'
import { isFrom } from '../oidc/tokens/grant.ts'
import type { TokenVault } from '../oidc/tokens/token-vault.ts'
import type { Programs } from '../programs/create-programs.ts'
import type { Addresses } from './addresses.ts'

/** Answers one address. */
export type PageHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** What the routes for people work with. */
export interface SignInRoutes {
  readonly realm: Realm
  readonly signIn: SignIn
  readonly settings: Settings
  readonly clients: OidcClients
  readonly logins: BrowserLogins
  readonly logoutFlow: LogoutFlow
  readonly tokens: TokenVault
  readonly addresses: Addresses
  /** What programs are served with; undefined where none is registered. */
  readonly programs: Programs | undefined
  /** Makes a `returnTo` parameter readable; undefined for whatever was not sealed here. */
  openReturnPath (sealed: unknown): LoginWish | undefined
}

/** What the address that starts a sign-in says. */
export interface LoginWish {
  /** A path, not checked. */
  readonly returnTo: string
  readonly demands: LoginDemands
  /** A further flow of the provider in place of its sign-in. */
  readonly flow?: FlowName | undefined
}

export function sendPage (reply: FastifyReply, page: Page, status = 200): FastifyReply {
  return reply.code(status).headers(page.headers).send(page.body)
}

/** An empty answer for whoever waits for no page. */
export function sendNothing (reply: FastifyReply): FastifyReply {
  return reply.code(204).header('cache-control', 'no-store').send()
}

/** Whether a login failed only because it came too late, twice, or to another browser. */
export function isStale (error: unknown): boolean {
  return [StateInvalid, StateForeign, StateExpired, StateSpent].some(reason => error instanceof reason)
}

/** Sends the browser to a provider, or to the page that waits for it. */
export async function beginLogin (
  { realm, tokens }: SignInRoutes, { flow, device, provider }: OidcClient, request: FastifyRequest, reply: FastifyReply,
  intent: Omit<LoginIntent, 'grantedScopes'>
): Promise<FastifyReply> {
  const kept = intent.previous === undefined ? undefined : await tokens.find(intent.previous.handle)
  const grantedScopes = kept !== undefined && isFrom(kept.grant, provider.settings) ? kept.grant.scopes : []
  const begun = await (device ?? flow).begin(bindingText(realm, request), { ...intent, grantedScopes })
  realm.of(request).addCookie(realm.cookies.writeBinding(begun.binding))
  return reply.redirect(begun.location, 302)
}

export function bindingText ({ cookies }: Realm, request: FastifyRequest): string | undefined {
  return cookies.binding(request.raw.headers.cookie)
}
