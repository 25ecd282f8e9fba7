import { type Interaction, type OidcProvider } from './oidc-provider.ts'

/** Scopes that an application asks for and that the person has not given it yet. */
export function missingScopes ({ prompt: { details } }: Interaction): readonly string[] {
  const { missingOIDCScope = [], missingResourceScopes = {} } = details
  return [...missingOIDCScope, ...Object.values(missingResourceScopes).flat()]
}

/** Writes down that the person gave the application what it asks for. Before a sign-in there is nothing to give. */
export async function giveMissingScopes (
  { Grant }: OidcProvider, { grantId, prompt: { details } }: Interaction
): Promise<void> {
  const { missingOIDCScope = [], missingResourceScopes = {} } = details
  const grant = grantId === undefined ? undefined : await Grant.find(grantId)
  if (grant === undefined) return
  for (const scope of missingOIDCScope) grant.addOIDCScope(new Set([scope]))
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) {
    grant.addResourceScope(resource, new Set(scopes))
  }
  await grant.save()
}
