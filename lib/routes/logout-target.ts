import type { FastifyRequest } from 'fastify'
import { bounded } from '../bounded.ts'
import type { ReturnPaths } from '../guard/return-paths.ts'
import { isLogoutTarget } from '../options/logout-target.ts'
import type { OidcSettings } from '../options/oidc-settings.ts'
import type { SignInRoutes } from './sign-in.ts'

/** Milliseconds that the application's function may take: the logout waits for it. */
const PATIENCE = 2_000

/** What a header takes. */
const visibleAscii = /^[!-~]+$/

/** The address of a path of this site, or the address itself; undefined for what is neither. */
export function logoutAddress (target: unknown, returnPaths: ReturnPaths): string | undefined {
  if (!isLogoutTarget(target)) return undefined
  if (target.startsWith('/')) return returnPaths.address(target)
  // A provider compares the address with the one it knows: not a letter more is changed than must be.
  return visibleAscii.test(target) ? target : new URL(target).href
}

/**
 * Where a logout ends, as the application says it; undefined where it says nothing that can be used. It is asked while
 * the person is still signed in, and what goes wrong keeps nobody from logging out.
 */
export async function logoutTargetOf (
  { signIn }: Pick<SignInRoutes, 'signIn'>, postLogoutRedirect: OidcSettings['postLogoutRedirect'], request: FastifyRequest
): Promise<string | undefined> {
  if (typeof postLogoutRedirect !== 'function') return postLogoutRedirect
  try {
    const target = await bounded(async () => await postLogoutRedirect(request), PATIENCE)
    if (logoutAddress(target, signIn.returnPaths) !== undefined) return target
    request.log.error('fastify-login: "oidc.postLogoutRedirect" returned neither a path of this site nor an address')
  } catch (err) {
    request.log.error({ err }, 'fastify-login: "oidc.postLogoutRedirect" failed')
  }
  return undefined
}
