import type { FastifyRequest } from 'fastify'
import type { Realm } from '../guard/realm.ts'
import { hasPrograms } from './ask-person.ts'
import { createAuthorizeHandler } from './authorize.ts'
import { createBackchannelFailureHandler, createBackchannelLogoutHandler } from './backchannel-logout.ts'
import { createCallbackHandler } from './callback.ts'
import type { SignInParts } from './create-sign-in.ts'
import { createDeviceHandler } from './device.ts'
import { createDeviceLoginHandler } from './device-login.ts'
import { createFailureHandler } from './failure.ts'
import { createFrontchannelLogoutHandler } from './frontchannel-logout.ts'
import { createIntrospectHandler } from './introspect.ts'
import { createLoggedOutHandler } from './logged-out.ts'
import { createInitiationHandler, createLoginHandler } from './login.ts'
import { createLogoutHandler } from './logout.ts'
import { createRevokeHandler } from './revoke.ts'
import type { PageHandler, SignInRoutes } from './sign-in.ts'
import type { Sites } from './sites.ts'
import { createTokenHandler } from './token.ts'

/** What one site answers at our own addresses. */
export interface SitePages {
  readonly login: PageHandler
  readonly initiation: PageHandler
  /** By the name of the provider. */
  readonly callbacks: ReadonlyMap<string, PageHandler>
  readonly deviceLogin: PageHandler | undefined
  readonly logout: PageHandler | undefined
  readonly loggedOut: PageHandler
  readonly backchannelLogout: PageHandler
  readonly frontchannelLogout: PageHandler
  readonly authorize: PageHandler | undefined
  readonly token: PageHandler | undefined
  readonly device: PageHandler | undefined
  readonly revoke: PageHandler | undefined
  readonly introspect: PageHandler | undefined
  readonly showFailure: ReturnType<typeof createFailureHandler>
  readonly refuseLogout: ReturnType<typeof createBackchannelFailureHandler>
}

export function createSitePages (routes: SignInRoutes): SitePages {
  const { clients, addresses: { callbacks, deviceLogin, logout } } = routes
  return Object.freeze({
    login: createLoginHandler(routes),
    initiation: createInitiationHandler(routes),
    callbacks: new Map([...callbacks].flatMap(([name, { url }]) => {
      const client = clients.find(name)
      return client === undefined ? [] : [[name, createCallbackHandler(routes, client, url)] as const]
    })),
    deviceLogin: deviceLogin === undefined ? undefined : createDeviceLoginHandler(routes, deviceLogin.url),
    logout: logout === undefined ? undefined : createLogoutHandler(routes, logout.url),
    loggedOut: createLoggedOutHandler(routes),
    backchannelLogout: createBackchannelLogoutHandler(routes),
    frontchannelLogout: createFrontchannelLogoutHandler(routes),
    authorize: hasPrograms(routes) ? createAuthorizeHandler(routes) : undefined,
    token: hasPrograms(routes) ? createTokenHandler(routes) : undefined,
    device: hasPrograms(routes) ? createDeviceHandler(routes) : undefined,
    revoke: hasPrograms(routes) ? createRevokeHandler(routes) : undefined,
    introspect: hasPrograms(routes) ? createIntrospectHandler(routes) : undefined,
    showFailure: createFailureHandler(routes),
    refuseLogout: createBackchannelFailureHandler(routes)
  })
}

/** Finds the pages of the site that a request is for; undefined where there is no such site. */
export type FindPages = (request: FastifyRequest) => SitePages | undefined

export function createFindPages (realm: Realm, sites: Sites): FindPages {
  const made = new WeakMap<SignInParts, SitePages>()
  return function findPages (request) {
    const site = sites.siteOf(realm.peek(request)?.site.signIn)
    if (site === undefined) return undefined
    const pages = made.get(site) ?? createSitePages({ ...site, realm })
    made.set(site, pages)
    return pages
  }
}
