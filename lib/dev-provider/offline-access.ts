const AUTHORIZATION = '/auth?'

/**
 * Adds `prompt=consent` to an authorization request that asks for `offline_access`. Without it a provider has to ignore
 * that scope (OpenID Connect Core, section 11), and no refresh token would come. This provider always consents, so
 * nobody sees a difference. A silent sign-in stays silent.
 */
export function askForConsent (target: string): string {
  if (!target.startsWith(AUTHORIZATION)) return target
  const params = new URLSearchParams(target.slice(AUTHORIZATION.length))
  const scopes = params.get('scope')?.split(' ') ?? []
  const prompts = params.get('prompt')?.split(' ') ?? []
  if (!scopes.includes('offline_access') || prompts.includes('none') || prompts.includes('consent')) return target
  params.set('prompt', [...prompts, 'consent'].join(' '))
  return AUTHORIZATION + params.toString()
}
