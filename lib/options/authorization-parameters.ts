import { assertObject, assertText, assertTexts, refuse } from './check.ts'

/** What `prompt` may say (OpenID Connect Core, section 3.1.2.1; Initiating User Registration, section 4). */
export const PROMPTS: readonly string[] = Object.freeze(['login', 'consent', 'select_account', 'create'])

const OUR_PARAMETERS: ReadonlySet<string> = new Set([
  'client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'code_challenge',
  'code_challenge_method', 'request', 'request_uri', 'prompt', 'max_age', 'acr_values', 'resource', 'dpop_jkt'
])
/** What a stranger who makes a link must never say, and what our own login address means something else by. */
const NEVER_FORWARDED: ReadonlySet<string> = new Set([
  ...OUR_PARAMETERS, 'claims', 'authorization_details', 'id_token_hint', 'registration',
  'client_assertion', 'client_assertion_type', 'client_secret', 'iss', 'target_link_uri', 'returnTo', 'continued'
])
const plainName = /^[\w.-]{1,64}$/
/** Longest value that comes from an address, in characters. */
const LONGEST_VALUE = 256
const control = /\p{Cc}/u

/** Whether this plugin sends a parameter itself. */
export function isOurParameter (name: string): boolean {
  return OUR_PARAMETERS.has(name)
}

/** Whether a value that came from outside is one that a provider may get. */
export function isForwardable (value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_VALUE && !control.test(value)
}

export function resolveParameters (parameters: unknown): Readonly<Record<string, string>> {
  assertObject(parameters, 'oidc.authorizationParameters')
  for (const [name, value] of Object.entries(parameters)) {
    if (isOurParameter(name)) {
      refuse(`oidc.authorizationParameters.${name}`, 'is a parameter that this plugin sends itself. Use the option for it, where there is one.')
    }
    assertText(value, `oidc.authorizationParameters.${name}`)
  }
  return Object.freeze({ ...parameters as Record<string, string> })
}

export function resolveForwarded (names: unknown): readonly string[] {
  assertTexts(names, 'oidc.forwardedParameters')
  for (const name of names) {
    if (plainName.test(name) && !NEVER_FORWARDED.has(name)) continue
    refuse('oidc.forwardedParameters', `has ${JSON.stringify(name)}, which nobody but this application may say to the provider.`)
  }
  return Object.freeze([...new Set(names)])
}
