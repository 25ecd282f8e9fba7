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
 * When a person is asked: as OpenID Connect Core says, and also for `prompt=select_account` and `prompt=create`, and
 * for a step-up, where `acr_values` names nothing that the running session has. Nobody new can be made: who signs up
 * chooses one of the people.
 */
export function createPolicy ({ base, Check, Prompt }: OidcProviderModule['interactionPolicy']): InteractionPolicy {
  const policy = base()
  for (const name of ['create', 'select_account']) policy.add(new Prompt({ name, requestable: true }), 0)
  policy.get('login').checks.add(new Check('acr_values', 'another acr was asked for', 'login_required', needsAnotherAcr))
  return policy
}
