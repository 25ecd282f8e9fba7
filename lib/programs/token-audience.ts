import { OAuthRefusal } from './oauth-refusal.ts'

/** What says which services a token shall be for (RFC 8707, section 2; RFC 8693, section 2.1). */
export type AudienceField = 'audience' | 'resource'

/**
 * The services that a token is asked for, each of them one that there may be tokens for; undefined where none is named.
 *
 * @throws OAuthRefusal `invalid_target`
 */
export function audienceIn (
  form: URLSearchParams, fields: readonly AudienceField[], allowed: readonly string[]
): readonly string[] | undefined {
  const named = [...new Set(fields.flatMap(field => form.getAll(field)))]
  if (named.every(service => allowed.includes(service))) return named.length === 0 ? undefined : named
  throw new OAuthRefusal('invalid_target', 'There are no tokens for one of these services here, or not of this person.')
}
