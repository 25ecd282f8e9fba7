import { type ClientContext, type InteractionPolicy, type OidcProviderModule } from './oidc-provider.ts'

/** The authentication contexts that were asked for (`acr_values`), best first. */
export function requestedAcrs (params: Readonly<Record<string, unknown>>): readonly string[] {
  const { acr_values: values } = params
  return typeof values === 'string' ? values.split(' ') : []
}

function needsAnotherAcr ({ oidc }: ClientContext): boolean {
  const requested = requestedAcrs(oidc.params)
  return requested.length > 0 && !requested.some(acr => acr === oidc.session.acr)
}

/**
 * When a person is asked: as OpenID Connect Core says, and also for `prompt=select_account`, and for a step-up, where
 * `acr_values` names nothing that the running session has.
 */
export function createPolicy ({ base, Check, Prompt }: OidcProviderModule['interactionPolicy']): InteractionPolicy {
  const policy = base()
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0)
  policy.get('login').checks.add(new Check('acr_values', 'another acr was asked for', 'login_required', needsAnotherAcr))
  return policy
}
