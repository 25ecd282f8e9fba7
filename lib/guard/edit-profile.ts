import type { FastifyRequest } from 'fastify'
import type { OidcSettings } from '../options/oidc-settings.ts'
import type { SignIn } from './realm-parts.ts'

/** Where `editProfileUrl` leads back to. */
export interface EditProfileOptions {
  /** A path of this site. @default where the person is */
  returnTo?: string
}

/** A provider, and the way to it. */
export interface ProfilePages {
  readonly signIn: Pick<SignIn, 'returnPaths' | 'loginUrl'>
  readonly settings: Pick<OidcSettings, 'flows' | 'name'>
}

/**
 * The address where a signed-in person edits their profile at the provider and comes back from, with claims that are
 * up to date; undefined where the provider has no `flows.editProfile`. Nothing happens until somebody goes there.
 */
export function editProfileUrl (
  { signIn, settings }: ProfilePages, request: FastifyRequest, { returnTo }: EditProfileOptions = {}
): string | undefined {
  if (settings.flows.editProfile === undefined) return undefined
  const { returnPaths } = signIn
  const path = returnTo === undefined ? returnPaths.of(request) : returnPaths.check(returnTo)
  return signIn.loginUrl(path, { provider: settings.name }, 'editProfile')
}
