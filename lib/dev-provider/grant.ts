import { type ClientContext, type Grant } from './oidc-provider.ts'
import { type DevProviderSettings } from './settings.ts'

async function grantOfSession ({ oidc }: ClientContext): Promise<Grant> {
  const { clientId } = oidc.client
  const id = oidc.session.grantIdFor(clientId)
  const known = id === undefined ? undefined : await oidc.provider.Grant.find(id)
  return known ?? new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId })
}

/**
 * Makes what consents to all that is asked, for the person who signed in: one click is enough to be back in the
 * application. With `consent` it leaves out the scopes that the person is asked about.
 */
export function createGrants ({ consent, scopes }: DevProviderSettings): (context: ClientContext) => Promise<Grant> {
  const asked = new Set(consent ? scopes : [])
  return async function loadExistingGrant (context) {
    const { requestParamOIDCScopes, requestParamClaims, requestParamScopes, resourceServers } = context.oidc
    const grant = await grantOfSession(context)
    grant.addOIDCScope(new Set([...requestParamOIDCScopes].filter(scope => !asked.has(scope))))
    grant.addOIDCClaims(requestParamClaims)
    for (const [resource, { scopes }] of Object.entries(consent ? {} : resourceServers)) {
      grant.addResourceScope(resource, new Set([...requestParamScopes].filter(scope => scopes.has(scope))))
    }
    await grant.save()
    return grant
  }
}
