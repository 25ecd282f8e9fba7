import { OAuthRefusal } from './oauth-refusal.ts'
import { parseScopes } from './program-scopes.ts'

/** Fields that may be there more than once (RFC 8707, section 2; RFC 8693, section 2.1). */
const REPEATABLE = ['resource', 'audience']
/** Which grant a form without `grant_type` is for, told by what it brings, as py-oidc-auth has it. */
const BRINGS: ReadonlyArray<readonly [field: string, grantType: string]> = [
  ['code', 'authorization_code'],
  ['refresh_token', 'refresh_token'],
  ['device_code', 'urn:ietf:params:oauth:grant-type:device_code']
]

/**
 * The fields of a token request, each by its name of RFC 6749: `refresh-token` is `refresh_token`. One without a value
 * counts as left out (section 3.2).
 *
 * @throws OAuthRefusal `invalid_request` for a field that is there twice, however it is spelt
 */
export function readForm (text: string): URLSearchParams {
  const form = new URLSearchParams()
  const seen = new Set<string>()
  for (const [spelt, value] of new URLSearchParams(text)) {
    const name = spelt.replaceAll('-', '_')
    if (seen.has(name) && !REPEATABLE.includes(name)) {
      throw new OAuthRefusal('invalid_request', 'A field is there twice.')
    }
    seen.add(name)
    if (value !== '') form.append(name, value)
  }
  return form
}

/** @throws OAuthRefusal `invalid_request` where it is not said, and cannot be told by what is there */
export function grantTypeOf (form: URLSearchParams): string {
  const said = form.get('grant_type')
  if (said !== null) return said
  const [told, ...others] = BRINGS.filter(([field]) => form.has(field))
  if (told !== undefined && others.length === 0) return told[1]
  throw new OAuthRefusal('invalid_request', 'The field "grant_type" is missing.')
}

/** A field that must be there. @throws OAuthRefusal `invalid_request` */
export function fieldOf (form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (value === null) throw new OAuthRefusal('invalid_request', `The field "${name}" is missing.`)
  return value
}

/** The scopes that are asked for; undefined where none are. @throws OAuthRefusal `invalid_scope` */
export function scopesIn (form: URLSearchParams): readonly string[] | undefined {
  const text = form.get('scope')
  if (text === null) return undefined
  const scopes = parseScopes(text)
  if (scopes === undefined) throw new OAuthRefusal('invalid_scope', 'The scope is malformed.')
  return scopes
}
