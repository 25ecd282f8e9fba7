import type { OidcOptions } from './oidc-options.ts'
import { assertBoolean, assertText, assertTexts, refuse } from './check.ts'

/** What a provider is asked for beyond the plain code flow. */
export interface ProtocolSettings {
  /** Whether the parameters of a sign-in are pushed also where the provider does not require it (RFC 9126). */
  readonly pushedAuthorization: boolean
  /** The services that sign-ins ask for; the token of a sign-in is for the first (RFC 8707). */
  readonly resources: readonly string[]
  /** Whether the tokens of a session are bound to a key of its own (RFC 9449). */
  readonly dpop: boolean
}

/** Names of the options. */
export const PROTOCOL_OPTIONS = ['pushedAuthorization', 'resource', 'dpop']

function resolveResources (value: unknown): readonly string[] {
  if (typeof value === 'string') assertText(value, 'oidc.resource')
  else assertTexts(value, 'oidc.resource')
  const resources = [value].flat()
  for (const resource of resources) {
    if (URL.canParse(resource) && !resource.includes('#')) continue
    refuse('oidc.resource', `has ${JSON.stringify(resource)}, but a service is a whole address without a fragment, as https://api.example.com.`)
  }
  return Object.freeze([...new Set(resources)])
}

export function resolveProtocols (options: OidcOptions): ProtocolSettings {
  const { pushedAuthorization = false, resource = [], dpop = false } = options
  assertBoolean(pushedAuthorization, 'oidc.pushedAuthorization')
  assertBoolean(dpop, 'oidc.dpop')
  return { pushedAuthorization, resources: resolveResources(resource), dpop }
}
