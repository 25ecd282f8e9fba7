import type { OidcSettings } from '../../options/oidc-settings.ts'
import type { FlowSettings } from '../../options/provider-quirks.ts'

/**
 * The settings of a further flow: the same client with other metadata. It is no sign-in, so nothing is asked of its
 * strength, and its answer comes with the session cookie.
 */
export function flowSettings (settings: OidcSettings, flow: FlowSettings): OidcSettings {
  return Object.freeze({
    ...settings,
    ...flow,
    flows: Object.freeze({}),
    metadata: undefined,
    prompt: undefined,
    maxAge: undefined,
    acrValues: Object.freeze([]),
    userinfo: false,
    responseMode: 'query'
  })
}
