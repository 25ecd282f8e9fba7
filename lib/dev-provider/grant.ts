import { type ClientContext, type Grant } from './oidc-provider.ts'

async function grantOfSession ({ oidc }: ClientContext): Promise<Grant> {
  const { clientId } = oidc.client
  const id = oidc.session.grantIdFor(clientId)
  const known = id === undefined ? undefined : await oidc.provider.Grant.find(id)
  return known ?? new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId })
}

/** Consents to all that is asked, for the person who signed in: one click is enough to be back in the application. */
export async function grantEverything (context: ClientContext): Promise<Grant> {
  const { requestParamOIDCScopes, requestParamClaims, requestParamScopes, resourceServers } = context.oidc
  const grant = await grantOfSession(context)
  grant.addOIDCScope(requestParamOIDCScopes)
  grant.addOIDCClaims(requestParamClaims)
  for (const [resource, { scopes }] of Object.entries(resourceServers)) {
    grant.addResourceScope(resource, new Set([...requestParamScopes].filter(scope => scopes.has(scope))))
  }
  await grant.save()
  return grant
}
